package password

import (
	"context"
	"slices"
	"sync"
	"time"
)

// maxDepth bounds the memory of the queue where hashes are so cheap that the
// waiting time does not.
const maxDepth = 1024

// firstGuess is the speed before anything was measured, in nanoseconds a
// unit: 55 ms at cost 10, an ordinary server core.
const firstGuess = 55e6 / (1 << 10)

// job is one request to the workers.
type job struct {
	ctx   context.Context // of the caller, to skip a job nobody waits for
	units uint64          // work at most
	kept  bool            // it was promised room
	cost  int             // that its bcrypts add up to; 0 if it does something else too
	run   func(*meter) error
	meter meter
	err   error         // to be read once done is closed
	done  chan struct{} // closed by whoever takes the job off the queue
	came  time.Time     // when it was put into the queue
}

func (j *job) finish(err error) {
	j.err = err
	close(j.done)
}

// beside says whether two jobs can be computed together, which those of one cost
// can: they need the same bcrypts in the same order, until one has its answer.
func (j *job) beside(other *job) bool { return j.cost > 0 && j.cost == other.cost }

// gone ends a job that nobody waits for.
func (j *job) gone() bool {
	err := j.ctx.Err()
	if err != nil {
		j.finish(err)
	}
	return err != nil
}

// slot is what one worker has in hand.
type slot struct {
	jobs  int    // none means that it is idle
	units uint64 // work at most, of each
	since time.Time
}

// queue is first in, first out. What bounds it is the time a job would wait,
// not their number: a job is 1 ms or 3 s of work, and machines differ as much.
type queue struct {
	usual   float64 // units of an ordinary job
	width   int     // how many jobs are computed together at most
	maxWait time.Duration
	now     func() time.Time

	mu      sync.Mutex
	ready   *sync.Cond // a job came or the queue closed
	open    bool
	waiting []*job
	coming  int     // jobs that were promised room and are not here yet
	running []slot  // one for each worker
	pace    float64 // nanoseconds a unit of one job or group, a moving average
	spent   uint64  // units computed since the start
	done    uint64  // jobs computed since the start
}

func newQueue(cost, width int, maxWait time.Duration, now func() time.Time) *queue {
	q := &queue{usual: float64(units(cost)), width: width, maxWait: maxWait, now: now, pace: firstGuess}
	q.ready = sync.NewCond(&q.mu)
	return q
}

func (q *queue) start(workers int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.running = make([]slot, workers)
	q.open = true
}

// push takes a job or refuses it; it never waits.
func (q *queue) push(j *job) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if err := q.refusal(0); err != nil && (!j.kept || !q.open) {
		return err
	}
	j.came = q.now()
	q.waiting = append(q.waiting, j)
	q.ready.Signal()
	return nil
}

// take waits for work for one worker: the first job, and what else can be
// computed with it. None means that the queue is closed and empty. Jobs whose
// caller has gone are passed over.
func (q *queue) take(worker int) []*job {
	q.mu.Lock()
	defer q.mu.Unlock()
	for {
		for len(q.waiting) == 0 {
			if !q.open {
				return nil
			}
			q.ready.Wait()
		}
		q.waiting = slices.DeleteFunc(q.waiting, (*job).gone)
		if jobs := q.group(worker); len(jobs) > 0 {
			q.running[worker] = slot{jobs: len(jobs), units: jobs[0].units, since: q.now()}
			return jobs
		}
	}
}

// group takes what waits now and never waits for more. It leaves one job for
// each other worker that is idle, since one alone is done sooner.
func (q *queue) group(worker int) []*job {
	idle := 0
	for i, s := range q.running {
		if i != worker && s.jobs == 0 {
			idle++
		}
	}
	most := min(q.width, len(q.waiting)-idle)
	var jobs []*job
	q.waiting = slices.DeleteFunc(q.waiting, func(j *job) bool {
		fits := len(jobs) == 0 || len(jobs) < most && j.beside(jobs[0])
		if fits {
			jobs = append(jobs, j)
		}
		return fits
	})
	return jobs
}

// finish ends one of the jobs that the worker has in hand. The last of them did
// all that was computed for them, so the queue learns from that one. An
// ordinary job counts for an eighth of the pace and a cheap one for less: one
// preemption would otherwise make 1 ms of hashing look ten times as slow.
func (q *queue) finish(worker int, j *job, err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.spent += j.meter.units
	if err == nil {
		q.done++
	}
	s := &q.running[worker]
	s.jobs--
	if n := float64(j.meter.units); n > 0 && s.jobs == 0 {
		took := max(0, q.now().Sub(s.since)-j.meter.aside)
		q.pace += (float64(took)/n - q.pace) * n / (n + 7*q.usual)
	}
	j.finish(err)
}

// remove gives back the place of a job that no worker has taken yet.
func (q *queue) remove(j *job) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if i := slices.Index(q.waiting, j); i >= 0 {
		q.waiting = slices.Delete(q.waiting, i, i+1)
	}
}

// close refuses new jobs and lets the workers end once the queue is empty.
func (q *queue) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.open = false
	q.ready.Broadcast()
}

// drop refuses the jobs that still wait.
func (q *queue) drop() {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, j := range q.waiting {
		j.finish(overloaded(0))
	}
	q.waiting = nil
}

// work is what was computed since the start, in units.
func (q *queue) work() uint64 {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.spent
}

func (q *queue) stats() QueueStats {
	q.mu.Lock()
	defer q.mu.Unlock()
	s := QueueStats{Depth: len(q.waiting), Workers: len(q.running), AtOnce: len(q.running) * q.width, Wait: q.wait(0), Done: q.done}
	for _, r := range q.running {
		if r.jobs > 0 {
			s.Busy++
		}
	}
	return s
}
