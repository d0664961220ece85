// Package throttle counts how often somebody may try, in the database, so that several servers count together.
//
// Who wants to verify a password first reserves an attempt, with all that it counts for: the account, the network. The
// reservation is in the database before the password is looked at, so that parallel tries cannot all pass before the first
// of them has failed (ASVS 6.3.1). Afterwards the attempt is settled: a failure counts, a success empties the counters of
// failures in a row, and what could not be tried counts for nothing.
package throttle

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"gatehouse/db"
)

var (
	// ErrTooMany says that there were too many failures to try once more now; the error is a *TooManyError.
	ErrTooMany = errors.New("too many attempts")
	// ErrBusy says that so many tries are under way at once that no place became free in time. It tells nothing about
	// what was tried; the same try may pass a second later.
	ErrBusy = errors.New("too many attempts at once")
)

// TooManyError is ErrTooMany with the bucket that refuses, of several the one that does so longest.
type TooManyError struct {
	Bucket     Bucket
	RetryAfter time.Duration // whole seconds, at least one
}

func (e *TooManyError) Error() string {
	return fmt.Sprintf("%v for one %s: again in %v", ErrTooMany, e.Bucket.Kind, e.RetryAfter)
}

// Unwrap makes it an ErrTooMany.
func (e *TooManyError) Unwrap() error { return ErrTooMany }

// Kind is what attempts are counted by.
type Kind string

// The kinds. Equal keys of two kinds are two buckets.
const (
	Account     Kind = "account"      // the canonical e-mail address, whether anybody has it or not
	Network     Kind = "network"      // see NetworkOf
	Device      Kind = "device"       // the id of a browser that one user has signed in with before
	SignUp      Kind = "sign-up"      // a network again
	CrossOrigin Kind = "cross-origin" // a network whose refused requests are noted
	Mail        Kind = "mail"         // an address that mail is sent to
)

// Bucket is one counter: a row of the table as soon as somebody tries.
type Bucket struct {
	Kind Kind
	Rule Rule
	id   id
}

// id names a row. The table holds no addresses in clear, and a key may be of any length.
type id [sha256.Size]byte

// Of returns the counter of a key, under a rule. Give every attempt of one counter the same rule; only Rule.Times may differ.
func (k Kind) Of(key string, rule Rule) Bucket {
	return Bucket{Kind: k, Rule: rule, id: sha256.Sum256([]byte(string(k) + "\x00" + key))}
}

// Throttle reserves attempts. Those of one process share one, so that they wake each other.
type Throttle struct {
	db   *db.DB
	wait time.Duration
	poll time.Duration
	line line
}

// New returns a throttle over a database. An attempt waits for a place no longer than wait.
func New(conn *db.DB, wait time.Duration) *Throttle {
	return &Throttle{db: conn, wait: wait, poll: slowPoll}
}

// Room sets aside what an attempt will need, such as a place in the queue of hashes, until leave is called. Its error refuses the
// attempt.
type Room func() (leave func(), err error)
