package main

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"
)

// overflowPause is how long, on average, a client that was refused stays away: a program would wait longer, as Retry-After says.
const overflowPause = 250 * time.Millisecond

// tally is the answers of an overflow, counted by many connections.
type tally struct {
	mu       sync.Mutex
	refused  []time.Duration
	signedIn int
	failed   error
}

// overflow has more connections log in than the queue takes, and tells how long those waited who were refused.
func (c *contender) overflow(request next, period time.Duration) (refused []time.Duration, signedIn int, err error) {
	var all tally
	var running sync.WaitGroup
	end := time.Now().Add(period)
	for range overflowConns {
		running.Go(func() {
			if err := all.insist(c.addr, request, end); err != nil {
				all.mu.Lock()
				defer all.mu.Unlock()
				all.failed = err
			}
		})
	}
	running.Wait()
	return all.refused, all.signedIn, all.failed
}

// insist logs in again and again over one connection, and stays away for a moment when it is refused.
func (t *tally) insist(addr string, request next, end time.Time) error {
	c, err := dial(addr)
	if err != nil {
		return err
	}
	defer c.Close()
	time.Sleep(rand.N(overflowPause)) // or the first answers would tell how long the client takes to send 400 requests
	for time.Now().Before(end) {
		sent := time.Now()
		status, body, err := c.ask(request())
		if err != nil {
			return err
		}
		took := time.Since(sent)
		switch status {
		case http.StatusOK:
			t.mu.Lock()
			t.signedIn++
			t.mu.Unlock()
		case http.StatusServiceUnavailable:
			t.mu.Lock()
			t.refused = append(t.refused, took)
			t.mu.Unlock()
			time.Sleep(overflowPause/2 + rand.N(overflowPause))
		default:
			return fmt.Errorf("status = %d: %s", status, body)
		}
	}
	return nil
}
