package db_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"gatehouse/db"
	"gatehouse/db/dbtest"
)

func mustExec(t *testing.T, q db.Querier, query string, args ...any) db.Result {
	t.Helper()
	r, err := q.Exec(context.Background(), query, args...)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return r
}

func TestDuplicateIsTold(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		insert := func(name string) error {
			_, err := conn.Exec(context.Background(), "INSERT INTO gatehouse_meta (name, value) VALUES (?, ?)", name, []byte("v"))
			return err
		}
		if err := insert("a"); err != nil {
			t.Fatal(err)
		}
		err := insert("a")
		if !db.IsDuplicate(err) || errors.Is(err, db.ErrUnavailable) {
			t.Errorf("second insert = %v, want a duplicate", err)
		}
		if err := insert("A"); err != nil {
			t.Errorf("other case = %v, want a row of its own", err)
		}
	})
}

func TestForeignKeyOfTheOperatorIsTold(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		mustExec(t, conn, "CREATE TABLE orders (id INT PRIMARY KEY, user_id BIGINT NOT NULL, FOREIGN KEY (user_id) REFERENCES users (id))")
		id := mustExec(t, conn, "INSERT INTO users (email, password) VALUES ('a', 'x')").LastID
		mustExec(t, conn, "INSERT INTO orders VALUES (1, ?)", id)
		_, err := conn.Exec(context.Background(), "DELETE FROM users WHERE id = ?", id)
		if !db.IsForeignKey(err) {
			t.Errorf("delete = %v, want a foreign key", err)
		}
	})
}

func TestValueThatDoesNotFitNamesItsColumn(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		ctx := context.Background()
		for column, value := range map[string]string{"name": strings.Repeat("é", 101), "gender": strings.Repeat("x", 21)} {
			_, err := conn.Exec(ctx, "INSERT INTO users (email, password, "+column+") VALUES ('a', 'x', ?)", value)
			if got, ok := db.BadValue(err); !ok || got != column {
				t.Errorf("%s too long = %q, %t (%v)", column, got, ok, err)
			}
		}
		mustExec(t, conn, "INSERT INTO users (email, password, name) VALUES ('a', 'x', ?)", strings.Repeat("é", 100))
	})
}

func mysqlConn(t *testing.T) dbtest.Conn {
	t.Helper()
	if len(dbtest.Engines()) == 1 {
		t.Skip("MySQL not installed")
	}
	return dbtest.Open(t, db.MySQL)
}

func TestRefusalsOfOldMySQLTables(t *testing.T) {
	conn := mysqlConn(t)
	ctx := context.Background()
	mustExec(t, conn, `CREATE TABLE old (name VARCHAR(50) CHARACTER SET latin1, kind ENUM('a', 'b'), n TINYINT CHECK (n < 100), at DATETIME)`)
	for _, tt := range []struct {
		column string
		value  any
	}{
		{"name", "日本' for column 'kind' at row 1"}, // 1366, with a value that looks like the message
		{"kind", "c"},
		{"n", 200},
		{"n", 101}, // the CHECK
		{"n", "x"},
		{"at", "yesterday"},
	} {
		_, err := conn.Exec(ctx, "INSERT INTO old ("+tt.column+") VALUES (?)", tt.value)
		got, ok := db.BadValue(err)
		if tt.value == 101 && got == "" {
			got = "n" // MySQL names the constraint only
		}
		if !ok || got != tt.column {
			t.Errorf("%v into %s = %q, %t (%v)", tt.value, tt.column, got, ok, err)
		}
	}
	err := conn.QueryRow(ctx, func(db.Row) error { return nil }, "SELECT 1 FROM old WHERE name = ?", "日本")
	if !db.IsUnrepresentable(err) && !errors.Is(err, db.ErrNoRows) {
		t.Errorf("look-up of a value that cannot exist = %v", err)
	}
}

func TestEveryConnectionIsStrictAndInUTC(t *testing.T) {
	dbtest.Server(t) // for the change of a global setting it must be ours
	conn := mysqlConn(t)
	mustExec(t, conn, "SET GLOBAL sql_mode = ''")
	t.Cleanup(func() { mustExec(t, conn, "SET GLOBAL sql_mode = DEFAULT") })
	again := dbtest.OpenURL(t, conn.Options.URL)
	var mode, zone, charset string
	err := again.QueryRow(context.Background(), func(r db.Row) error { return r.Scan(&mode, &zone, &charset) },
		"SELECT @@sql_mode, @@time_zone, @@character_set_client")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(mode, "STRICT_ALL_TABLES") || strings.Contains(mode, "ZERO") || zone != "+00:00" || charset != "utf8mb4" {
		t.Errorf("sql_mode %q, time_zone %q, charset %q", mode, zone, charset)
	}
}

func TestUpdateToTheSameValueCountsItsRow(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		mustExec(t, conn, "INSERT INTO users (email, password) VALUES ('a', 'x')")
		if r := mustExec(t, conn, "UPDATE users SET state = 1 WHERE email = 'a'"); r.Affected != 1 {
			t.Errorf("affected = %d, want 1", r.Affected)
		}
	})
}

func TestLastLoginIsWrittenAndReadAlike(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		at := time.Date(2026, 3, 29, 2, 30, 15, 999, time.FixedZone("", 7200))
		mustExec(t, conn, "INSERT INTO users (id, email, password, lastLogin) VALUES (1, 'a', 'x', ?)", db.FormatTime(at))
		mustExec(t, conn, "INSERT INTO users (id, email, password, lastLogin) VALUES (2, 'b', 'x', '0000-00-00 00:00:00')")
		mustExec(t, conn, "INSERT INTO users (id, email, password) VALUES (3, 'c', 'x')")
		var got []db.NullTime
		err := conn.Query(context.Background(), func(r db.Row) error {
			var n db.NullTime
			err := r.Scan(&n)
			got = append(got, n)
			return err
		}, "SELECT lastLogin FROM users ORDER BY id")
		if err != nil {
			t.Fatal(err)
		}
		want := []db.NullTime{{Time: at.UTC().Truncate(time.Second), Valid: true}, {}, {}}
		for i := range want {
			if got[i].Valid != want[i].Valid || !got[i].Time.Equal(want[i].Time) || got[i].Time.Location() != time.UTC {
				t.Errorf("row %d = %v, want %v", i+1, got[i], want[i])
			}
		}
	})
}

func TestNullTimeReadsWhatDriversGive(t *testing.T) {
	want := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for _, src := range []any{"2026-01-02 03:04:05", []byte("2026-01-02 03:04:05"), want, "2026-01-02T03:04:05Z", "2026-01-02 04:04:05+01:00", "2026-01-02 03:04:05.0"} {
		var n db.NullTime
		if err := n.Scan(src); err != nil || !n.Valid || !n.Time.Equal(want) {
			t.Errorf("%v = %v, %v", src, n, err)
		}
	}
	for _, src := range []any{nil, "", "0000-00-00 00:00:00", "never", time.Time{}, int64(7)} {
		n := db.NullTime{Valid: true}
		if err := n.Scan(src); err != nil || n.Valid {
			t.Errorf("%v = %v, %v, want not valid", src, n, err)
		}
	}
}
