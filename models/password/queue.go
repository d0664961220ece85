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
	run   func(*meter) error
	meter meter
	err   error         // to be read once done is closed
	done  chan struct{} // closed by whoever takes the job off the queue
}

func (j *job) finish(err error) {
	j.err = err
	close(j.done)
}

// slot is what one worker has in hand.
type slot struct {
	job   *job
	since time.Time
}

// queue is first in, first out. What bounds it is the time a job would wait,
// not their number: a job is 1 ms or 3 s of work, and machines differ as much.
type queue struct {
	full    float64 // units of an ordinary job
	maxWait time.Duration
	now     func() time.Time

	mu      sync.Mutex
	ready   *sync.Cond // a job came or the queue closed
	open    bool
	waiting []*job
	running []slot  // one for each worker
	pace    float64 // nanoseconds a unit, a moving average
	spent   uint64  // units computed since the start
}

func newQueue(cost int, maxWait time.Duration, now func() time.Time) *queue {
	q := &queue{full: float64(units(cost)), maxWait: maxWait, now: now, pace: firstGuess}
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
	wait := q.wait()
	if !q.open || len(q.waiting) >= maxDepth || wait > q.maxWait {
		return overloaded(wait)
	}
	q.waiting = append(q.waiting, j)
	q.ready.Signal()
	return nil
}

// next waits for a job for one worker; nil means that the queue is closed and
// empty. It passes over jobs whose caller has gone.
func (q *queue) next(worker int) *job {
	q.mu.Lock()
	defer q.mu.Unlock()
	for {
		for len(q.waiting) == 0 {
			if !q.open {
				return nil
			}
			q.ready.Wait()
		}
		j := q.waiting[0]
		q.waiting = slices.Delete(q.waiting, 0, 1)
		if err := j.ctx.Err(); err != nil {
			j.finish(err)
			continue
		}
		q.running[worker] = slot{job: j, since: q.now()}
		return j
	}
}

// finish ends the job that the worker has in hand and learns from it. An
// ordinary job counts for an eighth of the pace and a cheap one for less: one
// preemption would otherwise make 1 ms of hashing look ten times as slow.
func (q *queue) finish(worker int, err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	s := q.running[worker]
	q.running[worker] = slot{}
	if n := float64(s.job.meter.units); n > 0 {
		q.spent += s.job.meter.units
		took := max(0, q.now().Sub(s.since)-s.job.meter.aside)
		q.pace += (float64(took)/n - q.pace) * n / (n + 7*q.full)
	}
	s.job.finish(err)
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
	s := QueueStats{Depth: len(q.waiting), Workers: len(q.running), Wait: q.wait()}
	for _, r := range q.running {
		if r.job != nil {
			s.Busy++
		}
	}
	return s
}

// wait predicts how long a job that comes now would wait: each worker still
// has so much in hand, and what waits is poured on top of that, to the lowest
// first. An idle worker thus means no wait, however busy the others are, and a
// wrong pace corrects itself, for an idle pool takes any job.
func (q *queue) wait() time.Duration {
	if len(q.running) == 0 {
		return 0
	}
	waiting := q.waiting
	left := make([]float64, len(q.running))
	for i, r := range q.running {
		switch {
		case r.job != nil:
			left[i] = max(0, float64(r.job.units)*q.pace-float64(q.now().Sub(r.since)))
		case len(waiting) > 0: // as good as taken: the worker is waking up
			left[i] = float64(waiting[0].units) * q.pace
			waiting = waiting[1:]
		}
	}
	slices.Sort(left)
	var work float64
	for _, j := range waiting {
		work += float64(j.units) * q.pace
	}
	level, n := left[0], 1
	for ; n < len(left); n++ {
		room := (left[n] - level) * float64(n)
		if work < room {
			break
		}
		work -= room
		level = left[n]
	}
	return time.Duration(min(level+work/float64(n), float64(time.Hour)))
}

// overloaded rounds up, so that a client does not come back too early.
func overloaded(wait time.Duration) error {
	seconds := (wait + time.Second - 1).Truncate(time.Second)
	return &OverloadedError{RetryAfter: max(seconds, time.Second)}
}
