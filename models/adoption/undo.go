package adoption

import (
	"context"
	"errors"
	"time"

	"gatehouse/db"
	"gatehouse/models/event"
	"gatehouse/models/user"
)

// Undo forgets every hash that stands beside password, and ends the adoption. It returns how many there were. Errors:
// ErrNoAdoption, ErrFinishing.
func Undo(ctx context.Context, conn *db.DB, now func() time.Time) (int, error) {
	if err := turn(ctx, conn, user.Open, user.Undoing); err != nil { // from here on no run keeps another hash
		return 0, err
	}
	n := 0
	a := Adopter{db: conn, guard: anySecret}
	for ended := false; !ended; {
		err := a.own(ctx, func(rows []user.Stored) error {
			n += len(rows)
			return a.forget(ctx, rows)
		})
		if err != nil {
			return n, err
		}
		if ended, err = end(ctx, conn, event.AdoptionUndone, now(), user.Undoing); err != nil {
			return n, err
		}
	}
	return n, nil
}

func (a *Adopter) forget(ctx context.Context, rows []user.Stored) error {
	return a.db.WithTx(ctx, func(tx *db.Tx) error {
		for _, u := range rows {
			if err := user.In(tx).SetOwnHash(ctx, u.ID, "", nil); err != nil && !errors.Is(err, user.ErrNotFound) {
				return err
			}
		}
		return nil
	})
}

func anySecret(context.Context, db.Querier) error { return nil }
