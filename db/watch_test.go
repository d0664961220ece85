package db_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"gatehouse/db"
	"gatehouse/db/dbtest"
)

// watched is a database with a table of people and one of things, and what it tells of them.
type watched struct {
	dbtest.Conn
	t    *testing.T
	told []string
}

func eachWatched(t *testing.T, test func(t *testing.T, w *watched)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		w := &watched{Conn: conn, t: t}
		w.exec("CREATE TABLE people (name VARCHAR(20), id BIGINT PRIMARY KEY)")
		w.exec("CREATE TABLE things (hash VARBINARY(8) PRIMARY KEY, owner BIGINT)")
		w.exec("INSERT INTO people (name, id) VALUES ('ann', 7), ('ben', 8)")
		w.exec("INSERT INTO things (hash, owner) VALUES (x'0a0b', 7)")
		if err := conn.Watch(t.Context(), map[string]string{"people": "id", "things": "HASH"}, w.tell); err != nil {
			t.Fatal(err)
		}
		w.told = nil
		test(t, w)
	})
}

func (w *watched) tell(rows []db.Change) {
	if len(rows) == 0 {
		w.told = append(w.told, "any")
	}
	for _, row := range rows {
		w.told = append(w.told, fmt.Sprint(row.Table, " ", row.Key))
	}
}

func (w *watched) exec(query string) {
	w.t.Helper()
	if _, err := w.Exec(context.Background(), query); err != nil {
		w.t.Fatalf("%s: %v", query, err)
	}
}

// wants checks what has been told since it was called last; on MySQL any row may be another after each statement.
func (w *watched) wants(act string, rows ...string) {
	w.t.Helper()
	if w.Engine() == db.MySQL {
		rows = []string{"any"}
	}
	slices.Sort(w.told)
	if !slices.Equal(w.told, rows) {
		w.t.Errorf("%s: told %q, want %q", act, w.told, rows)
	}
	w.told = nil
}

func TestChangedRowsAreToldByTheirKeys(t *testing.T) {
	eachWatched(t, func(t *testing.T, w *watched) {
		w.exec("UPDATE people SET name = 'Ann' WHERE name = 'ann'")
		w.wants("an update", "people 7")
		w.exec("UPDATE people SET id = 9 WHERE id = 8")
		w.wants("another key", "people 8")
		w.exec("UPDATE things SET owner = 1")
		w.wants("the other table", "things [10 11]")
		w.exec("INSERT INTO people (name, id) VALUES ('cyd', 10)")
		w.wants("an insert")
		w.exec("DELETE FROM people")
		w.wants("an empty table", "people 10", "people 7", "people 9")
	})
}

func TestChangesAreToldBeforeTheirWriterKnows(t *testing.T) {
	eachWatched(t, func(t *testing.T, w *watched) {
		err := w.WithTx(t.Context(), func(tx *db.Tx) error {
			for _, query := range []string{"UPDATE people SET name = 'x'", "DELETE FROM things"} {
				if _, err := tx.Exec(t.Context(), query); err != nil {
					return err
				}
			}
			if len(w.told) != 0 {
				t.Errorf("told %q before the transaction could be seen", w.told)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		w.wants("a transaction", "people 7", "people 8", "things [10 11]")
	})
}

// What is told too much does no harm; what is told too late does.
func TestNothingOfARolledBackTransactionIsToldWithTheNext(t *testing.T) {
	eachWatched(t, func(t *testing.T, w *watched) {
		no := errors.New("no")
		err := w.WithTx(t.Context(), func(tx *db.Tx) error {
			if _, err := tx.Exec(t.Context(), "UPDATE people SET name = 'x' WHERE id = 7"); err != nil {
				return err
			}
			return no
		})
		if err != no {
			t.Fatal(err)
		}
		w.told = nil
		w.exec("UPDATE people SET name = 'y' WHERE id = 8")
		w.wants("the next", "people 8")
	})
}

func TestWhatOthersWriteIsToldWhenAskedFor(t *testing.T) {
	eachWatched(t, func(t *testing.T, w *watched) {
		if w.Engine() == db.MySQL {
			return
		}
		asked := func(when string, want ...string) {
			t.Helper()
			if err := w.CheckOthers(t.Context()); err != nil {
				t.Fatal(err)
			}
			w.wants(when, want...)
		}
		w.exec("INSERT INTO people (name, id) VALUES ('own', 1)")
		asked("after a write of its own")
		other := dbtest.OpenURL(t, w.Options.URL)
		if _, err := other.Exec(t.Context(), "INSERT INTO people (name, id) VALUES ('other', 2)"); err != nil {
			t.Fatal(err)
		}
		asked("after a write of another", "any")
		asked("once more")
		if _, err := other.Exec(t.Context(), "ALTER TABLE people DROP COLUMN name"); err != nil { // the key moves
			t.Fatal(err)
		}
		asked("after a change of the table", "any")
		w.exec("DELETE FROM people WHERE id = 7")
		w.wants("an act on the new table", "people 7")
	})
}

func TestAKeyThatIsNotThereCannotBeWatched(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		err := conn.Watch(t.Context(), map[string]string{"users": "nothing"}, func([]db.Change) {})
		if (conn.Engine() == db.SQLite) != (err != nil) {
			t.Errorf("error = %v", err)
		}
	})
}

// Other programs spell their tables as they like, and let SQLite compute columns.
func TestTablesOfOtherProgramsAreTold(t *testing.T) {
	for create, want := range map[string]string{
		"CREATE TABLE Users (name TEXT, ID INTEGER PRIMARY KEY)":                                                  "Users 7",
		"CREATE TABLE users (low TEXT AS (lower(name)) VIRTUAL, name TEXT, id INTEGER PRIMARY KEY)":               "any",
		"CREATE TABLE users (name TEXT, low TEXT AS (lower(name)) STORED, id INTEGER PRIMARY KEY)":                "users 7",
		"CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT, low TEXT AS (lower(name)) VIRTUAL)":               "users 7",
		"CREATE TABLE users (name TEXT, id INTEGER NOT NULL, PRIMARY KEY (id)) WITHOUT ROWID":                     "users 7",
		"CREATE TABLE users (name TEXT, id INT PRIMARY KEY, other INT UNIQUE DEFAULT 1, again TEXT DEFAULT NULL)": "users 7",
	} {
		conn, err := db.Open(t.Context(), db.Options{URL: dbtest.EmptyURL(t, db.SQLite)})
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		w := &watched{Conn: dbtest.Conn{DB: conn}, t: t}
		w.exec(create)
		w.exec("INSERT INTO users (name, id) VALUES ('ann', 7)")
		if err := conn.Watch(t.Context(), map[string]string{"users": "id"}, w.tell); err != nil {
			t.Fatal(err)
		}
		w.told = nil
		w.exec("UPDATE users SET name = 'ben' WHERE id = 7")
		w.wants(create, want)
	}
}
