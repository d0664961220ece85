package account

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"time"

	"gatehouse/db"
	"gatehouse/models/session"
)

// lookups finds the sessions of many checks with one statement. A check that comes while lanes are free asks at once. Else
// those that come share the next statement, which is sent when a lane is free: the busier the server, the fewer statements
// it sends. Nobody joins a statement that has been sent, so each check is told what was true after it came.
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
	minLanes      = 2 // so that a connection that hangs does not stop every check
	lookupsAtOnce = 32
)

// newLookups has a lane for each processor: more of them only make more and smaller statements.
func newLookups(timeout time.Duration, ask func(context.Context, []session.Hash) ([]Current, error)) *lookups {
	return &lookups{ask: ask, timeout: timeout, lanes: make(chan struct{}, max(minLanes, runtime.GOMAXPROCS(0)))}
}

// find returns the session with this hash, live or not; none if there is none.
func (l *lookups) find(ctx context.Context, hash session.Hash) ([]Current, error) {
	mine, first := l.join(hash)
	if first {
		l.send(context.WithoutCancel(ctx), mine) // the others are still there
	}
	select {
	case <-mine.done:
	case <-ctx.Done():
		return nil, ctx.Err()
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

var errNotAsked = fmt.Errorf("%w: find session: the check was broken off", db.ErrUnavailable)

// send waits for a lane and asks. Whatever happens, nobody waits longer for it than the timeout.
func (l *lookups) send(ctx context.Context, mine *lookup) {
	mine.err = errNotAsked // for the others, should ask panic
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
			mine.err = fmt.Errorf("%w: find session: too many checks wait", db.ErrUnavailable)
			return
		}
	}
	defer func() { <-l.lanes }()
	mine.found, mine.err = l.ask(ctx, padded(l.close(mine)))
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

// padded repeats the last hash until the number is a power of two, so that there are few different statements to prepare.
func padded(hashes []session.Hash) []session.Hash {
	for len(hashes)&(len(hashes)-1) != 0 {
		hashes = append(hashes, hashes[len(hashes)-1])
	}
	return hashes
}
