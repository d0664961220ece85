package account

import (
	"context"
	"errors"
	"fmt"
	"slices"
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
		if len(shared.hashes) != 5 {
			t.Errorf("five checks became %d places", len(shared.hashes))
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
		if !errors.Is(mine.err, errBrokenOff) {
			t.Errorf("the others are told %v", mine.err)
		}
	}
}

func TestAnUnreadableRowHurtsItsOwnerAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		broken := session.Hash{4}
		statements := make(chan asked, 100)
		l := newLookups(time.Minute, func(_ context.Context, hashes []session.Hash) ([]Current, error) {
			s := asked{hashes, make(chan error)}
			statements <- s
			if err := <-s.answer; err != nil {
				return nil, err
			}
			if slices.Contains(hashes, broken) {
				return nil, fmt.Errorf("%w: a text where a number should be", errUnreadable)
			}
			return []Current{{Session: session.Session{Hash: hashes[0], PublicID: fmt.Sprint(hashes[0][0])}}}, nil
		})
		l.lanes = make(chan struct{}, 1)
		first, second, third := check(t.Context(), l, 1), check(t.Context(), l, broken[0]), check(t.Context(), l, 5)
		for range 4 { // one alone, two together, and each of those again
			(<-statements).answer <- nil
			synctest.Wait()
		}
		(<-first).want(t)
		(<-third).want(t)
		if o := <-second; !errors.Is(o.err, errUnreadable) {
			t.Errorf("the owner of the broken row: %v", o.err)
		}
	})
}

func TestWhoHasGoneAlreadyAsksNothing(t *testing.T) {
	l := newLookups(time.Minute, func(context.Context, []session.Hash) ([]Current, error) {
		t.Error("a statement was sent")
		return nil, nil
	})
	gone, leave := context.WithCancel(t.Context())
	leave()
	if _, err := l.find(gone, session.Hash{}); !errors.Is(err, context.Canceled) {
		t.Errorf("find = %v", err)
	}
}

func TestFewDifferentStatementsAreMade(t *testing.T) {
	for n, want := range map[int]int{1: 1, 2: 2, 3: 4, 5: 8, 8: 8, 17: 32, 32: 32} {
		hashes := make([]session.Hash, n, 64)
		for i := range hashes {
			hashes[i] = session.Hash{byte(i)}
		}
		got := padded(hashes)
		if len(got) != want || !slices.Equal(got[:n], hashes) || got[want-1] != hashes[n-1] {
			t.Errorf("%d hashes became %d, want %d", n, len(got), want)
		}
		if spare := hashes[:64]; n < 64 && spare[n] != (session.Hash{}) {
			t.Errorf("%d hashes: the caller's own were written to", n)
		}
	}
}
