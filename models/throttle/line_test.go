package throttle

import (
	"context"
	"errors"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"gatehouse/db/dbtest"
)

// waiting returns when so many stand at the door of a bucket.
func waiting(l *line, b Bucket, n int) {
	for {
		l.mu.Lock()
		d := l.doors[b.id]
		there := d != nil && d.waiting == n
		l.mu.Unlock()
		if there {
			return
		}
		runtime.Gosched()
	}
}

// filled returns a throttle in which a bucket has no place, and the attempts that are under way.
func filled(t *testing.T, conn dbtest.Conn, b Bucket) (*Throttle, []*Attempt) {
	t.Helper()
	th := New(conn.DB, patient)
	var under []*Attempt
	for range b.Rule.places(0) {
		under = append(under, reserve(t, th, noon, b))
	}
	return th, under
}

// comes reserves in the background.
func comes(ctx context.Context, th *Throttle, buckets ...Bucket) <-chan error {
	done := make(chan error, 1)
	go func() {
		_, err := th.Reserve(ctx, noon, buckets...)
		done <- err
	}()
	return done
}

func TestOneWhoWaitsIsWokenByTheSameServer(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		few := inARow
		few.Free, few.Lock = 10, 20
		ann, net := Account.Of("ann@example.com", few), Network.Of("192.0.2.1", networkRule)
		th, under := filled(t, conn, ann)
		th.poll = time.Hour
		for i, settle := range []func(a *Attempt){
			func(a *Attempt) { giveBack(t, a) },
			func(a *Attempt) { succeed(t, conn, a) }, // wakes before it is committed
			func(a *Attempt) { fail(t, conn, a, noon) },
		} {
			second := comes(t.Context(), th, ann, net)
			waiting(&th.line, ann, 1)
			settle(under[i])
			if err := <-second; err != nil {
				t.Error(err)
			}
		}
	})
}

func TestOneWhoWaitsNoticesAnotherServer(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		ann := Account.Of("ann@example.com", inARow)
		_, under := filled(t, conn, ann)
		second := New(conn.DB, patient)
		done := comes(t.Context(), second, ann)
		waiting(&second.line, ann, 1)
		giveBack(t, under[0])
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

func TestOneWhoWaitsIsRefusedWhenTheFreeFailuresAreUsedUp(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		for _, b := range []Bucket{Account.Of("ann@example.com", inARow), Network.Of("192.0.2.1", window)} {
			th, under := filled(t, conn, b)
			done := comes(t.Context(), th, b)
			waiting(&th.line, b, 1)
			for _, a := range under {
				fail(t, conn, a, noon)
			}
			if err := <-done; !errors.Is(err, ErrTooMany) {
				t.Errorf("%s: %v, want ErrTooMany", b.Kind, err)
			}
		}
	})
}

func TestOneWhoWaitsGoesWithTheVisitor(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		ann := Account.Of("ann@example.com", inARow)
		th, _ := filled(t, conn, ann)
		ctx, cancel := context.WithCancel(t.Context())
		done := comes(ctx, th, ann)
		waiting(&th.line, ann, 1)
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("%v, want context.Canceled", err)
		}
		if len(th.line.doors) != 0 {
			t.Error("it still waits")
		}
		wantRow(t, conn, ann, 0, 3)
	})
}

func TestWaitingEndsWithPatience(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		ann := Account.Of("ann@example.com", inARow)
		th, _ := filled(t, conn, ann)
		th.wait = 30 * time.Millisecond
		th.poll = time.Hour // the pause is no longer than what is left
		start := time.Now()
		if _, err := th.Reserve(t.Context(), noon, ann); !errors.Is(err, ErrBusy) || time.Since(start) < th.wait {
			t.Errorf("%v after %v, want ErrBusy", err, time.Since(start))
		}
	})
}

func TestPatienceEndsAlsoBetweenTwoDoors(t *testing.T) {
	var l line
	ann, net := Account.Of("ann@example.com", inARow), Network.Of("192.0.2.1", window)
	p := place{line: &l, poll: time.Hour, patience: time.Now()}
	defer p.leave()
	if err := p.wait(t.Context(), ann.id); err != nil {
		t.Errorf("the first look: %v", err)
	}
	if err := p.wait(t.Context(), net.id); err != ErrBusy {
		t.Errorf("%v, want ErrBusy", err)
	}
}

func TestOnlySoManyWaitForOneBucket(t *testing.T) {
	var l line
	ann, ben := Account.Of("ann@example.com", inARow), Account.Of("ben@example.com", inARow)
	for range maxWaiting {
		if l.enter(ann.id) == nil {
			t.Fatal("no room for the first ones")
		}
	}
	late := place{line: &l, poll: time.Hour, patience: time.Now().Add(patient)}
	if err := late.wait(t.Context(), ann.id); err != ErrBusy {
		t.Errorf("%v, want ErrBusy", err)
	}
	late.leave()
	if l.doors[ann.id].waiting != maxWaiting {
		t.Error("one who was sent away took another's place")
	}
	if l.enter(ben.id) == nil {
		t.Error("others must wait too")
	}
	l.leave(ann.id)
	if l.enter(ann.id) == nil || l.doors[ann.id].waiting != maxWaiting {
		t.Error("a place that became free stays empty, or others lost theirs")
	}
}

func TestOneWhoIsWokenLooksAtOnceAndThenOften(t *testing.T) {
	var l line
	ann := Account.Of("ann@example.com", inARow)
	p := place{line: &l, poll: slowPoll, patience: time.Now().Add(patient)}
	defer p.leave()
	look := func(want time.Duration) {
		t.Helper()
		if err := p.wait(t.Context(), ann.id); err != nil || p.pause != want {
			t.Errorf("%v, and the next pause is %v, want %v", err, p.pause, want)
		}
	}
	look(slowPoll)        // it stands at the door now
	l.wake([]Bucket{ann}) // while it looks
	l.wake([]Bucket{ann})
	look(fastPoll)
	look(2 * fastPoll)
	look(4 * fastPoll)
}

func TestRoomIsKeptOnlyWhileAnAttemptDoesNotWait(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		ann := Account.Of("ann@example.com", inARow)
		th, under := filled(t, conn, ann)
		var kept atomic.Int64
		room := func() (func(), error) {
			kept.Add(1)
			return func() { kept.Add(-1) }, nil
		}
		done := make(chan *Attempt, 1)
		go func() {
			a, err := th.ReserveIn(t.Context(), noon, room, ann)
			if err != nil {
				t.Error(err)
			}
			done <- a
		}()
		waiting(&th.line, ann, 1)
		for kept.Load() != 0 { // it looks once more before it waits
			runtime.Gosched()
		}
		giveBack(t, under[0])
		a := <-done
		if n := kept.Load(); n != 1 {
			t.Errorf("%d rooms are kept for one attempt", n)
		}
		a.Begin()
		if n := kept.Load(); n != 0 {
			t.Errorf("%d rooms are kept for an attempt that has begun", n)
		}
	})
}

func TestWhereThereIsNoRoomNothingIsWritten(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		none := errors.New("no room")
		before := conn.Statements()
		_, err := impatient(conn).ReserveIn(t.Context(), noon, func() (func(), error) { return nil, none }, Account.Of("ann@example.com", inARow))
		if err != none || conn.Statements() != before {
			t.Errorf("%v, and %d statements", err, conn.Statements()-before)
		}
	})
}
