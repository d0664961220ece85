package adoption

import (
	"context"
	"errors"

	"gatehouse/db"
	"gatehouse/models/secret"
	"gatehouse/models/user"
)

var (
	// ErrUndecided says that texts are left of which nobody has said whether they are plain text.
	ErrUndecided = errors.New("some passwords are undecided")
	// ErrStillWritten says that another program goes on writing plain text.
	ErrStillWritten = errors.New("plain text is still being written")
	// ErrNoAdoption says that no adoption is open.
	ErrNoAdoption = errors.New("no adoption is open")
	// ErrFinishing says that hashes stand in password already.
	ErrFinishing = errors.New("the adoption is being finished")
)

// rounds is how often Finish starts over because another program writes plain text meanwhile.
const rounds = 3

// Finish adopts what is left and moves every hash into password, so that no plain text is left there. It ends the
// adoption. Undecided texts stay only if leaveUndecided is set. Errors: ErrNoAdoption, ErrUndecided, ErrStillWritten.
func (a *Adopter) Finish(ctx context.Context, leaveUndecided bool, step func(rows int)) (Outcome, error) {
	var sum Outcome
	state, err := user.In(a.db).Adoption(ctx)
	if err != nil {
		return sum, err
	}
	if state == user.NoAdoption {
		return sum, ErrNoAdoption
	}
	for range rounds {
		done, err := a.Adopt(ctx, step)
		sum.Add(done)
		if err != nil {
			return sum, err
		}
		left, err := a.left(ctx)
		if err != nil {
			return sum, err
		}
		if left[undecided]+left[unusable] > 0 && !leaveUndecided {
			return sum, ErrUndecided
		}
		done, err = a.move(ctx)
		sum.Add(done)
		if err != nil {
			return sum, err
		}
		if left, err = a.left(ctx); err != nil {
			return sum, err
		}
		if left[hash]+left[respell]+left[wrap]+left[moving] == 0 {
			return sum, a.end(ctx)
		}
	}
	return sum, ErrStillWritten
}

// moving counts rows whose hash still stands beside password.
const moving treatment = -1

// left counts the rows by what is still to become of them.
func (a *Adopter) left(ctx context.Context) (map[treatment]int, error) {
	left := map[treatment]int{}
	err := user.In(a.db).ListStored(ctx, func(u user.Stored) error {
		left[a.wants(u)]++
		if u.OwnHash != "" {
			left[moving]++
		}
		return nil
	})
	return left, err
}

func (a *Adopter) end(ctx context.Context) error {
	return a.db.WithTx(ctx, func(tx *db.Tx) error { return user.In(tx).SetAdoption(ctx, user.NoAdoption) })
}

// move puts the hashes that fit into password.
func (a *Adopter) move(ctx context.Context) (Outcome, error) {
	var sum Outcome
	err := a.db.WithTx(ctx, func(tx *db.Tx) error { return user.In(tx).SetAdoption(ctx, user.Finishing) })
	if err != nil {
		return sum, err
	}
	err = a.pages(ctx, func(page []user.Stored) error {
		done, err := a.change(ctx, own(page), func(ctx context.Context, users user.Store, u user.Stored, done *Outcome) error {
			if fits, _ := a.fits(u); !fits {
				return nil
			}
			done.Moved++
			return users.ReplacePassword(ctx, u.ID, u.OwnHash)
		})
		sum.Add(done)
		return err
	})
	return sum, err
}

// Undo forgets every hash that stands beside password, and ends the adoption. It returns how many there were. Errors:
// ErrNoAdoption, ErrFinishing.
func Undo(ctx context.Context, conn *db.DB) (int, error) {
	switch state, err := user.In(conn).Adoption(ctx); {
	case err != nil:
		return 0, err
	case state == user.NoAdoption:
		return 0, ErrNoAdoption
	case state == user.Finishing:
		return 0, ErrFinishing
	}
	n := 0
	a := Adopter{db: conn}
	err := a.pages(ctx, func(page []user.Stored) error {
		rows := own(page)
		n += len(rows)
		return conn.WithTx(ctx, func(tx *db.Tx) error {
			for _, u := range rows {
				if err := user.In(tx).SetOwnHash(ctx, u.ID, "", nil); err != nil && !errors.Is(err, user.ErrNotFound) {
					return err
				}
			}
			return nil
		})
	})
	if err != nil {
		return n, err
	}
	return n, a.end(ctx)
}

// Remark makes every mark one of the first secret, so that the older ones can be given up, and returns how many were not.
func Remark(ctx context.Context, conn *db.DB, marks secret.Marks) (int, error) {
	a := Adopter{db: conn, marks: marks}
	n := 0
	if state, err := user.In(conn).Adoption(ctx); err != nil || state == user.NoAdoption {
		return 0, err
	}
	err := a.pages(ctx, func(page []user.Stored) error {
		var old []user.Stored
		for _, u := range page {
			if _, isOld := a.fits(u); isOld {
				old = append(old, u)
			}
		}
		n += len(old)
		_, err := a.change(ctx, old, func(ctx context.Context, users user.Store, u user.Stored, _ *Outcome) error {
			return users.SetOwnHash(ctx, u.ID, u.OwnHash, a.marks.Of(u.ID, u.Password))
		})
		return err
	})
	return n, err
}

// own are those of the rows with a hash beside password.
func own(page []user.Stored) []user.Stored {
	var rows []user.Stored
	for _, u := range page {
		if u.OwnHash != "" {
			rows = append(rows, u)
		}
	}
	return rows
}
