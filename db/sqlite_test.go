package db_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"gatehouse/db"
	"gatehouse/db/dbtest"
)

func TestSQLiteFilesAreForTheOwnerAlone(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "a b?c#d%41;e")
	conn := dbtest.OpenURL(t, "sqlite:"+filepath.Join(dir, "x?y#z%20&.db"))
	mustExec(t, conn, "CREATE TABLE a (b INT)")
	release, err := conn.Lock()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = release() }()
	files := 0
	err = filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := e.Info()
		want := fs.FileMode(0o600)
		if e.IsDir() {
			want = 0o700
		} else {
			files++
		}
		if err == nil && info.Mode().Perm() != want {
			t.Errorf("%s has mode %v, want %v", path, info.Mode().Perm(), want)
		}
		return err
	})
	if err != nil || files != 4 {
		t.Errorf("files = %d, %v, want the database, -wal, -shm and .lock", files, err)
	}
}

func TestModeOfAnOpenFileIsTightened(t *testing.T) {
	path := filepath.Join(t.TempDir(), "g.db")
	if err := os.WriteFile(path, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	dbtest.OpenURL(t, "sqlite:"+path)
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode = %v, %v", info.Mode(), err)
	}
}

func TestRelativePathWorks(t *testing.T) {
	t.Chdir(t.TempDir())
	conn := dbtest.OpenURL(t, "sqlite:data/g.db")
	mustExec(t, conn, "CREATE TABLE a (b INT)")
	if _, err := os.Stat("data/g.db"); err != nil {
		t.Error(err)
	}
}

func TestSettingsOfSQLite(t *testing.T) {
	conn := dbtest.Open(t, db.SQLite)
	ctx := context.Background()
	for pragma, want := range map[string]string{"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1"} {
		for name, q := range map[string]func(context.Context, func(db.Row) error, string, ...any) error{
			"reader": conn.QueryRow,
			"writer": func(ctx context.Context, scan func(db.Row) error, query string, args ...any) error {
				return conn.WithTx(ctx, func(tx *db.Tx) error { return tx.QueryRow(ctx, scan, query, args...) })
			},
		} {
			var got string
			if err := q(ctx, func(r db.Row) error { return r.Scan(&got) }, "PRAGMA "+pragma); err != nil || got != want {
				t.Errorf("%s of the %s = %q, %v, want %q", pragma, name, got, err, want)
			}
		}
	}
	if err := db.ReadOnlyExec(conn.DB, "DELETE FROM users"); err == nil {
		t.Error("the connections that read can write")
	}
}

func TestFileThatWasMovedAwayIsNoticed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "g.db")
	conn := dbtest.OpenURL(t, "sqlite:"+path)
	if err := conn.Ping(context.Background()); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path, path+".old"); err != nil {
		t.Fatal(err)
	}
	if err := conn.Ping(context.Background()); !errors.Is(err, db.ErrUnavailable) {
		t.Errorf("ping = %v, want ErrUnavailable", err)
	}
}

func TestFileThatIsNoDatabaseIsUnavailable(t *testing.T) {
	path := filepath.Join(t.TempDir(), "g.db")
	if err := os.WriteFile(path, []byte("this is a letter to a friend, and much longer than a hundred bytes, which is how long the head of a database is. Yours"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Open(context.Background(), db.Options{URL: "sqlite:" + path}); !errors.Is(err, db.ErrUnavailable) {
		t.Errorf("open = %v, want ErrUnavailable", err)
	}
	for _, readOnly := range []bool{false, true} {
		_, err := db.Open(context.Background(), db.Options{URL: "sqlite:" + filepath.Dir(path), ReadOnly: readOnly})
		if err == nil || !strings.HasSuffix(err.Error(), "this is a folder, not a file") {
			t.Errorf("open of a folder, read only %t: %v", readOnly, err)
		}
	}
}

func TestBusyFileIsUnavailableInTime(t *testing.T) {
	conn := dbtest.Open(t, db.SQLite)
	other, err := db.Open(context.Background(), db.Options{URL: conn.Options.URL, Timeout: 400 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	err = conn.WithTx(context.Background(), func(tx *db.Tx) error {
		for name, write := range map[string]func() error{
			"Exec": func() error {
				_, err := other.Exec(context.Background(), "DELETE FROM users")
				return err
			},
			"WithTx": func() error {
				return other.WithTx(context.Background(), func(*db.Tx) error { return nil })
			},
		} {
			start := time.Now()
			err := write()
			if took := time.Since(start); !errors.Is(err, db.ErrUnavailable) || errors.Is(err, db.ErrCommitUnknown) || took > 1400*time.Millisecond {
				t.Errorf("%s beside a writer = %v after %v", name, err, took)
			}
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	mustExec(t, other, "DELETE FROM users")
}

func TestHundredWritersAllSucceed(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		beside := dbtest.OpenURL(t, conn.Options.URL) // as a command beside the server
		mustExec(t, conn, "INSERT INTO users (id, email, password, state) VALUES (1, 'a', 'x', 0)")
		var wg sync.WaitGroup
		for i := range 100 {
			d := conn
			if i%10 == 0 {
				d = beside
			}
			wg.Go(func() {
				err := d.WithTx(t.Context(), func(tx *db.Tx) error {
					if _, err := tx.Exec(t.Context(), "UPDATE users SET state = state + 1 WHERE id = 1"); err != nil {
						return err
					}
					var n int
					return tx.QueryRow(t.Context(), func(r db.Row) error { return r.Scan(&n) }, "SELECT state FROM users WHERE id = 1")
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		var n int
		if err := conn.QueryRow(t.Context(), func(r db.Row) error { return r.Scan(&n) }, "SELECT state FROM users"); err != nil || n != 100 {
			t.Errorf("state = %d, %v, want 100", n, err)
		}
	})
}
