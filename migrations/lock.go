package migrations

import (
	"context"
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

// lock waits until no other migration runs, and makes all others wait until it is freed. On MySQL that is a row with a lease
// in a table, which holds on a whole cluster; GET_LOCK holds on one node only. What cannot be freed is freed by its lease, or
// by the end of the process.
func lock(ctx context.Context, d *db.DB) (unlock func(), err error) {
	if d.Engine() == db.SQLite {
		return lockFile(ctx, d)
	}
	l, err := locks.NewMySQLTableLocker(
		locks.WithTableName(lockTable),
		locks.WithTableLockTimeout(lockPause, lockTries),
		locks.WithTableUnlockTimeout(lockPause, 50),
		locks.WithTableRetryPolicy(worthWaiting),
		locks.WithTableLogger(slog.New(slog.DiscardHandler)),
	)
	if err == nil {
		err = l.Lock(ctx, d.SQL())
	}
	if err != nil {
		return nil, err
	}
	return func() { _ = l.Unlock(context.WithoutCancel(ctx), d.SQL()) }, nil
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

// lockFile is the lock of SQLite: a file beside the database.
func lockFile(ctx context.Context, d *db.DB) (unlock func(), err error) {
	for try := 1; ; try++ {
		release, err := d.LockNamed("migrate.lock")
		if err == nil {
			return func() { _ = release() }, nil
		}
		if !errors.Is(err, db.ErrLocked) || try == lockTries {
			return nil, err
		}
		t := time.NewTimer(lockPause)
		select {
		case <-t.C:
		case <-ctx.Done():
			t.Stop()
			return nil, ctx.Err()
		}
	}
}
