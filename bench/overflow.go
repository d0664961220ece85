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

// overflow has more connections log in than the queue takes, and tells how long those waited who were refused.
func (c *contender) overflow(request next, period time.Duration) (refused []time.Duration, signedIn int, err error) {
	var mu sync.Mutex
	var running sync.WaitGroup
	end := time.Now().Add(period)
	for range overflowConns {
		one, dialed := dial(c.addr)
		if dialed != nil {
			err = dialed
			break
		}
		running.Go(func() {
			defer one.Close()
			for time.Now().Before(end) {
				sent := time.Now()
				status, body, failed := one.ask(request())
				took := time.Since(sent)
				mu.Lock()
				switch {
				case failed != nil:
					err = failed
				case status == http.StatusOK:
					signedIn++
				case status == http.StatusServiceUnavailable:
					refused = append(refused, took)
				default:
					err = fmt.Errorf("status = %d: %s", status, body)
				}
				mu.Unlock()
				if failed != nil {
					return
				}
				if status != http.StatusOK {
					time.Sleep(overflowPause/2 + rand.N(overflowPause))
				}
			}
		})
	}
	running.Wait()
	return refused, signedIn, err
}
