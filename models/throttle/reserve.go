package throttle

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Reserve takes a place in all buckets, or in none. If all places of one are taken it waits, but it is judged by the now at
// which it came: when the free failures are used up while it waits, it is refused, however long the delay has passed. Errors:
// *TooManyError; ErrBusy if no place became free in time; the error of ctx.
//
// It must not be called within a transaction, whose end it would wait for. Every attempt must be settled, by one of the
// methods of Attempt. Without buckets there is nothing to reserve, and nothing to settle.
func (t *Throttle) Reserve(ctx context.Context, now time.Time, buckets ...Bucket) (*Attempt, error) {
	always := func() (func(), error) { return func() {}, nil }
	return t.ReserveIn(ctx, now, always, buckets...)
}

// ReserveIn is Reserve, but asks for room first, so that nothing is written for an attempt that would be refused anyway. An
// attempt that waits for a place holds no room meanwhile; Attempt.Begin gives the room back. Errors: those of Reserve and of the
// room.
func (t *Throttle) ReserveIn(ctx context.Context, now time.Time, room Room, buckets ...Bucket) (*Attempt, error) {
	a := &Attempt{throttle: t, ticket: newTicket(), buckets: inOrder(buckets)}
	place := place{line: &t.line, poll: t.poll, patience: time.Now().Add(t.wait)}
	defer place.leave()
	for {
		leave, err := room()
		if err != nil {
			return nil, err
		}
		full, err := t.try(ctx, a, now)
		if err == nil && full == nil {
			a.leave = leave
			return a, nil
		}
		leave()
		if err == nil {
			err = place.wait(ctx, full.id)
		}
		if err != nil {
			return nil, fmt.Errorf("reserve an attempt: %w", err)
		}
	}
}

// inOrder sorts buckets, each once, so that two transactions never wait for each other in a circle.
func inOrder(buckets []Bucket) []Bucket {
	compare := func(a, b Bucket) int { return bytes.Compare(a.id[:], b.id[:]) }
	sorted := slices.SortedFunc(slices.Values(buckets), compare)
	return slices.CompactFunc(sorted, func(a, b Bucket) bool { return a.id == b.id })
}

// try reserves the buckets if it can now, and else returns one that is full, or *TooManyError. An attempt that is refused, or has
// to wait, has only read.
func (t *Throttle) try(ctx context.Context, a *Attempt, now time.Time) (full *Bucket, err error) {
	if len(a.buckets) == 0 {
		return nil, nil
	}
	store, at := In(t.db), now.UnixMilli()
	stored, err := store.find(ctx, a.buckets)
	if err != nil {
		return nil, err
	}
	rows := make([]row, len(stored))
	a.failures = 0
	var refusal *TooManyError
	for i, b := range a.buckets {
		rows[i] = stored[i].current(b.Rule, at)
		if b.Rule.inARow() {
			a.failures = max(a.failures, rows[i].failures)
		}
		refusal = longer(refusal, rows[i].refusal(b, at))
		if rows[i].underWay() >= b.Rule.places(rows[i].failures) {
			full = &a.buckets[i]
		}
	}
	if refusal != nil {
		return nil, refusal
	}
	if full != nil {
		return full, nil
	}
	// From here on it is done, whoever asked for it: a reservation that nobody knows of would become a failure.
	ctx = context.WithoutCancel(ctx)
	for i, b := range a.buckets {
		if err := store.renew(ctx, b, stored[i], rows[i]); err != nil {
			return nil, err
		}
	}
	return t.take(ctx, a, at)
}

// refusal is nil if the bucket lets somebody try now.
func (r row) refusal(b Bucket, now int64) *TooManyError {
	until := r.refusedUntil(b.Rule)
	if until <= now {
		return nil
	}
	return &TooManyError{Bucket: b, RetryAfter: retryAfter(until, now)}
}

func longer(a, b *TooManyError) *TooManyError {
	if a == nil || b != nil && b.RetryAfter > a.RetryAfter {
		return b
	}
	return a
}

// take puts the ticket into all rows, or into none and returns one that no longer allows it.
func (t *Throttle) take(ctx context.Context, a *Attempt, now int64) (full *Bucket, err error) {
	store := In(t.db)
	taken, err := store.take(ctx, a.buckets, a.ticket, now, now+(t.wait+leaseTime).Milliseconds())
	if err != nil || taken == len(a.buckets) {
		return nil, err
	}
	rows, err := store.find(ctx, a.buckets)
	if err != nil {
		return nil, err
	}
	without := slices.IndexFunc(rows, func(r row) bool { return !strings.Contains(r.running, string(a.ticket)) })
	return &a.buckets[max(without, 0)], store.giveBack(ctx, a.ticket, a.buckets...)
}
