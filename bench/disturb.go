package main

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"time"
)

// disturbRows are cleared away while checks go on; a server has as many to clear in a minute if 300 sessions a second end.
const disturbRows = 100 * purgePortion

// undisturbed is the p99 of paced checks while nothing else goes on.
func (t *table) undisturbed(ctx context.Context, period time.Duration) (float64, error) {
	return t.p99(ctx, func() error {
		time.Sleep(period)
		return nil
	})
}

// disturbed is the p99 of paced checks while expired sessions are cleared away.
func (t *table) disturbed(ctx context.Context, _ time.Duration) (float64, error) {
	from := t.people.sessions + t.expired
	t.expired += disturbRows
	if err := t.people.addExpired(ctx, t.conn, from, disturbRows); err != nil {
		return 0, err
	}
	return t.p99(ctx, func() error { return t.sessions.Clean(ctx, purgePortion, false, time.Now()) })
}

// p99 times checks at the same pace as the flood does, for as long as something else takes.
func (t *table) p99(ctx context.Context, meanwhile func() error) (float64, error) {
	over := make(chan struct{})
	took, failed := make([][]time.Duration, paceConns), make([]error, paceConns)
	var running sync.WaitGroup
	for i := range paceConns {
		running.Go(func() { took[i], failed[i] = t.pacedChecks(ctx, over) })
	}
	err := meanwhile()
	close(over)
	running.Wait()
	var all []time.Duration
	for _, some := range took {
		all = append(all, some...)
	}
	return us(quantile(all, 0.99)), errors.Join(append(failed, err)...)
}

func (t *table) pacedChecks(ctx context.Context, over <-chan struct{}) ([]time.Duration, error) {
	var took []time.Duration
	for {
		select {
		case <-over:
			return took, nil
		case <-time.After(pace/2 + rand.N(pace)):
		}
		began := time.Now()
		if err := t.check(ctx, began); err != nil {
			return nil, err
		}
		took = append(took, time.Since(began))
	}
}
