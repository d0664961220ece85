package db

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"time"

	"github.com/go-sql-driver/mysql"
)

// grace is how much longer than the timeout COMMIT and ROLLBACK may take. A COMMIT sent in the last millisecond would
// otherwise nearly always end as ErrCommitUnknown.
const grace = 250 * time.Millisecond

// Tx is a transaction inside WithTx.
type Tx struct {
	d        *DB
	conn     *sql.Conn
	deadline time.Time
	// lost is the error after which the server no longer holds this transaction. MySQL would run every later statement
	// by itself and keep it, so none is sent and COMMIT is refused, even if the callback swallowed the error.
	lost error
}

// WithTx runs fn in one transaction and commits it. It runs fn again, in a fresh transaction, when the database asks for
// that (deadlock, busy file, conflict on another node of a cluster), so fn must be safe to repeat: it sets what it
// captured anew each time and does nothing outside the database. If fn fails, the transaction is rolled back and the
// error of fn returned as it is. ErrCommitUnknown means that COMMIT was sent and its answer lost.
//
// fn must use tx only. On SQLite there is one connection that writes: a write over the DB inside fn waits for fn.
func (d *DB) WithTx(ctx context.Context, fn func(tx *Tx) error) error {
	bounded, cancel := context.WithTimeout(ctx, d.timeout)
	defer cancel()
	for try := 1; ; try++ {
		again, err := d.attempt(ctx, bounded, fn)
		if again == nil {
			return err
		}
		if err := pause(bounded, try, again); err != nil {
			return Classify(ctx, err)
		}
		d.retried.Add(1)
	}
}

// attempt runs fn once. again is the reason to run it once more; if nil, err is the outcome.
func (d *DB) attempt(parent, ctx context.Context, fn func(tx *Tx) error) (again, err error) {
	conn, err := d.writer.Conn(ctx)
	if err != nil {
		return d.beginFailed(parent, err)
	}
	deadline, _ := ctx.Deadline()
	tx := &Tx{d: d, conn: conn, deadline: deadline}
	done := false
	defer func() { // also when fn panics
		sound := done || tx.rollback(ctx)
		d.written() // while no other transaction can have begun
		if !sound {
			_ = conn.Raw(func(any) error { return driver.ErrBadConn })
		}
		_ = conn.Close()
	}()

	begin := "START TRANSACTION"
	if d.engine == SQLite {
		begin = "BEGIN IMMEDIATE"
	}
	if _, err := conn.ExecContext(ctx, begin); err != nil {
		tx.lost = err
		return d.beginFailed(parent, err)
	}

	err = fn(tx)
	switch {
	case tx.lost != nil && retryable(tx.lost):
		return tx.lost, nil
	case err != nil:
		return nil, err
	case tx.lost != nil:
		return nil, Classify(parent, tx.lost)
	case ctx.Err() != nil:
		return nil, Classify(parent, ctx.Err())
	}

	if err := tx.commit(ctx); err != nil {
		tx.lost = err
		return commitFailed(err)
	}
	done = true
	return nil, nil
}

// beginFailed decides about a transaction that never began. A pooled connection that the server has closed meanwhile is
// no reason to fail: nothing was sent over it yet.
func (d *DB) beginFailed(parent context.Context, err error) (again, outcome error) {
	stale := errors.Is(err, driver.ErrBadConn) || errors.Is(err, mysql.ErrInvalidConn)
	if retryable(err) || stale && parent.Err() == nil {
		return err, nil
	}
	return nil, Classify(parent, err)
}

// commit is not sql.Tx.Commit, because that takes no context: a frozen server would hold it beyond the timeout. The
// caller's cancellation no longer counts: it could only make the outcome unknown.
func (tx *Tx) commit(ctx context.Context) error {
	ctx, cancel := context.WithDeadline(context.WithoutCancel(ctx), tx.deadline.Add(grace))
	defer cancel()
	if tx.d.engine == SQLite {
		ctx = context.WithoutCancel(ctx) // a local disk answers; interrupting it gains nothing
	}
	_, err := tx.conn.ExecContext(ctx, "COMMIT")
	return err
}

// commitFailed tells what the error of a COMMIT means. Only what the server itself calls not committed is repeated or
// returned as an ordinary error; all else, first of all a lost answer, is unknown.
func commitFailed(err error) (again, outcome error) {
	_, badValue := BadValue(err)
	switch {
	case retryable(err):
		return err, nil
	case IsDuplicate(err), IsForeignKey(err), badValue:
		return nil, err
	case readOnly(err):
		return nil, unavailable(err)
	}
	return nil, fmt.Errorf("%w: %w", ErrCommitUnknown, err)
}

// rollback ends the transaction, and tells whether the connection can still be trusted.
func (tx *Tx) rollback(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer cancel()
	_, err := tx.conn.ExecContext(ctx, "ROLLBACK")
	// After a failover the old primary stays up, read-only: its connections must not go back into the pool.
	return err == nil && !readOnly(tx.lost)
}

// Exec runs a statement that returns no rows.
func (tx *Tx) Exec(ctx context.Context, query string, args ...any) (Result, error) {
	var res Result
	err := tx.do(ctx, query, args, func(ctx context.Context) (err error) {
		res, err = exec(ctx, tx.conn, query, args)
		return err
	})
	return res, err
}

// Query calls each for every row; each must not use the transaction.
func (tx *Tx) Query(ctx context.Context, each func(Row) error, query string, args ...any) error {
	return tx.do(ctx, query, args, func(ctx context.Context) error { return rows(ctx, tx.conn, each, query, args) })
}

// QueryRow calls scan with the first row; ErrNoRows if there is none.
func (tx *Tx) QueryRow(ctx context.Context, scan func(Row) error, query string, args ...any) error {
	return tx.do(ctx, query, args, func(ctx context.Context) error { return firstRow(ctx, tx.conn, scan, query, args) })
}

// do sends one statement, bounded by the time of the whole transaction.
func (tx *Tx) do(parent context.Context, query string, args []any, op func(ctx context.Context) error) error {
	if tx.lost != nil {
		return fmt.Errorf("the transaction is over: %w", tx.lost)
	}
	ctx, cancel := context.WithDeadline(parent, tx.deadline)
	defer cancel()
	tx.d.sending(query, args)
	err := op(ctx)
	var ce callerError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &ce):
		return ce.error
	case retryable(err):
		tx.lost = err // as it is: WithTx repeats it, or calls it unavailable
		return err
	}
	err = Classify(parent, err)
	if errors.Is(err, ErrUnavailable) || ctx.Err() != nil {
		tx.lost = err
	}
	return err
}
