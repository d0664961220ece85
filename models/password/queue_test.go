package password

import (
	"context"
	"errors"
	"testing"
	"time"
)

// testQueue has a clock that only the test moves, and 1 ms of work a unit.
type testQueue struct {
	*queue
	clock time.Time
	taken *job
}

func newTestQueue(workers int, maxWait time.Duration) *testQueue {
	return newWideQueue(workers, 1, maxWait)
}

func newWideQueue(workers, width int, maxWait time.Duration) *testQueue {
	q := &testQueue{clock: time.Unix(0, 0)}
	q.queue = newQueue(10, width, maxWait, func() time.Time { return q.clock })
	q.pace = float64(time.Millisecond)
	q.start(workers)
	return q
}

func testJob(units uint64) *job {
	return &job{ctx: context.Background(), units: units, done: make(chan struct{})}
}

// next takes one job, in a queue that gives no more at once.
func (q *testQueue) next(worker int) *job {
	q.taken = q.take(worker)[0]
	return q.taken
}

// finish ends the job that next gave last.
func (q *testQueue) finish(worker int, err error) { q.queue.finish(worker, q.taken, err) }

// load pushes a job and fails the test if it is refused.
func (q *testQueue) load(t *testing.T, units uint64) *job {
	t.Helper()
	j := testJob(units)
	if err := q.push(j); err != nil {
		t.Fatalf("push: %v", err)
	}
	return j
}

func (q *testQueue) wantWait(t *testing.T, want time.Duration) {
	t.Helper()
	if got := q.stats().Wait; got != want {
		t.Errorf("wait = %v, want %v", got, want)
	}
}

func TestQueueIsFirstInFirstOut(t *testing.T) {
	q := newTestQueue(1, time.Hour)
	first, second := q.load(t, 10), q.load(t, 10)
	if q.next(0) != first || q.next(0) != second {
		t.Error("next does not give the jobs in the order of push")
	}
}

func TestDepthIsBoundedHoweverCheapTheJobs(t *testing.T) {
	q := newTestQueue(1, time.Hour)
	for range maxDepth {
		q.load(t, 1)
	}
	if err := q.push(testJob(1)); !errors.Is(err, ErrOverloaded) {
		t.Errorf("push number %d = %v, want ErrOverloaded", maxDepth+1, err)
	}
}

func TestRemovedJobGivesItsPlaceBack(t *testing.T) {
	q := newTestQueue(1, 100*time.Millisecond)
	q.load(t, 100)
	q.next(0)
	gone := q.load(t, 100)
	if err := q.push(testJob(1)); err == nil {
		t.Fatal("the queue is not full")
	}
	q.remove(gone)
	q.remove(gone) // a second time, or of a job already taken, is no error
	next := q.load(t, 100)
	if q.next(0) != next {
		t.Error("next is not the job that took the place")
	}
}

func TestJobWhoseCallerHasGoneIsSkipped(t *testing.T) {
	q := newTestQueue(1, time.Hour)
	ctx, cancel := context.WithCancel(t.Context())
	gone := testJob(10)
	gone.ctx = ctx
	if err := q.push(gone); err != nil {
		t.Fatal(err)
	}
	want := q.load(t, 10)
	cancel()
	if q.next(0) != want {
		t.Error("next gives the job of a caller who has gone")
	}
	<-gone.done
	if !errors.Is(gone.err, context.Canceled) {
		t.Errorf("error of the skipped job = %v, want Canceled", gone.err)
	}
}
