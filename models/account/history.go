package account

import (
	"context"
	"time"

	"gatehouse/models/event"
	"gatehouse/models/throttle"
)

// Events returns what was done to the user, and by them, the newest first: at most limit events with ids smaller than
// before, 0 for any. Nothing is shown that happened before the account was made, when its id was somebody else's, as in old
// tables whose ids are used again.
func (a *Accounts) Events(ctx context.Context, c Current, before int64, limit int) ([]event.Event, error) {
	end, err := event.In(a.db).End(ctx, c.User.ID)
	if err != nil {
		return nil, err
	}
	f := event.Filter{UserID: c.User.ID, After: end, Before: before, Limit: limit}
	if c.User.Created != nil {
		f.Since = *c.User.Created
	}
	return a.History(ctx, f)
}

// NoteCrossOrigin writes that a request of another site was refused, once in a while for each network, since anybody can make
// browsers send as many as they like.
func (a *Accounts) NoteCrossOrigin(ctx context.Context, ip string, now time.Time) error {
	ctx = context.WithoutCancel(ctx) // the other site cannot keep it from being written by going away
	due, err := throttle.In(a.db).Note(ctx, throttle.CrossOrigin.Of(throttle.NetworkOf(ip), throttle.Rule{}), throttledEvery, now)
	if err != nil || !due {
		return err
	}
	return event.In(a.db).Add(ctx, event.CrossOriginRefused, 0, "", now)
}

// NoteProxy writes that requests come by way of a proxy which the operator has not told of, so that a check beside the server
// can say so.
func (a *Accounts) NoteProxy(ctx context.Context, peer string, now time.Time) error {
	return event.In(a.db).Add(event.From(ctx, event.Origin{Actor: event.Server}), event.ProxyUntold, 0, peer, now)
}
