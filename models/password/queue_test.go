package password

import (
	"context"
	"errors"
	"slices"
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

func TestPaceFollowsWhatJobsTake(t *testing.T) {
	q := newTestQueue(1, time.Hour)
	for range 50 {
		q.load(t, 1<<10)
		q.next(0).meter.units = 1 << 10
		q.clock = q.clock.Add(1 << 10 * 4 * time.Millisecond)
		q.finish(0, nil)
	}
	if got := time.Duration(q.pace); got < 3900*time.Microsecond || got > 4*time.Millisecond {
		t.Errorf("pace = %v a unit after 50 jobs of 4 ms a unit", got)
	}
	before := q.pace
	q.load(t, 16)
	q.next(0).meter.units = 16
	q.clock = q.clock.Add(time.Second)
	q.finish(0, nil)
	if q.pace > before*1.05 {
		t.Errorf("one preempted job of 16 units moves the pace from %v to %v", before, q.pace)
	}
}

func TestSlowPaceHealsThroughAnIdlePool(t *testing.T) {
	q := newTestQueue(1, time.Millisecond)
	q.pace = float64(time.Hour)
	for range 300 {
		q.load(t, 1<<10)
		q.next(0).meter.units = 1 << 10
		q.clock = q.clock.Add(time.Second)
		q.finish(0, nil)
	}
	if got := time.Duration(q.pace); got > 2*time.Millisecond {
		t.Errorf("pace = %v a unit, want it back near 1 ms", got)
	}
}

func TestPaceLeavesOutWhatForeignHashesTake(t *testing.T) {
	q := newTestQueue(1, time.Hour)
	for range 50 {
		j := q.load(t, 1<<10)
		q.next(0)
		j.meter.units, j.meter.aside = 1<<10, 10*time.Second
		q.clock = q.clock.Add(10*time.Second + 1<<10*time.Millisecond)
		q.finish(0, nil)
	}
	if got := time.Duration(q.pace); got != time.Millisecond {
		t.Errorf("pace = %v a unit after foreign hashes beside 1 ms a unit, want 1 ms", got)
	}
	j := q.load(t, 1<<10) // a match: no bcrypt at all
	q.next(0)
	j.meter.aside = time.Second
	q.clock = q.clock.Add(2 * time.Second)
	q.finish(0, nil)
	if got := time.Duration(q.pace); got != time.Millisecond {
		t.Errorf("pace = %v a unit after a foreign match, want 1 ms", got)
	}
}

func groupJob(cost int) *job {
	j := testJob(units(cost))
	j.cost = cost
	return j
}

// loadGroup pushes n jobs of a cost that can be computed together.
func (q *testQueue) loadGroup(t *testing.T, n, cost int) {
	t.Helper()
	for range n {
		if err := q.push(groupJob(cost)); err != nil {
			t.Fatalf("push: %v", err)
		}
	}
}

func (q *testQueue) wantTaken(t *testing.T, worker int, costs ...int) {
	t.Helper()
	if q.stats().Depth == 0 {
		t.Fatalf("nothing waits for worker %d, which should take %v", worker, costs)
	}
	var got []int
	for _, j := range q.take(worker) {
		got = append(got, j.cost)
	}
	if !slices.Equal(got, costs) {
		t.Errorf("worker %d takes %v, want %v", worker, got, costs)
	}
}

func TestWorkerTakesWhatWaitsOfOneCost(t *testing.T) {
	q := newWideQueue(1, 4, time.Hour)
	q.loadGroup(t, 6, 10)
	q.loadGroup(t, 1, 12)
	q.loadGroup(t, 2, 10)
	q.loadGroup(t, 2, 0)
	q.wantTaken(t, 0, 10, 10, 10, 10)
	q.wantTaken(t, 0, 10, 10, 10, 10)
	q.wantTaken(t, 0, 12)
	q.wantTaken(t, 0, 0)
	q.wantTaken(t, 0, 0)
	q.loadGroup(t, 1, 10)
	q.wantTaken(t, 0, 10) // and does not wait for more
}

func TestWorkerLeavesOneJobForEachIdleOne(t *testing.T) {
	q := newWideQueue(3, 4, time.Hour)
	q.loadGroup(t, 4, 10)
	q.wantTaken(t, 0, 10, 10)
	q.wantTaken(t, 1, 10)
	q.wantTaken(t, 2, 10)
	q.loadGroup(t, 2, 10)
	q.wantTaken(t, 1, 10, 10) // the others are busy
}

func TestGroupPassesOverCallersWhoHaveGone(t *testing.T) {
	q := newWideQueue(1, 4, time.Hour)
	ctx, cancel := context.WithCancel(t.Context())
	for i := range 6 {
		j := groupJob(10)
		if i%2 == 0 {
			j.ctx = ctx
		}
		if err := q.push(j); err != nil {
			t.Fatal(err)
		}
	}
	cancel()
	q.wantTaken(t, 0, 10, 10, 10)
}

// Two workers, groups of four at 1.024 s each: who comes when n wait is in the
// group that begins after all full ones before it.
func TestWaitCountsGroupsNotJobs(t *testing.T) {
	q := newWideQueue(2, 4, time.Hour)
	q.loadGroup(t, 8, 10)
	q.wantTaken(t, 0, 10, 10, 10, 10)
	q.wantTaken(t, 1, 10, 10, 10, 10)
	q.wantWait(t, 1024*time.Millisecond)
	q.clock = q.clock.Add(time.Second)
	q.wantWait(t, 24*time.Millisecond)
	q.loadGroup(t, 8, 10) // one group for each worker
	q.wantWait(t, (24+1024)*time.Millisecond)
	q.load(t, 1<<10) // nothing can be computed beside it
	q.wantWait(t, (24+1024+512)*time.Millisecond)
}

func TestPaceIsThatOfAGroup(t *testing.T) {
	q := newWideQueue(1, 4, time.Hour)
	for range 50 {
		q.loadGroup(t, 4, 10)
		jobs := q.take(0)
		q.clock = q.clock.Add(1 << 10 * 3 * time.Millisecond)
		for _, j := range jobs[:3] {
			j.meter.units = 1 << 9
			q.queue.finish(0, j, nil)
			if got := q.stats().Busy; got != 1 {
				t.Fatalf("busy = %d before the last of a group ends, want 1", got)
			}
		}
		q.clock = q.clock.Add(1 << 10 * time.Millisecond)
		jobs[3].meter.units = 1 << 10 // the whole ladder; the others needed less and ended before
		q.queue.finish(0, jobs[3], nil)
	}
	if got := time.Duration(q.pace); got < 3900*time.Microsecond || got > 4*time.Millisecond {
		t.Errorf("pace = %v a unit after groups of 4 ms a unit", got)
	}
	if got, want := q.work(), uint64(50*(3<<9+1<<10)); got != want {
		t.Errorf("work = %d units, want %d", got, want)
	}
	if got := q.stats().Busy; got != 0 {
		t.Errorf("busy = %d after all groups, want 0", got)
	}
}
