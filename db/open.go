package db

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Pauses while waiting for a MySQL that is starting, and between two lines about it in the log.
const (
	waitPause = 250 * time.Millisecond
	waitLog   = 5 * time.Second
)

// Open opens the database and makes sure that it answers. A MySQL that cannot be reached yet is waited for as long as
// Options.Wait says; one that refuses the user, the database or the encryption is an error at once.
func Open(ctx context.Context, o Options) (*DB, error) {
	o = o.withDefaults()
	t, err := parseURL(o.URL)
	if err != nil {
		return nil, err
	}
	if t.engine == SQLite {
		d, err := openSQLite(ctx, o, t)
		if err != nil {
			return nil, fmt.Errorf("open %s: %w", t.path, err)
		}
		return d, nil
	}
	if t.password == "" {
		t.password = o.Password
	}
	d, err := waitForMySQL(ctx, o, t)
	if err != nil {
		if misconfigured(err) {
			return nil, fmt.Errorf("the server at %s refused database %q for user %q; check these, the password and the encryption: %w", t.addr, t.name, t.user, err)
		}
		return nil, fmt.Errorf("connect to database %q at %s: %w", t.name, t.addr, err)
	}
	return d, nil
}

func waitForMySQL(ctx context.Context, o Options, t target) (*DB, error) {
	start, logged := time.Now(), time.Time{}
	for {
		d, err := openMySQL(ctx, o, t)
		waited := time.Since(start)
		if err == nil || !errors.Is(err, ErrUnavailable) || misconfigured(err) || waited+waitPause > o.Wait {
			return d, err
		}
		if time.Since(logged) > waitLog {
			logged = time.Now()
			o.Log.Warn("waiting for the database", "address", t.addr, "waited", waited.Round(time.Second), "error", err)
		}
		timer := time.NewTimer(waitPause)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return nil, Classify(ctx, ctx.Err())
		}
	}
}

// Ping asks the database for a sign of life.
func (d *DB) Ping(ctx context.Context) error {
	return d.retry(ctx, func(ctx context.Context) error {
		if d.engine == SQLite {
			return d.pingSQLite(ctx)
		}
		// Not COM_PING, which a Galera node without quorum answers too.
		return rows(ctx, d.reader, func(Row) error { return nil }, "SELECT 1", nil)
	})
}
