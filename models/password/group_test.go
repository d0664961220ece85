package password

import (
	"context"
	"slices"
	"testing"
	"time"
)

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
