package password

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func TestWaitIsTheWorkAheadSharedByTheWorkers(t *testing.T) {
	q := newTestQueue(2, time.Hour)
	q.wantWait(t, 0)
	q.load(t, 1000)
	q.wantWait(t, 0) // one worker is still free
	q.next(0)
	q.wantWait(t, 0)
	q.load(t, 400)
	q.next(1)
	q.wantWait(t, 400*time.Millisecond)
	q.load(t, 800)
	q.wantWait(t, 1100*time.Millisecond) // 400 up to 1000, the last 200 on both
	q.clock = q.clock.Add(300 * time.Millisecond)
	q.wantWait(t, 800*time.Millisecond)
}

func TestIdleWorkerMeansNoWaitBesideADearJob(t *testing.T) {
	q := newTestQueue(2, time.Millisecond)
	q.load(t, 1<<16)
	q.next(0)
	q.load(t, 10)
}

func TestJobThatWouldWaitTooLongIsRefusedWithTheWait(t *testing.T) {
	q := newTestQueue(1, 2*time.Second)
	q.load(t, 2000)
	q.load(t, 500) // waits the 2 s that are allowed
	if _, err := q.room(); !errors.Is(err, ErrOverloaded) {
		t.Errorf("room = %v while push refuses", err)
	}
	err := q.push(testJob(1))
	var over *OverloadedError
	if !errors.Is(err, ErrOverloaded) || !errors.As(err, &over) {
		t.Fatalf("push = %v, want an OverloadedError", err)
	}
	if over.RetryAfter != 3*time.Second {
		t.Errorf("RetryAfter = %v, want 2.5 s rounded up to 3 s", over.RetryAfter)
	}
	if got := q.stats().Depth; got != 2 {
		t.Errorf("depth = %d after a refusal, want 2", got)
	}
}

func TestRetryAfterIsAtLeastOneWholeSecond(t *testing.T) {
	for wait, want := range map[time.Duration]time.Duration{
		0: time.Second, time.Millisecond: time.Second, time.Second: time.Second, time.Second + 1: 2 * time.Second,
	} {
		var over *OverloadedError
		if err := overloaded(wait); !errors.As(err, &over) || over.RetryAfter != want {
			t.Errorf("overloaded(%v) = %v, want %v", wait, err, want)
		}
	}
}

func TestWhoLooksForRoomAtOnceDoesNotFindTheSame(t *testing.T) {
	q := newTestQueue(1, 2*time.Second)
	var leave []func()
	for {
		left, err := q.room()
		if err != nil {
			break
		}
		if leave = append(leave, left); len(leave) > maxDepth {
			t.Fatal("there is room without end")
		}
	}
	if err := q.push(testJob(1)); err != nil {
		t.Errorf("a job is refused for those that may come: %v", err)
	}
	leave[0]()
	leave[0]()
	if _, err := q.room(); err != nil {
		t.Errorf("there is none after one has left: %v", err)
	}
	if _, err := q.room(); !errors.Is(err, ErrOverloaded) {
		t.Errorf("one who left twice made room for two: %v", err)
	}
}

func TestWhoWasPromisedRoomIsNotRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startPool(t, Options{Cost: 12, Workers: 1, MaxWait: 100 * time.Millisecond})
		release := occupy(t, p)
		ctx, cancel := context.WithCancel(t.Context())
		promised, leave, err := p.Room(ctx)
		if err != nil {
			t.Fatal(err)
		}
		var wg sync.WaitGroup
		verify := func(ctx context.Context) {
			wg.Go(func() { _, _ = p.Verify(ctx, "", "secret") })
			synctest.Wait()
		}
		verify(ctx)
		verify(ctx)
		wantRefused(t, p)
		leave()
		verify(promised)
		if got := p.Queue().Depth; got != 3 {
			t.Errorf("%d wait, want 3: two before the pool was full, and who was promised room", got)
		}
		cancel()
		wg.Wait()
		release()
		if err := p.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, err := p.Verify(context.WithoutCancel(promised), "", "secret"); !errors.Is(err, ErrOverloaded) {
			t.Errorf("after Close: %v, want ErrOverloaded", err)
		}
	})
}
