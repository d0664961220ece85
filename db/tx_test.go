package db_test

import (
	"context"
	"errors"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"
	"go.uber.org/goleak"

	"gatehouse/db"
	"gatehouse/db/dbtest"
)

func TestMain(m *testing.M) {
	if databaseURL := os.Getenv(lockHelper); databaseURL != "" {
		holdLock(databaseURL)
		return
	}
	dbtest.Main(m)
}

func count(t *testing.T, q db.Querier, table string) int {
	t.Helper()
	var n int
	if err := q.QueryRow(context.Background(), func(r db.Row) error { return r.Scan(&n) }, "SELECT COUNT(*) FROM "+table); err != nil {
		t.Fatal(err)
	}
	return n
}

const insertUser = "INSERT INTO users (email, password) VALUES ('a', 'x')"

func TestTransactionIsAllOrNothing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		ctx := t.Context()
		stop := errors.New("stop")
		err := conn.WithTx(ctx, func(tx *db.Tx) error {
			mustExec(t, tx, insertUser)
			if n := count(t, tx, "users"); n != 1 {
				t.Errorf("inside = %d rows, want 1", n)
			}
			if n := count(t, conn, "users"); n != 0 {
				t.Errorf("outside = %d rows, want 0", n)
			}
			return stop
		})
		if err != stop {
			t.Errorf("error = %v, want the one of the callback itself", err)
		}
		func() {
			defer func() { _ = recover() }()
			_ = conn.WithTx(ctx, func(tx *db.Tx) error {
				mustExec(t, tx, insertUser)
				panic("stop")
			})
		}()
		if n := count(t, conn, "users"); n != 0 {
			t.Errorf("rows = %d after an error and a panic, want 0", n)
		}
		if err := conn.WithTx(ctx, func(tx *db.Tx) error { mustExec(t, tx, insertUser); return nil }); err != nil {
			t.Fatal(err)
		}
		if n := count(t, conn, "users"); n != 1 {
			t.Errorf("rows = %d, want 1", n)
		}
	})
}

func TestStatementsAreCounted(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		before := conn.Statements()
		_ = conn.WithTx(t.Context(), func(tx *db.Tx) error { mustExec(t, tx, insertUser); return nil })
		count(t, conn, "users")
		if n := conn.Statements() - before; n != 2 {
			t.Errorf("statements = %d, want 2", n)
		}
	})
}

func TestNoRowsIsNotUnavailable(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		err := conn.QueryRow(t.Context(), func(db.Row) error { return nil }, "SELECT id FROM users")
		if !errors.Is(err, db.ErrNoRows) || errors.Is(err, db.ErrUnavailable) {
			t.Errorf("error = %v, want ErrNoRows", err)
		}
		if _, err := conn.Exec(t.Context(), "NO SUCH STATEMENT"); err == nil || errors.Is(err, db.ErrUnavailable) {
			t.Errorf("syntax error = %v, want an ordinary one", err)
		}
	})
}

func TestErrorOfACallbackComesBackAsItIs(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		mustExec(t, conn, insertUser)
		own := &mysql.MySQLError{Number: 1213} // even one that looks like the database's
		if err := conn.Query(t.Context(), func(db.Row) error { return own }, "SELECT 1 FROM users"); err != own {
			t.Errorf("Query = %v", err)
		}
		if err := conn.WithTx(t.Context(), func(*db.Tx) error { return own }); err != own {
			t.Errorf("WithTx = %v", err)
		}
	})
}

func TestCancellationOfTheCallerStaysItsOwn(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		ctx, cancel := context.WithCancel(t.Context())
		err := conn.WithTx(ctx, func(tx *db.Tx) error {
			mustExec(t, tx, insertUser)
			cancel()
			_, err := tx.Exec(ctx, insertUser)
			return err
		})
		if !errors.Is(err, context.Canceled) || errors.Is(err, db.ErrUnavailable) {
			t.Errorf("WithTx = %v, want context.Canceled", err)
		}
		for name, err := range map[string]error{
			"Exec":   second(conn.Exec(ctx, insertUser)),
			"Query":  conn.Query(ctx, func(db.Row) error { return nil }, "SELECT 1"),
			"WithTx": conn.WithTx(ctx, func(*db.Tx) error { return nil }),
			"Ping":   conn.Ping(ctx),
		} {
			if !errors.Is(err, context.Canceled) || errors.Is(err, db.ErrUnavailable) {
				t.Errorf("%s = %v, want context.Canceled", name, err)
			}
		}
		if n := count(t, conn, "users"); n != 0 {
			t.Errorf("rows = %d, want 0", n)
		}
	})
}

func second[A, B any](_ A, b B) B { return b }

func TestDeadlockIsRunAgain(t *testing.T) {
	conn := mysqlConn(t)
	mustExec(t, conn, "INSERT INTO users (id, email, password, state) VALUES (1, 'a', 'x', 0), (2, 'b', 'x', 0)")
	var met sync.WaitGroup
	met.Add(2)
	var runs atomic.Int64
	var wg sync.WaitGroup
	for i := range 2 {
		wg.Go(func() {
			first := true
			err := conn.WithTx(t.Context(), func(tx *db.Tx) error {
				runs.Add(1)
				mustRun := func(id int) error {
					_, err := tx.Exec(t.Context(), "UPDATE users SET state = state + 1 WHERE id = ?", id)
					return err
				}
				if err := mustRun(1 + i); err != nil {
					return err
				}
				if first { // both hold their first row before either asks for the second
					first = false
					met.Done()
					met.Wait()
				}
				return mustRun(2 - i)
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	var sum int
	if err := conn.QueryRow(t.Context(), func(r db.Row) error { return r.Scan(&sum) }, "SELECT SUM(state) FROM users"); err != nil || sum != 4 {
		t.Errorf("sum = %d, %v, want 4", sum, err)
	}
	if runs.Load() < 3 {
		t.Errorf("runs = %d: there was no deadlock", runs.Load())
	}
	if n := conn.Retries(); n != uint64(runs.Load())-2 { //nolint:gosec // a small number
		t.Errorf("%d retries were counted of %d runs", n, runs.Load())
	}
}

// After a deadlock MySQL would run later statements each by itself. They must not be sent even if the callback swallows
// the error.
func TestSwallowedDeadlockLeavesNothingBehind(t *testing.T) {
	conn := mysqlConn(t)
	mustExec(t, conn, "INSERT INTO users (id, email, password, state) VALUES (1, 'a', 'x', 0), (2, 'b', 'x', 0)")
	var met, wg sync.WaitGroup
	met.Add(2)
	var audits atomic.Int64
	for i := range 2 {
		wg.Go(func() {
			first := true
			err := conn.WithTx(t.Context(), func(tx *db.Tx) error {
				_, _ = tx.Exec(t.Context(), "UPDATE users SET state = state + 1 WHERE id = ?", 1+i)
				if first {
					first = false
					met.Done()
					met.Wait()
				}
				_, _ = tx.Exec(t.Context(), "UPDATE users SET state = state + 1 WHERE id = ?", 2-i)
				if _, err := tx.Exec(t.Context(), insertUser); err == nil {
					audits.Add(1)
				}
				return nil
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if n := count(t, conn, "users"); n != 4 || audits.Load() != 2 {
		t.Errorf("rows = %d and inserts = %d, want 4 and 2", n, audits.Load())
	}
}

func TestLockThatIsNeverFreeIsUnavailableInTime(t *testing.T) {
	conn := mysqlConn(t)
	mustExec(t, conn, insertUser)
	other, err := db.Open(t.Context(), db.Options{URL: conn.Options.URL, Timeout: 500 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	err = conn.WithTx(t.Context(), func(tx *db.Tx) error {
		mustExec(t, tx, "UPDATE users SET state = 2")
		start := time.Now()
		_, err := other.Exec(t.Context(), "UPDATE users SET state = 3")
		if took := time.Since(start); !errors.Is(err, db.ErrUnavailable) || took > 1500*time.Millisecond {
			t.Errorf("update of a locked row = %v after %v", err, took)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	mustExec(t, other, "UPDATE users SET state = 3")
}

func TestPoolThatIsUsedUpIsUnavailableInTime(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		small, err := db.Open(t.Context(), db.Options{URL: conn.Options.URL, MaxConns: 1, Timeout: 300 * time.Millisecond})
		if err != nil {
			t.Fatal(err)
		}
		defer small.Close()
		_ = small.WithTx(t.Context(), func(*db.Tx) error {
			if _, err := small.Exec(t.Context(), insertUser); !errors.Is(err, db.ErrUnavailable) {
				t.Errorf("write without a connection = %v, want ErrUnavailable", err)
			}
			return nil
		})
	})
}

func TestClosedDatabaseIsUnavailableAndLeavesNoGoroutine(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		running := goleak.IgnoreCurrent()
		d, err := db.Open(t.Context(), conn.Options)
		if err != nil {
			t.Fatal(err)
		}
		count(t, d, "users")
		_ = d.WithTx(t.Context(), func(tx *db.Tx) error { mustExec(t, tx, insertUser); return nil })
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
		if err := d.Ping(t.Context()); !errors.Is(err, db.ErrUnavailable) {
			t.Errorf("ping = %v, want ErrUnavailable", err)
		}
		if err := d.WithTx(t.Context(), func(*db.Tx) error { return nil }); !errors.Is(err, db.ErrUnavailable) {
			t.Errorf("WithTx = %v, want ErrUnavailable", err)
		}
		goleak.VerifyNone(t, running)
	})
}
