package account

import (
	"context"
	"sync"
	"time"

	"gatehouse/db"
	"gatehouse/models/session"
)

// seen collects the sessions whose last-seen time is to be written. SQLite lets one write at a time and waits for the disk
// each time, so the request that finds nobody writing writes for all that come meanwhile, and those do not wait.
type seen struct {
	mu      sync.Mutex
	due     map[session.Hash]sighting
	writing bool
}

type sighting struct {
	session.Session
	at time.Time
}

const (
	sightingsAtOnce = 100
	// sightingRounds bounds how long one request writes for the others. What is left then is written by the next one.
	sightingRounds = 4
)

// Touch notes that a session is in use; see session.Store.Touch.
func (a *Accounts) Touch(ctx context.Context, c Current, now time.Time) error {
	if now.Sub(c.Session.LastSeen) < session.TouchEvery {
		return nil
	}
	if a.db.Engine() != db.SQLite {
		return session.In(a.db).Touch(ctx, c.Session, a.rules.Sessions, now)
	}
	if !a.seen.note(c.Session, now) {
		return nil
	}
	ctx = context.WithoutCancel(ctx) // the others are still there
	for range sightingRounds {
		some := a.seen.take()
		if len(some) == 0 {
			return nil
		}
		if err := a.touchAll(ctx, some); err != nil {
			a.seen.leave(some...)
			return err
		}
	}
	a.seen.leave()
	return nil
}

func (a *Accounts) touchAll(ctx context.Context, some []sighting) error {
	return a.db.WithTx(ctx, func(tx *db.Tx) error {
		for _, s := range some {
			if err := session.In(tx).Touch(ctx, s.Session, a.rules.Sessions, s.at); err != nil {
				return err
			}
		}
		return nil
	})
}

// note tells whether the caller is to write: to take until nothing is left, or to leave before that.
func (s *seen) note(of session.Session, at time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.due == nil {
		s.due = map[session.Hash]sighting{}
	}
	of.Data = nil // what it holds is of no use here
	s.due[of.Hash] = sighting{of, at}
	first := !s.writing
	s.writing = true
	return first
}

// take returns what is due; once that is nothing, the next to note something writes.
func (s *seen) take() []sighting {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.writing = len(s.due) > 0
	var some []sighting
	for hash, sighting := range s.due {
		if len(some) == sightingsAtOnce {
			break
		}
		some = append(some, sighting)
		delete(s.due, hash)
	}
	return some
}

// leave lets another write, also what could not be written.
func (s *seen) leave(left ...sighting) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.writing = false
	for _, sighting := range left {
		if _, newer := s.due[sighting.Hash]; !newer {
			s.due[sighting.Hash] = sighting
		}
	}
}
