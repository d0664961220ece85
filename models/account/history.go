package account

import (
	"context"
	"time"

	"gatehouse/models/event"
)

// refused writes what was refused for a password that is not right, and returns ErrBadCredentials. Where that cannot be
// written, its error is the answer: nobody guesses unnoticed (ASVS 16.3.1).
func (a *Accounts) refused(ctx context.Context, kind event.Kind, userID int64, now time.Time) error {
	if err := event.In(a.db).Add(ctx, kind, userID, "", now); err != nil {
		return err
	}
	return ErrBadCredentials
}

// Events returns what was done to the user, and by them, the newest first: at most limit events with ids smaller than
// before, 0 for any. Nothing is shown that happened before the account was made, when its id was somebody else's, as in old
// tables whose ids are used again.
func (a *Accounts) Events(ctx context.Context, c Current, before int64, limit int) ([]event.Event, error) {
	events := event.In(a.db)
	end, err := events.End(ctx, c.User.ID)
	if err != nil {
		return nil, err
	}
	f := event.Filter{UserID: c.User.ID, After: end, Before: before, Limit: limit}
	if c.User.Created != nil {
		f.Since = *c.User.Created
	}
	var list []event.Event
	err = events.List(ctx, f, func(e event.Event) error {
		list = append(list, e)
		return nil
	})
	return list, err
}
