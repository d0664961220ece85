package account

import (
	"cmp"
	"context"
	"errors"
	"math"
	"time"

	"gatehouse/models/event"
	"gatehouse/models/session"
	"gatehouse/models/throttle"
	"gatehouse/models/user"
)

// What admins look at. Nothing here changes anything, so it does not ask who they are: the routes do.

// Search returns users by a part of their address or name, the newest first: at most limit, with ids below before, 0 for all. An
// id, or a whole address however it is spelled, finds its user alone, and by an index.
func (a *Accounts) Search(ctx context.Context, text string, before int64, limit int) ([]user.Stored, error) {
	if text != "" && before == 0 {
		u, err := a.lookup(ctx, text)
		if err == nil {
			return []user.Stored{u}, nil
		}
		if !errors.Is(err, user.ErrNotFound) && !errors.Is(err, user.ErrAmbiguous) {
			return nil, err
		}
	}
	return user.In(a.db).Search(ctx, text, cmp.Or(before, math.MaxInt64), limit)
}

// User returns one user. Errors: user.ErrNotFound.
func (a *Accounts) User(ctx context.Context, id int64) (user.Stored, error) {
	return user.In(a.db).Find(ctx, id)
}

// History returns the events that fit, the newest first.
func (a *Accounts) History(ctx context.Context, f event.Filter) ([]event.Event, error) {
	var list []event.Event
	err := event.In(a.db).List(ctx, f, func(e event.Event) error {
		list = append(list, e)
		return nil
	})
	return list, err
}

// Guesses tells how many wrong passwords were tried on an account in a row, and until when nobody may try again: the zero time
// where they may.
func (a *Accounts) Guesses(ctx context.Context, u user.User, now time.Time) (failures int, blockedUntil time.Time, err error) {
	return throttle.In(a.db).State(ctx, throttle.Account.Of(accountKey(u), a.rules.Limits.Account), now)
}

// Activity is what happens on all servers, for whoever runs them.
type Activity struct {
	Sessions int64         // live ones, and those that ended by idleness and are not cleared away yet
	Hours    []event.Count // sign-ins, failed ones and refusals of the last 30 days, by the hour; hours without any are missing
	Networks []Network     // that were refused within the last day
}

// Network is where refused requests came from, the newest of them first.
type Network struct {
	Network string
	Last    time.Time
	Refused int // how many events tell of it, at most one a minute for each counter
}

// ActivityDays is how far back Activity looks, today included.
const ActivityDays = 30

// The newest refusals of networks that are looked through, and how many networks are told of.
const (
	refusalsRead = 500
	networksTold = 10
)

// Activity tells what happened lately.
func (a *Accounts) Activity(ctx context.Context, now time.Time) (Activity, error) {
	var is Activity
	var err error
	if is.Sessions, err = session.In(a.db).Count(ctx, now); err != nil {
		return Activity{}, err
	}
	since := now.UTC().Truncate(24*time.Hour).AddDate(0, 0, 1-ActivityDays)
	if is.Hours, err = event.In(a.db).Counts(ctx, since, time.Hour, event.SignIn, event.SignInFailed, event.Throttled); err != nil {
		return Activity{}, err
	}
	is.Networks, err = a.throttledNetworks(ctx, now)
	return is, err
}

func (a *Accounts) throttledNetworks(ctx context.Context, now time.Time) ([]Network, error) {
	refusals, err := a.History(ctx, event.Filter{
		Kind: event.Throttled, Detail: []string{string(throttle.Network), string(throttle.SignUp)}, // not those of accounts, which would crowd them out
		Since: now.Add(-24 * time.Hour), Limit: refusalsRead,
	})
	if err != nil {
		return nil, err
	}
	var networks []Network
	place := map[string]int{}
	for _, e := range refusals {
		name := throttle.NetworkOf(e.IP)
		at, known := place[name]
		if !known {
			if len(networks) == networksTold {
				continue
			}
			at, place[name] = len(networks), len(networks)
			networks = append(networks, Network{Network: name, Last: e.At})
		}
		networks[at].Refused++
	}
	return networks, nil
}
