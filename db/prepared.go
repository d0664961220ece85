package db

import (
	"context"
	"database/sql"
	"errors"
	"sync"

	"github.com/go-sql-driver/mysql"
)

// maxPrepared bounds the statements that are kept. The program has a few dozen texts; only lists of a length that a
// visitor chooses make more.
const maxPrepared = 64 // a few more where several are prepared at one time

// prepared reads over statements that are kept. SQLite would otherwise parse and plan each query again, which costs more
// than running it, and MariaDB would parse the text, which is a third of what it does for a check of a session. Each
// connection prepares a statement once; what runs in a transaction, or writes, is sent as text in one round trip.
type prepared struct {
	pool *sql.DB
	mu   sync.RWMutex
	kept map[string]*sql.Stmt
}

func newPrepared(pool *sql.DB) *prepared { return &prepared{pool: pool, kept: map[string]*sql.Stmt{}} }

func (p *prepared) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	p.mu.RLock()
	stmt := p.kept[query]
	p.mu.RUnlock()
	if stmt == nil {
		if stmt = p.prepare(ctx, query); stmt == nil { //nolint:sqlclosecheck // it is kept
			return p.pool.QueryContext(ctx, query, args...)
		}
	}
	rows, err := stmt.QueryContext(ctx, args...)
	if notPrepared(err) {
		return p.pool.QueryContext(ctx, query, args...)
	}
	return rows, err
}

// notPrepared tells that a MySQL server keeps no more statements (1461), has forgotten this one (1243), or cannot run it as it
// is after a change of its table (1615).
func notPrepared(err error) bool {
	e, ok := errors.AsType[*mysql.MySQLError](err)
	return ok && (e.Number == 1461 || e.Number == 1243 || e.Number == 1615)
}

// prepare keeps a statement; nil if there are enough already, or if it cannot be prepared, so that the query itself tells
// why. Closing the pool closes them all.
func (p *prepared) prepare(ctx context.Context, query string) *sql.Stmt {
	p.mu.RLock()
	full := len(p.kept) >= maxPrepared
	p.mu.RUnlock()
	if full {
		return nil
	}
	stmt, err := p.pool.PrepareContext(ctx, query) // without the lock, or a connection that hangs would stop every read
	if err != nil {
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if same := p.kept[query]; same != nil {
		_ = stmt.Close() //nolint:sqlclosecheck // another was faster
		return same
	}
	p.kept[query] = stmt
	return stmt
}
