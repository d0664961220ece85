package throttle

import (
	"crypto/rand"
	"time"
)

const (
	// leaseTime is how long an attempt may be under way after it has waited; the newest one of a row counts for all. A server that
	// is killed settles nothing, and what it left is taken for failures then.
	leaseTime = 30 * time.Second
	// maxRunning bounds the tickets of a row, which the column has room for.
	maxRunning = 250
	ticketSize = 8
)

// ticket stands for one attempt in the column running of its rows. With a number in its place, an attempt that is settled
// late, or a second time, would take somebody else's reservation away.
type ticket string

// newTicket ends with a sign that is nowhere else in it, so that it is found in a row of tickets only where one begins.
func newTicket() ticket { return ticket(rand.Text()[:ticketSize-1] + ".") }

// row is what the database holds of a bucket, with times in Unix milliseconds.
type row struct {
	exists       bool
	failures     int
	running      string // the tickets of those who try now, one after the other
	lease        int64  // until when they are believed to be alive
	blockedUntil int64
	expires      int64 // from here on the failures count no more
}

// current is the row as it is to be judged at a time: attempts whose lease is over have failed when it ended, and failures
// that are too old are forgotten. The database may hold it as it was; see Store.renew.
func (r row) current(rule Rule, now int64) row {
	if !r.exists {
		return row{exists: true, expires: now + rule.Window.Milliseconds()}
	}
	if r.running != "" && r.lease <= now {
		r.failures += r.underWay()
		r.running = ""
		if rule.inARow() {
			r.blockedUntil = max(r.blockedUntil, r.lease+rule.delay(r.failures).Milliseconds())
			r.expires = max(r.expires, r.lease+rule.memory(r.failures).Milliseconds())
		}
	}
	if r.expires <= now {
		r.failures, r.expires = 0, now+rule.Window.Milliseconds()
	}
	return r
}

// underWay is how many tries are under way.
func (r row) underWay() int { return len(r.running) / ticketSize }

// refusedUntil is when somebody may try again, in Unix milliseconds; not after now if they may now.
func (r row) refusedUntil(rule Rule) int64 {
	if !rule.inARow() && r.failures >= rule.Free {
		return r.expires
	}
	return r.blockedUntil
}

// retryAfter is the time from now until a later one, in whole seconds (RFC 9110, 10.2.3).
func retryAfter(until, now int64) time.Duration {
	return time.Duration(max(1, (until-now+999)/1000)) * time.Second
}
