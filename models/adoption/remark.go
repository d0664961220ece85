package adoption

import (
	"context"
	"errors"
	"slices"

	"gatehouse/db"
	"gatehouse/models/secret"
	"gatehouse/models/user"
)

// Remark makes every mark one of the first secret, so that the older ones can be given up, and returns how many were not.
func Remark(ctx context.Context, conn *db.DB, marks secret.Marks) (int, error) {
	a := Adopter{db: conn, marks: marks, guard: anySecret}
	n := 0
	state, err := user.In(conn).Adoption(ctx)
	if err != nil || !slices.Contains(adopting, state) {
		return 0, err
	}
	for again := true; again && err == nil; {
		var done Outcome
		done, err = a.remarkAll(ctx, &n)
		again = done.Changed > 0 // by a sign-in, which leaves the mark as it was
	}
	if errors.Is(err, ErrNoAdoption) || errors.Is(err, ErrUndoing) { // meanwhile, so that no mark is left
		return n, nil
	}
	return n, err
}

func (a *Adopter) remarkAll(ctx context.Context, n *int) (Outcome, error) {
	var sum Outcome
	err := a.own(ctx, func(rows []user.Stored) error {
		old := slices.DeleteFunc(rows, func(u user.Stored) bool {
			_, isOld := a.fits(u)
			return !isOld
		})
		done, err := a.change(ctx, old, user.NoAdoption, func(ctx context.Context, users user.Store, u user.Stored, _ *Outcome) error {
			return users.SetOwnHash(ctx, u.ID, u.OwnHash, a.marks.Of(u.ID, u.Password))
		})
		*n += len(old) - done.Changed
		sum.Add(done)
		return err
	})
	return sum, err
}
