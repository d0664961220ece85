package main

import (
	"context"
	"math/rand/v2"
	"time"

	"gatehouse/db"
	"gatehouse/models/account"
	"gatehouse/models/secret"
	"gatehouse/models/session"
)

// table is a filled database, used below HTTP by this process alone.
type table struct {
	name     string
	conn     *db.DB
	people   people
	accounts *account.Accounts
	sessions session.Store
	expired  int // sessions that were added to be purged, so far
}

func newTable(name string, conn *db.DB, p people) *table {
	return &table{
		name: name, conn: conn, people: p, sessions: session.In(conn),
		accounts: account.New(conn, unhashed{}, nil, secret.Marks{}, sessionRules),
	}
}

// acts are measured in microseconds each.
var acts = []struct {
	name  string
	round func(t *table, ctx context.Context, period time.Duration) (float64, error)
}{
	{"check of a session", repeated((*table).check)},
	{"login without its hash", repeated((*table).login)},
	{"list of a user's sessions", repeated((*table).list)},
	{"purge of an expired session", (*table).purge},
	{"p99 of a check", (*table).undisturbed},
	{"p99 of a check during a purge", (*table).disturbed},
	{"look for idle ones, a session", (*table).sweep},
}

// repeated does an act without pause for a period.
func repeated(act func(*table, context.Context, time.Time) error) func(*table, context.Context, time.Duration) (float64, error) {
	return func(t *table, ctx context.Context, period time.Duration) (float64, error) {
		times, began := 0, time.Now()
		for time.Since(began) < period {
			if err := act(t, ctx, time.Now()); err != nil {
				return 0, err
			}
			times++
		}
		return us(time.Since(began)) / float64(times), nil
	}
}

func (t *table) check(ctx context.Context, now time.Time) error {
	_, err := t.accounts.Current(ctx, []session.Secret{secretOf(rand.IntN(t.people.sessions))}, now)
	return err
}

func (t *table) login(ctx context.Context, now time.Time) error {
	in := account.Credentials{Email: email(rand.IntN(t.people.users)), Password: "any"}
	_, err := t.accounts.SignIn(ctx, in, account.Visitor{Device: laptop}, now)
	return err
}

func (t *table) list(ctx context.Context, now time.Time) error {
	_, err := t.accounts.Sessions(ctx, int64(rand.IntN(t.people.users))+1, now)
	return err
}

// The server clears away in portions of this size.
const (
	purgePortion = 200
	purgedRows   = 5 * purgePortion
)

// purge adds expired sessions and clears them away; only that is timed.
func (t *table) purge(ctx context.Context, _ time.Duration) (float64, error) {
	from := t.people.sessions + t.expired
	t.expired += purgedRows
	if err := t.people.addExpired(ctx, t.conn, from, purgedRows); err != nil {
		return 0, err
	}
	began := time.Now()
	err := t.sessions.Clean(ctx, purgePortion, false, began)
	return us(time.Since(began)) / purgedRows, err
}

// sweep looks at every session, as the server does once an hour.
func (t *table) sweep(ctx context.Context, _ time.Duration) (float64, error) {
	began := time.Now()
	err := t.sessions.Clean(ctx, purgePortion, true, began)
	return us(time.Since(began)) / float64(t.people.sessions), err
}
