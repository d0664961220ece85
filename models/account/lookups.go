package account

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"time"

	"gatehouse/db"
	"gatehouse/models/session"
)

// lookups finds the sessions of many checks with one statement. A check that comes while a lane is free asks at once. Else
// those that come share the next statement, which is sent when a lane is free: the busier the server, the more of them share
// one. Nobody joins a statement that has been sent, so each check is told what was true after it came.
type lookups struct {
	ask     func(ctx context.Context, hashes []session.Hash) ([]Current, error)
	timeout time.Duration // of a check, waiting included
	lanes   chan struct{} // has room for the statements that are on their way

	mu   sync.Mutex
	next *lookup // not sent yet; nil if nobody waits
}

// lookup is one statement, and the checks that wait for it.
type lookup struct {
	hashes []session.Hash
	done   chan struct{} // closed once found and err are there
	found  []Current
	err    error
}

const (
	minLanes      = 4 // so that a connection that hangs, or a database that is far away, does not hold up every check
	lookupsAtOnce = 32
)

// newLookups has a lane for each processor: where the database is near, more of them only make more and smaller statements.
func newLookups(timeout time.Duration, ask func(context.Context, []session.Hash) ([]Current, error)) *lookups {
	lanes := max(minLanes, min(runtime.NumCPU(), runtime.GOMAXPROCS(0)))
	return &lookups{ask: ask, timeout: timeout, lanes: make(chan struct{}, lanes)}
}

// find returns the session with this hash, live or not, or nothing. Whoever sends the statement stays until its answer is
// there, since others wait for it; they leave when they like.
func (l *lookups) find(ctx context.Context, hash session.Hash) ([]Current, error) {
	if ctx.Err() != nil {
		return nil, unavailable("find session", ctx.Err())
	}
	mine, first := l.join(hash)
	if first {
		l.send(context.WithoutCancel(ctx), mine)
	}
	select {
	case <-mine.done:
	case <-ctx.Done():
		return nil, unavailable("find session", ctx.Err())
	}
	if errors.Is(mine.err, errUnreadable) && len(mine.hashes) > 1 {
		return l.ask(ctx, []session.Hash{hash}) // it may be somebody else's row
	}
	if mine.err != nil {
		return nil, mine.err
	}
	for i := range mine.found {
		if mine.found[i].Session.Hash == hash {
			return mine.found[i : i+1 : i+1], nil
		}
	}
	return nil, nil
}

// join adds a check to the next statement, and tells whether it is the first, who is to send it.
func (l *lookups) join(hash session.Hash) (mine *lookup, first bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if mine, first = l.next, l.next == nil; first {
		mine = &lookup{done: make(chan struct{})}
		l.next = mine
	}
	mine.hashes = append(mine.hashes, hash)
	if len(mine.hashes) == lookupsAtOnce {
		l.next = nil
	}
	return mine, first
}

var errBrokenOff = fmt.Errorf("%w: find session: the check was broken off", db.ErrUnavailable)

// send waits for a lane and asks. Whatever happens, nobody waits longer for it than the timeout.
func (l *lookups) send(ctx context.Context, mine *lookup) {
	mine.err = errBrokenOff // for the others, should ask panic
	defer close(mine.done)
	select {
	case l.lanes <- struct{}{}:
	default:
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, l.timeout)
		defer cancel()
		select {
		case l.lanes <- struct{}{}:
		case <-ctx.Done():
			l.close(mine)
			mine.err = fmt.Errorf("%w: find session: no statement could be sent in time", db.ErrUnavailable)
			return
		}
	}
	defer func() { <-l.lanes }()
	mine.found, mine.err = l.ask(ctx, l.close(mine))
}

// close lets nobody join any more, and returns the hashes of all who did.
func (l *lookups) close(mine *lookup) []session.Hash {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.next == mine {
		l.next = nil
	}
	return mine.hashes
}
