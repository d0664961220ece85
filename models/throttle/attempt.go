package throttle

import (
	"context"
	"fmt"
	"time"

	"gatehouse/db"
)

// Attempt is a reservation in some buckets. One of its methods settles it.
//
// Fail and Succeed belong into the transaction of the act that they tell of, as its first statements: MariaDB may refuse to
// write rows that changed after the transaction began to read. Where that transaction is rolled back, the attempt is as it
// was before and can be settled again. After a commit it is gone, and settling it once more changes nothing, but that
// Succeed ends the row of failures whenever it is called. So GiveBack may follow in any case.
type Attempt struct {
	throttle *Throttle
	ticket   ticket
	buckets  []Bucket
	failures int
	leave    func() // gives back the room that ReserveIn found
}

// Failures is how many failures in a row came before this attempt.
func (a *Attempt) Failures() int { return a.failures }

// Begin gives back the room that ReserveIn found: what needs it comes now.
func (a *Attempt) Begin() { a.leave() }

// Fail counts a failure in each bucket, and returns those whose row of failures has reached Rule.Lock. In an attempt whose
// lease is over it has been counted already. Of what is counted always, such as sign-ups, each is a failure.
func (a *Attempt) Fail(ctx context.Context, tx db.Querier, now time.Time) (ended []Bucket, err error) {
	defer a.throttle.line.wake(a.buckets)
	store := In(tx)
	var counted []Bucket
	for _, b := range a.buckets { // all rows are locked before one is read
		done, err := store.fail(ctx, b, a.ticket, now.UnixMilli())
		if err != nil {
			return nil, fmt.Errorf("count a failure: %w", err)
		}
		if done && b.Rule.inARow() {
			counted = append(counted, b)
		}
	}
	for _, b := range counted {
		failures, err := store.block(ctx, b, now.UnixMilli())
		if err != nil {
			return nil, fmt.Errorf("delay the next attempt: %w", err)
		}
		if b.Rule.ended(failures) {
			ended = append(ended, b)
		}
	}
	return ended, nil
}

// Succeed sets failures in a row to zero; in a window it gives the reservation back.
func (a *Attempt) Succeed(ctx context.Context, tx db.Querier) error {
	if len(a.buckets) == 0 {
		return nil
	}
	defer a.throttle.line.wake(a.buckets)
	if err := In(tx).succeed(ctx, a.ticket, a.buckets); err != nil {
		return fmt.Errorf("settle an attempt: %w", err)
	}
	return nil
}

// GiveBack settles an attempt at something that was not tried after all, also where ctx has ended: whoever has gone away
// has not failed.
func (a *Attempt) GiveBack(ctx context.Context) error {
	if len(a.buckets) == 0 {
		return nil
	}
	defer a.throttle.line.wake(a.buckets)
	if err := In(a.throttle.db).giveBack(context.WithoutCancel(ctx), a.ticket, a.buckets...); err != nil {
		return fmt.Errorf("settle an attempt: %w", err)
	}
	return nil
}
