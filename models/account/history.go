package account

import (
	"context"

	"gatehouse/models/event"
)

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
