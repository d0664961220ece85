package main

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

const (
	checkConns    = 32 // check sessions without pause, for the most a second
	loginConns    = 32 // log in without pause
	overflowConns = 400
)

// paceConns connections check a session every pace on average, 400 a second together: so light that the time of a check is
// what it waits for the scheduler, not for other checks. The pace is random, or it could fall in step with the clock tick.
const (
	paceConns = 4
	pace      = 10 * time.Millisecond
)

// next returns the request to send, nil when there are no more. Many connections call it at the same time.
type next func() []byte

// anyOf picks at random, so that no two rounds and no two servers gain by the order.
func anyOf(list [][]byte) next { return func() []byte { return list[rand.IntN(len(list))] } }

// inTurn begins again at the end.
func inTurn(list [][]byte) next {
	var n atomic.Int64
	return func() []byte { return list[(n.Add(1)-1)%int64(len(list))] }
}

// onceEach ends with the list.
func onceEach(list [][]byte) next {
	var n atomic.Int64
	return func() []byte {
		if i := n.Add(1) - 1; i < int64(len(list)) {
			return list[i]
		}
		return nil
	}
}

// load is a number of connections that ask without pause until they are told to stop.
type load struct {
	done    atomic.Int64
	over    atomic.Bool
	running sync.WaitGroup
	failed  atomic.Pointer[error]
}

// begins starts a load in which every answer is to be 200.
type begins func(addr string, conns int, request next) (*load, error)

// begin has a goroutine for each connection.
func begin(addr string, conns int, request next) (*load, error) {
	l := &load{}
	for range conns {
		c, err := dial(addr)
		if err != nil {
			return nil, l.end(err)
		}
		l.running.Go(func() {
			defer c.Close()
			for !l.over.Load() {
				text := request()
				if text == nil {
					return
				}
				if _, err := c.want(text, http.StatusOK); err != nil {
					l.fail(err)
					return
				}
				l.done.Add(1)
			}
		})
	}
	return l, nil
}

func (l *load) fail(err error) { l.failed.CompareAndSwap(nil, &err) }

// end waits until every answer is there, and returns what went wrong meanwhile, or else err.
func (l *load) end(err error) error {
	l.over.Store(true)
	l.running.Wait()
	if failed := l.failed.Load(); failed != nil {
		return *failed
	}
	return err
}

// span is what happened in a period in the middle of a load.
type span struct {
	answers   float64
	perSecond float64
	used      usage
}

// usage is processor time.
type usage struct{ server, database, client time.Duration }

// usage is what was used since everything began.
func (c *contender) usage() usage {
	return usage{processor(c.pids...), processor(c.database...), processor(os.Getpid())}
}

func (u usage) since(before usage) usage {
	return usage{u.server - before.server, u.database - before.database, u.client - before.client}
}

// saturate has conns connections ask without pause, and looks at the period after settle.
func (c *contender) saturate(begin begins, request next, conns int, settle, period time.Duration) (span, error) {
	l, err := begin(c.addr, conns, request)
	if err != nil {
		return span{}, err
	}
	time.Sleep(settle)
	done, began := l.done.Load(), time.Now()
	before := c.usage()
	n := l.first(done, period)
	if n == 0 {
		return span{}, l.end(fmt.Errorf("%s stopped answering", c.name))
	}
	s := span{float64(n), float64(n) / time.Since(began).Seconds(), c.usage().since(before)}
	return s, l.end(nil)
}

// exhaust has conns connections ask until there are no more requests.
func (c *contender) exhaust(begin begins, request next, conns int) error {
	l, err := begin(c.addr, conns, request)
	if err != nil {
		return err
	}
	l.running.Wait()
	return l.end(nil)
}

// first counts the answers of a period, which goes on until there is one; 0 if all connections have ended without any.
func (l *load) first(before int64, period time.Duration) int64 {
	ended := make(chan struct{})
	go func() {
		l.running.Wait()
		close(ended)
	}()
	for {
		select {
		case <-ended:
			return l.done.Load() - before
		case <-time.After(period):
			if n := l.done.Load() - before; n > 0 {
				return n
			}
		}
	}
}

// paced tells how long each check of the period took, from the moment it was sent.
func (c *contender) paced(request next, period time.Duration) ([]time.Duration, error) {
	took := make([][]time.Duration, paceConns)
	failed := make([]error, paceConns)
	end := time.Now().Add(period)
	var running sync.WaitGroup
	for i := range paceConns {
		running.Go(func() {
			took[i], failed[i] = pacedUntil(end, c.addr, request)
		})
	}
	running.Wait()
	var all []time.Duration
	for i := range paceConns {
		if failed[i] != nil {
			return nil, failed[i]
		}
		all = append(all, took[i]...)
	}
	return all, nil
}

func pacedUntil(end time.Time, addr string, request next) ([]time.Duration, error) {
	c, err := dial(addr)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	var took []time.Duration
	for time.Now().Before(end) {
		time.Sleep(pace/2 + rand.N(pace))
		sent := time.Now()
		if _, err := c.want(request(), http.StatusOK); err != nil {
			return nil, err
		}
		took = append(took, time.Since(sent))
	}
	return took, nil
}
