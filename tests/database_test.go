package tests

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/url"
	"path"
	"strings"
	"testing"
	"time"

	"gatehouse/db"
	"gatehouse/db/dbtest"
)

// emptyMySQL is the URL of an empty database on MariaDB or MySQL.
func emptyMySQL(t *testing.T) string {
	t.Helper()
	needMySQLWhereAsked(t)
	if len(dbtest.Engines()) == 1 {
		t.Skip("MySQL not installed")
	}
	return dbtest.EmptyURL(t, db.MySQL)
}

// rowsOf returns the rows of a query as text, NULL as "NULL".
func rowsOf(t *testing.T, conn *db.DB, width int, query string, args ...any) []string {
	t.Helper()
	var all []string
	err := conn.Query(context.Background(), func(r db.Row) error {
		values := make([]*string, width)
		dest := make([]any, width)
		for i := range values {
			dest[i] = &values[i]
		}
		if err := r.Scan(dest...); err != nil {
			return err
		}
		row := make([]string, width)
		for i, v := range values {
			if row[i] = "NULL"; v != nil {
				row[i] = fmt.Sprintf("%q", *v)
			}
		}
		all = append(all, strings.Join(row, " "))
		return nil
	}, query, args...)
	if err != nil && !errors.Is(err, db.ErrNoRows) {
		t.Fatalf("%s: %v", query, err)
	}
	return all
}

// within asks again and again until it is so or the time is over: what another process writes to the embedded database counts
// within a second.
func within(d time.Duration, so func() bool) {
	for end := time.Now().Add(d); !so() && time.Now().Before(end); {
		<-time.After(2 * time.Millisecond)
	}
}

func execute(t *testing.T, conn *db.DB, statements ...string) {
	t.Helper()
	for _, s := range statements {
		if _, err := conn.Exec(context.Background(), s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
}

// limitedUser makes a user of this database with these rights alone, and returns the URL for it.
func limitedUser(t *testing.T, databaseURL, rights string) string {
	t.Helper()
	return userWithPassword(t, databaseURL, rights, rand.Text()).String()
}

func userWithPassword(t *testing.T, databaseURL, rights, password string) *url.URL {
	t.Helper()
	u, err := url.Parse(databaseURL)
	if err != nil {
		t.Fatal(err)
	}
	conn := dbtest.OpenURL(t, databaseURL).DB
	name := "limited_" + strings.ToLower(rand.Text()[:10])
	execute(t, conn, "CREATE USER "+name+"@'%' IDENTIFIED BY '"+password+"'", "GRANT "+rights+" ON "+path.Base(u.Path)+".* TO "+name+"@'%'")
	t.Cleanup(func() { execute(t, conn, "DROP USER "+name+"@'%'") })
	u.User = url.UserPassword(name, password)
	return u
}
