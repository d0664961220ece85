package migrations

import (
	"context"
	"database/sql"
	"errors"
	"log/slog"
	"time"

	"github.com/go-sql-driver/mysql"
	locks "github.com/pressly/goose/v3/lock"

	"gatehouse/db"
)

const (
	lockPause = 200 * time.Millisecond
	lockTries = 600 // two minutes
)

// lock waits until no other migration runs, and makes all others wait until it is freed.
func lock(ctx context.Context, d *db.DB) (unlock func(), err error) {
	l, err := newLocker(d)
	if err != nil {
		return nil, err
	}
	if err := l.Lock(ctx, d.SQL()); err != nil {
		return nil, err
	}
	// What cannot be freed is freed by its lease, or by the end of the process.
	return func() { _ = l.Unlock(context.WithoutCancel(ctx), d.SQL()) }, nil
}

// newLocker makes migrations wait for each other. On MySQL that is a row with a lease in a table, which holds on a whole
// cluster; GET_LOCK holds on one node only.
func newLocker(d *db.DB) (locks.Locker, error) {
	if d.Engine() == db.SQLite {
		return &fileLocker{d: d}, nil
	}
	return locks.NewMySQLTableLocker(
		locks.WithTableName(lockTable),
		locks.WithTableLockTimeout(lockPause, lockTries),
		locks.WithTableUnlockTimeout(lockPause, 50),
		locks.WithTableRetryPolicy(worthWaiting),
		locks.WithTableLogger(slog.New(slog.DiscardHandler)),
	)
}

// worthWaiting tells a lock that somebody else holds, which has no error type of its own, from a server that refuses: a
// missing right must not look like a wait of two minutes.
func worthWaiting(err error) bool {
	e, ok := errors.AsType[*mysql.MySQLError](err)
	if !ok {
		return !errors.Is(db.Classify(context.Background(), err), db.ErrUnavailable)
	}
	switch e.Number {
	case 1213, 1205, 1020, 1062:
		return true
	}
	return false
}

// fileLocker is the lock of SQLite: a file beside the database, freed by the system when the process dies.
type fileLocker struct {
	d       *db.DB
	release func() error
}

func (l *fileLocker) Lock(ctx context.Context, _ *sql.DB) error {
	for try := 1; ; try++ {
		release, err := l.d.LockNamed("migrate.lock")
		if err == nil {
			l.release = release
			return nil
		}
		if !errors.Is(err, db.ErrLocked) || try == lockTries {
			return err
		}
		t := time.NewTimer(lockPause / 4)
		select {
		case <-t.C:
		case <-ctx.Done():
			t.Stop()
			return ctx.Err()
		}
	}
}

func (l *fileLocker) Unlock(context.Context, *sql.DB) error { return l.release() }
