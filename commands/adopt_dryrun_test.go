package commands_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"gatehouse/db"
	"gatehouse/db/dbtest"
)

// dump is all that stands in the database: each table with its columns, and each row of it.
func (o *oldTable) dump() (lines []string) {
	o.t.Helper()
	conn := dbtest.OpenURL(o.t, o.databaseURL)
	defer conn.Close()
	lines = tables(o.t, o.databaseURL)
	query := "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"
	if o.engine == db.MySQL {
		query = "SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE() ORDER BY table_name"
	}
	var names []string
	err := conn.Query(context.Background(), func(r db.Row) error {
		var name string
		err := r.Scan(&name)
		names = append(names, name)
		return err
	}, query)
	for _, name := range names {
		err = errors.Join(err, dumpRows(conn, name, func(row string) { lines = append(lines, name+": "+row) }))
	}
	if err != nil {
		o.t.Fatal(err)
	}
	return lines
}

func dumpRows(conn dbtest.Conn, table string, each func(row string)) error {
	rows, err := conn.SQL().QueryContext(context.Background(), "SELECT * FROM "+table+" ORDER BY 1")
	if err != nil {
		return err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return err
	}
	for rows.Next() {
		cells, places := make([]sql.NullString, len(columns)), make([]any, len(columns))
		for i := range cells {
			places[i] = &cells[i]
		}
		if err := rows.Scan(places...); err != nil {
			return err
		}
		each(fmt.Sprintf("%v", cells))
	}
	return rows.Err()
}

var dryRuns = [][]string{
	{"--dry-run"},
	{"--dry-run", "--json"},
	{"--dry-run", "--format", "plain"},
	{"--dry-run", "--admins", "all"},
	{"--dry-run", "--format", "md5", "--salt-column", "SALT", "--salt-place", "after"},
}

func TestADryRunChangesNothing(t *testing.T) {
	eachOldTable(t, func(t *testing.T, o *oldTable) {
		o.mixture()
		secretBefore := read(t, o.secret)
		steps := []func(){
			func() {},
			func() { run(t, o.office.env, "migrate", "up").want(0) },
			func() { run(t, o.office.env, "adopt").want(0) },
			func() { o.exec("UPDATE users SET password = 'changed by the old program' WHERE id = 1") },
			func() { run(t, o.office.env, "adopt", "--finish", "--yes", "--leave-undecided").want(0) },
		}
		for i, step := range steps {
			step()
			before, bytes := o.dump(), o.bytes()
			for _, args := range dryRuns {
				got := run(t, o.office.env, append([]string{"adopt"}, args...)...).want(0)
				if o.bytes() != bytes {
					t.Errorf("step %d: adopt %v wrote into the file", i, args)
				}
				o.checked(got, 0, got.shown()) // it shows no password
				if after := o.dump(); !slices.Equal(after, before) {
					t.Errorf("step %d: adopt %v changed\n%s\nto\n%s", i, args, strings.Join(before, "\n"), strings.Join(after, "\n"))
				}
			}
		}
		if read(t, o.secret) != secretBefore {
			t.Error("the secret changed")
		}
	})
}

// bytes are those of the embedded database.
func (o *oldTable) bytes() string {
	o.t.Helper()
	path, embedded := strings.CutPrefix(o.databaseURL, "sqlite:")
	if !embedded {
		return ""
	}
	return read(o.t, path)
}

func TestADryRunWorksBesideAServer(t *testing.T) {
	eachOldTable(t, func(t *testing.T, o *oldTable) {
		o.add("ann@example.com", "anns old password")
		address, stop := serve(t, o.office.env)
		defer stop()
		o.address = address
		signUp(t, address, "new@example.com")
		run(t, o.office.env, "adopt", "--dry-run").want(0, "2  users", "1  to hash", "Nothing was changed.")
		run(t, o.office.env, "adopt").want(0, "1  password hashed")
		run(t, o.office.env, "adopt", "--dry-run").want(0, "1  hashed already")
		o.visitor("ann@example.com", "anns old password")
		o.visitor("new@example.com", "correct horse")
	})
}

func TestADryRunPrintsItsCountsForPrograms(t *testing.T) {
	eachOldTable(t, func(t *testing.T, o *oldTable) {
		o.mixture()
		const admin = `[{"id":1,"email":"ann@example.com","gender":null,"lastLogin":null,"name":null,"role":"admin","state":1,"created":null}]`
		const looks = `{"MD5 or SHA in hex":1,"bcrypt":1,"empty":1,"other known hash":1,"plain text":6,"unknown or damaged hash":1}`
		o.says(0, `{"users":11,"disabled":1,"invalidEmail":1,"sharedEmail":["twice@example.com"],"sharedEmails":1,"sharedHolders":2,"looks":`+looks+
			`,"ready":1,"state":"","adopted":0,"waiting":6,"undecided":1,"undecidedIds":["5"],"unusable":2,"unusableIds":["6","11"],"empty":1,"emptyIds":["7"],"dearer":1,"admins":`+admin+
			`,"adminCount":1,"problems":null,"notes":null,"pendingMigrations":15}`, "--dry-run", "--json")
	})
}
