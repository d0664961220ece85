package account

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"gatehouse/db"
	"gatehouse/models/session"
)

// asked is a statement that a test answers when it likes.
type asked struct {
	hashes []session.Hash
	answer chan error
}

// slowly returns lookups whose statements wait for the test, at most two at a time. Every session is found.
func slowly(timeout time.Duration) (*lookups, <-chan asked) {
	statements := make(chan asked, 100)
	l := newLookups(timeout, func(ctx context.Context, hashes []session.Hash) ([]Current, error) {
		s := asked{hashes, make(chan error)}
		statements <- s
		var found []Current
		for _, h := range hashes {
			found = append(found, Current{Session: session.Session{Hash: h, PublicID: fmt.Sprint(h[0])}})
		}
		select {
		case err := <-s.answer:
			return found, err
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	})
	l.lanes = make(chan struct{}, 2)
	return l, statements
}

type outcome struct {
	n     byte
	found []Current
	err   error
}

// check looks for session n in a goroutine of its own.
func check(ctx context.Context, l *lookups, n byte) <-chan outcome {
	done := make(chan outcome, 1)
	go func() {
		found, err := l.find(ctx, session.Hash{n})
		done <- outcome{n, found, err}
	}()
	synctest.Wait()
	return done
}

// want is the session that was asked for, and no other.
func (o outcome) want(t *testing.T) {
	t.Helper()
	if o.err != nil || len(o.found) != 1 || o.found[0].Session.PublicID != fmt.Sprint(o.n) {
		t.Errorf("check %d: %+v, %v", o.n, o.found, o.err)
	}
}

func TestChecksShareTheNextStatementAndNeverOneThatWasSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, statements := slowly(time.Minute)
		one, two := check(t.Context(), l, 1), check(t.Context(), l, 2)
		first, second := <-statements, <-statements
		if len(first.hashes) != 1 || len(second.hashes) != 1 {
			t.Fatalf("%d and %d hashes while lanes were free, want 1 each", len(first.hashes), len(second.hashes))
		}
		var waiting []<-chan outcome
		for n := range byte(5) {
			waiting = append(waiting, check(t.Context(), l, 10+n))
		}
		if len(statements) != 0 {
			t.Fatal("a third statement was sent beside two")
		}
		first.answer <- nil
		(<-one).want(t)
		synctest.Wait()
		shared := <-statements
		if len(shared.hashes) != 8 {
			t.Errorf("five checks became %d places, want 8", len(shared.hashes))
		}
		late := check(t.Context(), l, 20) // a lane is not free, and the shared statement may have read already
		shared.answer <- nil
		for _, w := range waiting {
			(<-w).want(t)
		}
		synctest.Wait()
		(<-statements).answer <- nil
		(<-late).want(t)
		second.answer <- nil
		(<-two).want(t)
	})
}

func TestAStatementHasNoMoreThanItsPlaces(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, statements := slowly(time.Minute)
		var all []<-chan outcome
		for n := range byte(2 + 2*lookupsAtOnce) {
			all = append(all, check(t.Context(), l, n))
		}
		for len(all) > 0 {
			synctest.Wait()
			select {
			case s := <-statements:
				if len(s.hashes) > lookupsAtOnce {
					t.Fatalf("%d hashes at once", len(s.hashes))
				}
				s.answer <- nil
			default:
				(<-all[0]).want(t)
				all = all[1:]
			}
		}
	})
}

func TestWhoeverGoesAwayTakesNobodyWithThem(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, statements := slowly(time.Minute)
		_, _ = check(t.Context(), l, 1), check(t.Context(), l, 2)
		gone, leave := context.WithCancel(t.Context())
		first := check(gone, l, 3) // will send for the others
		second, third := check(t.Context(), l, 4), check(gone, l, 5)
		leave()
		synctest.Wait()
		if o := <-third; !errors.Is(o.err, context.Canceled) {
			t.Errorf("a visitor who has gone waits: %v", o.err)
		}
		(<-statements).answer <- nil
		(<-statements).answer <- nil
		synctest.Wait()
		(<-statements).answer <- nil
		(<-second).want(t)
		<-first
	})
}

func TestAFaultIsToldToAllWhoWaited(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, statements := slowly(time.Minute)
		one, two := check(t.Context(), l, 1), check(t.Context(), l, 2)
		three, four := check(t.Context(), l, 3), check(t.Context(), l, 4)
		down := errors.New("down")
		(<-statements).answer <- nil
		synctest.Wait()
		(<-statements).answer <- nil
		(<-one).want(t)
		(<-two).want(t)
		(<-statements).answer <- down
		for _, o := range []outcome{<-three, <-four} {
			if !errors.Is(o.err, down) {
				t.Errorf("check %d: %v", o.n, o.err)
			}
		}
	})
}

func TestNobodyWaitsLongerThanTheTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const timeout = 3 * time.Second
		l, statements := slowly(timeout)
		_, _ = check(t.Context(), l, 1), check(t.Context(), l, 2)
		stuck := []asked{<-statements, <-statements}
		began := time.Now()
		var waiting []<-chan outcome
		for n := range byte(lookupsAtOnce + 2) { // more than one statement's worth
			waiting = append(waiting, check(t.Context(), l, 10+n))
		}
		for _, w := range waiting {
			if o := <-w; !errors.Is(o.err, db.ErrUnavailable) {
				t.Errorf("check %d: %v", o.n, o.err)
			}
		}
		if took := time.Since(began); took != timeout {
			t.Errorf("they waited %v", took)
		}
		again := check(t.Context(), l, 99) // begins a new wait
		for _, s := range stuck {
			s.answer <- nil
		}
		synctest.Wait()
		(<-statements).answer <- nil
		(<-again).want(t)
	})
}

func TestAPanicLeavesNobodyWaiting(t *testing.T) {
	l := newLookups(time.Minute, func(context.Context, []session.Hash) ([]Current, error) { panic("broken") })
	for range 2 * cap(l.lanes) { // a lane that is not given back would stop the last ones
		mine, _ := l.join(session.Hash{1})
		func() {
			defer func() { _ = recover() }()
			l.send(t.Context(), mine)
		}()
		<-mine.done
		if !errors.Is(mine.err, errNotAsked) {
			t.Errorf("the others are told %v", mine.err)
		}
	}
}
