package adoption

import (
	"context"
	"errors"
	"slices"
	"time"

	"gatehouse/models/event"
	"gatehouse/models/user"
)

var (
	// ErrUndecided says that texts are left of which nobody has said whether they are plain text.
	ErrUndecided = errors.New("some passwords are undecided")
	// ErrStillWritten says that another program goes on writing plain text.
	ErrStillWritten = errors.New("plain text is still being written")
	// ErrAltered says that the database stores something else than it was given, as a trigger can make it do.
	ErrAltered = errors.New("the database changes what is written into password")
)

// rounds is how often Finish starts over because another program writes plain text meanwhile.
const rounds = 3

// Finish adopts what is left and moves every hash into password, so that no plain text is left there. It ends the
// adoption. Undecided texts stay only if leaveUndecided is set. Errors: ErrNoAdoption, ErrUndoing, ErrUndecided,
// ErrStillWritten, ErrAltered.
func (a *Adopter) Finish(ctx context.Context, leaveUndecided bool, now func() time.Time, step func(rows int)) (Outcome, error) {
	var sum Outcome
	switch state, err := user.In(a.db).Adoption(ctx); {
	case err != nil:
		return sum, err
	case state == user.NoAdoption:
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
		if left[hash]+left[respell]+left[wrap] > 0 {
			continue
		}
		if ended, err := end(ctx, a.db, event.AdoptionFinished, now(), adopting...); err != nil || ended {
			return sum, err
		}
	}
	return sum, ErrStillWritten
}

// left counts the rows by what is still to become of them.
func (a *Adopter) left(ctx context.Context) (map[treatment]int, error) {
	left := map[treatment]int{}
	err := user.In(a.db).ListStored(ctx, func(u user.Stored) error {
		left[a.wants(u)]++
		return nil
	})
	return left, err
}

// move puts the hashes that fit into password.
func (a *Adopter) move(ctx context.Context) (Outcome, error) {
	var sum Outcome
	err := a.own(ctx, func(rows []user.Stored) error {
		done, err := a.change(ctx, rows, user.Finishing, func(ctx context.Context, users user.Store, u user.Stored, done *Outcome) error {
			if fits, _ := a.fits(u); !fits {
				return nil
			}
			done.Moved++
			return moveOne(ctx, users, u)
		})
		sum.Add(done)
		return err
	})
	return sum, err
}

// moveOne makes sure that the database keeps the hash as it is: afterwards the text it was made from is gone.
func moveOne(ctx context.Context, users user.Store, u user.Stored) error {
	if err := users.ReplacePassword(ctx, u.ID, u.OwnHash); err != nil {
		return err
	}
	now, err := users.Find(ctx, u.ID)
	if err == nil && now.Password != u.OwnHash {
		return ErrAltered
	}
	return err
}

// own calls each with the rows that have a hash beside password, a batch at a time.
func (a *Adopter) own(ctx context.Context, each func([]user.Stored) error) error {
	return a.pages(ctx, func(page []user.Stored) error {
		rows := slices.DeleteFunc(page, func(u user.Stored) bool { return u.OwnHash == "" })
		for batch := range slices.Chunk(rows, batchRows) {
			if err := each(batch); err != nil {
				return err
			}
		}
		return nil
	})
}
