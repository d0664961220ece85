package password

import (
	"context"
	"slices"
	"sync"
	"time"
)

// Room sets aside a place in the queue for one Hash or Verify that is about to come, so that nobody does other work for what
// will be refused. Call leave just before that Hash or Verify and give it the context that is returned: then it is not refused
// however many wait by now. Errors: ErrOverloaded, where Hash and Verify would return it too.
func (p *Pool) Room(ctx context.Context) (promised context.Context, leave func(), err error) {
	leave, err = p.queue.room()
	return context.WithValue(ctx, promise{}, true), leave, err
}

// promise is the key of a context whose jobs have been promised room.
type promise struct{}

// room sets room aside for a job that comes soon, until leave is called. Otherwise many who ask at once would all be promised the
// same room.
func (q *queue) room() (leave func(), err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if err := q.refusal(q.coming); err != nil {
		return nil, err
	}
	q.coming++
	return sync.OnceFunc(func() {
		q.mu.Lock()
		defer q.mu.Unlock()
		q.coming--
	}), nil
}

// refusal is the error of one more job that would wait too long behind what the queue has and so many jobs that are coming; q.mu
// is held.
func (q *queue) refusal(coming int) error {
	if wait := q.wait(coming); !q.open || len(q.waiting)+coming >= maxDepth || wait > q.maxWait {
		return overloaded(wait)
	}
	return nil
}

// wait predicts how long a job that comes now would wait: each worker still
// has so much in hand, and what waits is poured on top of that, to the lowest
// first. An idle worker thus means no wait, however busy the others are, and a
// wrong pace corrects itself, for an idle pool takes any job. A job that can be
// computed with others counts for its share of a full group. Of jobs that are
// coming each is taken for an ordinary one.
func (q *queue) wait(coming int) time.Duration {
	if len(q.running) == 0 {
		return 0
	}
	waiting := q.waiting
	left := make([]float64, len(q.running))
	for i, r := range q.running {
		switch {
		case r.jobs > 0:
			left[i] = max(0, float64(r.units)*q.pace-float64(q.now().Sub(r.since)))
		case len(waiting) > 0: // as good as taken: the worker is waking up
			left[i] = float64(waiting[0].units) * q.pace
			waiting = waiting[1:]
		}
	}
	slices.Sort(left)
	work := float64(coming) * q.usual * q.pace / float64(q.width)
	for _, j := range waiting {
		share := 1
		if j.cost > 0 {
			share = q.width
		}
		work += float64(j.units) * q.pace / float64(share)
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
