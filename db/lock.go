package db

import (
	"context"
	"errors"
	"fmt"
	"net/url"
)

// serverLock is the name of the lock that a server holds.
const serverLock = "lock"

// Lock makes this the only server on a SQLite file; a second gets ErrLocked until release is called or this process
// ends, however it ends. Commands beside the server do not take it. On MySQL it does nothing.
func (d *DB) Lock() (release func() error, err error) { return d.LockNamed(serverLock) }

// InUse tells whether a server has the SQLite file now, without leaving anything behind; false on MySQL.
func (d *DB) InUse() (bool, error) {
	if d.engine != SQLite || absent(d.path+"."+serverLock) {
		return false, nil
	}
	release, err := d.Lock()
	if errors.Is(err, ErrLocked) {
		return true, nil
	}
	if err != nil {
		return false, err
	}
	return false, release()
}

// LockNamed is Lock for another purpose: each name is a lock of its own.
func (d *DB) LockNamed(name string) (release func() error, err error) {
	if d.engine != SQLite {
		return func() error { return nil }, nil
	}
	// A second SQLite file, locked and never written: portable, and the system frees it when the process dies.
	path := d.path + "." + name
	if err := createFile(path); err != nil {
		return nil, err
	}
	pool, err := openPool(path, 1, nil, url.Values{"_pragma": {"busy_timeout(0)", "journal_mode(MEMORY)"}})
	if err != nil {
		return nil, err
	}
	ctx := context.Background()
	conn, err := pool.Conn(ctx)
	if err == nil {
		_, err = conn.ExecContext(ctx, "BEGIN EXCLUSIVE")
	}
	if err != nil {
		_ = pool.Close()
		if retryable(err) {
			return nil, fmt.Errorf("%w: %s", ErrLocked, d.path)
		}
		return nil, Classify(ctx, err)
	}
	return func() error {
		return errors.Join(conn.Close(), pool.Close())
	}, nil
}
