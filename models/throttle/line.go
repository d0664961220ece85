package throttle

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"
)

const (
	// slowPoll is how often those who wait look at the database: another server tells nobody when it is done.
	slowPoll = 100 * time.Millisecond
	// fastPoll is the first pause of one who was woken. Whoever woke it may not have committed yet.
	fastPoll = 5 * time.Millisecond
	// maxWaiting is how many of one process may wait for one bucket. Each looks at the database ten times a second.
	maxWaiting = 256
)

// line is where attempts of this process wait for places.
type line struct {
	mu    sync.Mutex
	doors map[id]*door
}

// door is where they wait for one bucket. It keeps one knock, for the next who comes.
type door struct {
	knock   chan struct{}
	waiting int
}

// enter returns the door of a bucket; nil if too many wait there.
func (l *line) enter(at id) *door {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.doors == nil {
		l.doors = map[id]*door{}
	}
	d := l.doors[at]
	if d == nil {
		d = &door{knock: make(chan struct{}, 1)}
		l.doors[at] = d
	}
	if d.waiting >= maxWaiting {
		return nil
	}
	d.waiting++
	return d
}

func (l *line) leave(at id) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if d := l.doors[at]; d.waiting > 1 {
		d.waiting--
		return
	}
	delete(l.doors, at)
}

// wake tells one who waits for each of the buckets that there may be a place.
func (l *line) wake(buckets []Bucket) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, b := range buckets {
		if d := l.doors[b.id]; d != nil {
			select {
			case d.knock <- struct{}{}:
			default:
			}
		}
	}
}

// place is where one attempt waits.
type place struct {
	line     *line
	poll     time.Duration
	patience time.Time

	door  *door
	at    id
	pause time.Duration
}

// wait returns when it is time to look at a full bucket again; ErrBusy if patience is at its end. The first time at a door it
// returns at once: a place that became free before the attempt stood there made no sound.
func (p *place) wait(ctx context.Context, at id) error {
	left := time.Until(p.patience)
	switch {
	case p.door != nil && left <= 0:
		return ErrBusy
	case p.door == nil || p.at != at:
		return p.enter(at)
	}
	// Those who came together do not all look at once.
	pause := p.pause/2 + rand.N(p.pause) //nolint:gosec // a pause is no secret
	timer := time.NewTimer(min(pause, left))
	defer timer.Stop()
	select {
	case <-p.door.knock:
		p.pause = min(fastPoll, p.poll)
	case <-timer.C:
		p.pause = min(2*p.pause, p.poll)
	case <-ctx.Done():
		return ctx.Err()
	}
	return nil
}

func (p *place) enter(at id) error {
	p.leave()
	p.door = p.line.enter(at)
	if p.door == nil {
		return ErrBusy
	}
	p.at, p.pause = at, p.poll
	return nil
}

func (p *place) leave() {
	if p.door != nil {
		p.line.leave(p.at)
		p.door = nil
	}
}
