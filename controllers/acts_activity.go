package controllers

import (
	"time"

	"github.com/gin-gonic/gin"

	"gatehouse/models/account"
	"gatehouse/models/event"
	"gatehouse/models/password"
)

// activity is what admins see of all servers, and of this one's hash workers.
type activity struct {
	Sessions int64     `json:"sessions"`
	Hashing  hashing   `json:"hashing"`
	Hours    []span    `json:"hours"` // the last 24, the one under way last
	Days     []span    `json:"days"`  // the last 30 of UTC, today last
	Networks []network `json:"networks"`
}

// hashing is how busy the hash workers of the server are that was asked.
type hashing struct {
	Waiting int   `json:"waiting"`
	Busy    int   `json:"busy"`
	Workers int   `json:"workers"`
	WaitMS  int64 `json:"waitMilliseconds"` // of a password that comes now
}

func hashingOf(q password.QueueStats) hashing {
	return hashing{Waiting: q.Depth, Busy: q.Busy, Workers: q.Workers, WaitMS: q.Wait.Milliseconds()}
}

// span counts what happened in an hour or a day that begins at At.
type span struct {
	At       time.Time `json:"at"`
	SignIns  int       `json:"signIns"`
	Failures int       `json:"failures"`
	Refusals int       `json:"refusals"` // one a minute and counter at most
}

type network struct {
	Network  string    `json:"network"`
	Last     time.Time `json:"last"`
	Refusals int       `json:"refusals"`
}

func (h acts) activity(c *gin.Context, queue func() password.QueueStats) (activity, error) {
	now := of(c).now
	is, err := h.accounts.Activity(c.Request.Context(), now)
	if err != nil {
		return activity{}, err
	}
	shown := activity{
		Sessions: is.Sessions,
		Hashing:  hashingOf(queue()),
		Hours:    spans(is.Hours, now, time.Hour, 24),
		Days:     spans(is.Hours, now, 24*time.Hour, account.ActivityDays),
		Networks: make([]network, 0, len(is.Networks)),
	}
	for _, n := range is.Networks {
		shown.Networks = append(shown.Networks, network{n.Network, n.Last, n.Refused})
	}
	return shown, nil
}

// spans sums counts up into the last n spans of a length, the one under way included.
func spans(counts []event.Count, now time.Time, length time.Duration, n int) []span {
	all := make([]span, n)
	first := now.UTC().Truncate(length).Add(-time.Duration(n-1) * length)
	for i := range all {
		all[i].At = first.Add(time.Duration(i) * length)
	}
	for _, count := range counts {
		i := int(count.At.Sub(first) / length)
		if count.At.Before(first) || i >= n {
			continue
		}
		switch count.Kind {
		case event.SignIn:
			all[i].SignIns += count.N
		case event.SignInFailed:
			all[i].Failures += count.N
		case event.Throttled:
			all[i].Refusals += count.N
		}
	}
	return all
}
