package adoption

import (
	"context"
	"errors"
	"slices"
	"time"

	"gatehouse/db"
	"gatehouse/models/event"
	"gatehouse/models/user"
)

var (
	// ErrNoAdoption says that no adoption is open.
	ErrNoAdoption = errors.New("no adoption is open")
	// ErrFinishing says that hashes stand in password already.
	ErrFinishing = errors.New("the adoption is being finished")
	// ErrUndoing says that hashes have been forgotten already.
	ErrUndoing = errors.New("the adoption is being undone")
)

// Begin opens an adoption, if none is open. Errors: ErrUndoing.
func (a *Adopter) Begin(ctx context.Context, now time.Time) error {
	err := a.db.WithTx(ctx, func(tx *db.Tx) error {
		err := hold(ctx, user.In(tx), user.Open, user.Finishing)
		if !errors.Is(err, ErrNoAdoption) {
			return err
		}
		if err := user.In(tx).SetAdoption(ctx, user.Open); err != nil {
			return err
		}
		return event.In(tx).Add(ctx, event.AdoptionOpened, 0, "", now)
	})
	if db.IsDuplicate(err) { // another run was first
		return nil
	}
	return err
}

// hold makes sure that the adoption is at one of these stages until the transaction ends. So no run writes what another
// act, which has begun meanwhile, would not expect.
func hold(ctx context.Context, users user.Store, stages ...user.Adoption) error {
	state, err := users.HoldAdoption(ctx)
	switch {
	case err != nil:
		return err
	case slices.Contains(stages, state):
		return nil
	default:
		return refusal(state)
	}
}

// refusal is why an act is not for this stage.
func refusal(state user.Adoption) error {
	switch state {
	case user.Undoing:
		return ErrUndoing
	case user.Finishing:
		return ErrFinishing
	default:
		return ErrNoAdoption
	}
}

// end ends an adoption that is at one of the stages, if no hash is left beside password.
func end(ctx context.Context, conn *db.DB, as event.Kind, now time.Time, stages ...user.Adoption) (ended bool, err error) {
	err = conn.WithTx(ctx, func(tx *db.Tx) error {
		users := user.In(tx)
		ended = false
		if err := hold(ctx, users, stages...); err != nil {
			return err
		}
		n, err := users.OwnHashes(ctx)
		if err != nil || n > 0 {
			return err
		}
		ended = true
		if err := users.SetAdoption(ctx, user.NoAdoption); err != nil {
			return err
		}
		return event.In(tx).Add(ctx, as, 0, "", now)
	})
	return ended, err
}

// turn brings an adoption from one stage to the next.
func turn(ctx context.Context, conn *db.DB, from, to user.Adoption) error {
	return conn.WithTx(ctx, func(tx *db.Tx) error {
		if err := hold(ctx, user.In(tx), from, to); err != nil {
			return err
		}
		return user.In(tx).SetAdoption(ctx, to)
	})
}
