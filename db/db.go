// Package db opens the database and is the only place that knows in what MySQL and the embedded SQLite differ.
//
// Every method waits at most Options.Timeout, a transaction as a whole. A database that does not answer is always
// ErrUnavailable, so that no caller can mistake it for "no such row". One query text with plain ? serves both engines.
package db

import (
	"cmp"
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"log/slog"
	"sync/atomic"
	"time"
)

// Engine is the kind of database behind a DB.
type Engine string

// The engines; MySQL stands for everything that speaks its protocol.
const (
	SQLite Engine = "sqlite"
	MySQL  Engine = "mysql"
)

// Options says which database to open and how long to wait for it.
type Options struct {
	URL      string        // sqlite:PATH, mysql://user:password@host:port/name or mysql://user@/name?socket=/path
	Password string        // used when the URL names none
	MaxConns int           // size of the pool; 16 when 0
	Timeout  time.Duration // of every statement or transaction, waiting for a connection included; 3 s when 0
	Wait     time.Duration // how long Open waits for a MySQL that is still starting; 0 is one try
	ReadOnly bool          // leave a SQLite file and its folder as they are, but for the -shm that SQLite needs beside a log of writes; on MySQL no difference
	Log      *slog.Logger  // nil is silent
	// Trace, unless nil, is called with each statement before it is sent. It must not keep the arguments.
	Trace func(query string, args []any)
}

const (
	defaultMaxConns = 16
	defaultTimeout  = 3 * time.Second
)

func (o Options) withDefaults() Options {
	o.MaxConns = cmp.Or(o.MaxConns, defaultMaxConns)
	o.Timeout = cmp.Or(o.Timeout, defaultTimeout)
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return o
}

// Row is the one row that a callback may scan.
type Row interface{ Scan(dest ...any) error }

// Result tells what a statement did. Affected counts the rows that matched, also where nothing changed.
type Result struct{ Affected, LastID int64 }

// Querier is what *DB and *Tx have in common.
type Querier interface {
	// Exec runs a statement that returns no rows.
	Exec(ctx context.Context, query string, args ...any) (Result, error)
	// Query calls each for every row and returns its error as it is. A callback must not use the same transaction, nor
	// ask a DB for a second connection: the pool may have no other.
	Query(ctx context.Context, each func(Row) error, query string, args ...any) error
	// QueryRow calls scan with the first row; ErrNoRows if there is none.
	QueryRow(ctx context.Context, scan func(Row) error, query string, args ...any) error
}

var (
	_ Querier = (*DB)(nil)
	_ Querier = (*Tx)(nil)
)

// DB is an open database, safe for use by many goroutines.
type DB struct {
	engine  Engine
	writer  *sql.DB
	reader  *sql.DB // the same pool as writer on MySQL
	reads   queryer // how to ask the reader
	path    string  // of the SQLite file, empty on MySQL
	timeout time.Duration
	sent    atomic.Uint64
	retried atomic.Uint64
	trace   func(query string, args []any)
	watch   watch
}

// Engine tells which engine the database is.
func (d *DB) Engine() Engine { return d.engine }

// Timeout is how long a statement or transaction may take, waiting for a connection included.
func (d *DB) Timeout() time.Duration { return d.timeout }

// Statements is the number of statements sent since Open, those of retries included, BEGIN, COMMIT and Ping not. A test
// counts round trips with it.
func (d *DB) Statements() uint64 { return d.sent.Load() }

// Retries is the number of times since Open that a statement or transaction was begun again because the database asked for that.
func (d *DB) Retries() uint64 { return d.retried.Load() }

// Pool tells how busy one pool of connections is.
type Pool struct {
	Name string // write or read; both where one pool does both, as on MySQL
	sql.DBStats
}

// Pools tells how busy the connections are.
func (d *DB) Pools() []Pool {
	if d.reader == d.writer {
		return []Pool{{"both", d.writer.Stats()}}
	}
	return []Pool{{"write", d.writer.Stats()}, {"read", d.reader.Stats()}}
}

func (d *DB) sending(query string, args []any) {
	d.sent.Add(1)
	if d.trace != nil {
		d.trace(query, args)
	}
}

// SQL is the pool that writes, for a migration tool. Its errors are not classified; see Classify.
func (d *DB) SQL() *sql.DB { return d.writer }

// Close closes all connections. A lock taken by Lock is released by its own function.
func (d *DB) Close() error {
	var err error
	if d.reader != d.writer {
		err = d.reader.Close() // first, so that the writer's is the last connection and tidies the log into the file
	}
	return cmp.Or(d.writer.Close(), err)
}

// Exec runs one statement in a transaction of its own and repeats it when the database asks for that (a deadlock, a lock
// that was not to be had). If the connection breaks before the answer came, the error is ErrUnavailable, and whether the
// statement took effect is not known.
func (d *DB) Exec(ctx context.Context, query string, args ...any) (Result, error) {
	var res Result
	err := d.retry(ctx, func(ctx context.Context) (err error) {
		d.sending(query, args)
		res, err = d.write(ctx, query, args)
		return err
	})
	return res, err
}

// write sends a statement, once more where the pool's connection was dead before anything was sent.
func (d *DB) write(ctx context.Context, query string, args []any) (Result, error) {
	res, err := d.writeOnce(ctx, query, args)
	if errors.Is(err, driver.ErrBadConn) {
		return d.writeOnce(ctx, query, args)
	}
	return res, err
}

// writeOnce holds the connection until what the statement changed has been told.
func (d *DB) writeOnce(ctx context.Context, query string, args []any) (Result, error) {
	conn, err := d.writer.Conn(ctx)
	if err != nil {
		return Result{}, err
	}
	defer conn.Close()
	defer d.written()
	return exec(ctx, conn, query, args)
}

// Query reads rows; on SQLite over connections that cannot write.
func (d *DB) Query(ctx context.Context, each func(Row) error, query string, args ...any) error {
	return d.retry(ctx, func(ctx context.Context) error {
		d.sending(query, args)
		delivered := false
		err := rows(ctx, d.reads, func(r Row) error { delivered = true; return each(r) }, query, args)
		if delivered && retryable(err) {
			return unavailable(err) // repeating would show the callback the same rows again
		}
		return err
	})
}

// QueryRow reads one row; on SQLite over connections that cannot write.
func (d *DB) QueryRow(ctx context.Context, scan func(Row) error, query string, args ...any) error {
	return d.retry(ctx, func(ctx context.Context) error {
		d.sending(query, args)
		return firstRow(ctx, d.reads, scan, query, args)
	})
}

// execer and queryer are a pool or one connection of it.
type (
	execer interface {
		ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	}
	queryer interface {
		QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	}
)

// callerError carries the error of a callback past retries and classification, which are about our own statements only.
type callerError struct{ error }

func exec(ctx context.Context, h execer, query string, args []any) (Result, error) {
	r, err := h.ExecContext(ctx, query, args...)
	if err != nil {
		return Result{}, err
	}
	// Both drivers know the two numbers without asking the server, and never fail.
	n, _ := r.RowsAffected()
	id, _ := r.LastInsertId()
	return Result{Affected: n, LastID: id}, nil
}

func rows(ctx context.Context, h queryer, each func(Row) error, query string, args []any) error {
	rs, err := h.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rs.Close()
	for rs.Next() {
		if err := each(rs); err != nil {
			return callerError{err}
		}
	}
	return rs.Err()
}

func firstRow(ctx context.Context, h queryer, scan func(Row) error, query string, args []any) error {
	rs, err := h.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rs.Close()
	if !rs.Next() {
		return cmp.Or(rs.Err(), ErrNoRows)
	}
	if err := scan(rs); err != nil {
		return callerError{err}
	}
	return nil
}
