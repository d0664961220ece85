package db

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"
)

// maxTries bounds how often a statement or transaction is run; the timeout may end it earlier.
const maxTries = 5

// retry runs op until it succeeds, fails for good, or the timeout is over, and classifies the error.
func (d *DB) retry(parent context.Context, op func(ctx context.Context) error) error {
	ctx, cancel := context.WithTimeout(parent, d.timeout)
	defer cancel()
	for try := 1; ; try++ {
		err := op(ctx)
		var ce callerError
		if errors.As(err, &ce) {
			return ce.error
		}
		if err == nil || !retryable(err) {
			return Classify(parent, err)
		}
		if err := pause(ctx, try, err); err != nil {
			return Classify(parent, err)
		}
		d.retried.Add(1)
	}
}

// pause waits a random while before the next try. It returns an error if there is to be none: the cause, when all tries
// are used up or the time is over.
func pause(ctx context.Context, try int, cause error) error {
	if try >= maxTries {
		return unavailable(fmt.Errorf("gave up after %d tries: %w", try, cause))
	}
	// Two transactions that met must not meet again: the whole delay is random, and its bound doubles.
	t := time.NewTimer(time.Duration(rand.Int64N(int64(10*time.Millisecond) << try))) //nolint:gosec // a delay is no secret
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("%w: %w", ctx.Err(), cause)
	}
}
