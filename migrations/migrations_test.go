package migrations_test

import (
	"context"
	"database/sql"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"gatehouse/db"
	"gatehouse/db/dbtest"
	"gatehouse/migrations"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

// eachEmpty runs fn on every engine with a database without tables.
func eachEmpty(t *testing.T, fn func(t *testing.T, o db.Options, d *db.DB)) {
	t.Helper()
	for _, engine := range dbtest.Engines() {
		t.Run(string(engine), func(t *testing.T) {
			conn := dbtest.OpenURL(t, dbtest.EmptyURL(t, engine))
			fn(t, conn.Options, conn.DB)
		})
	}
}

func mustExec(t *testing.T, d *db.DB, statements ...string) {
	t.Helper()
	for _, s := range statements {
		if _, err := d.Exec(context.Background(), s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
}

func mustPending(t *testing.T, d *db.DB, want int) {
	t.Helper()
	n, err := migrations.Pending(context.Background(), d)
	if err != nil {
		t.Fatal(err)
	}
	if n != want {
		t.Fatalf("Pending = %d, want %d", n, want)
	}
}

func mustUp(t *testing.T, o db.Options) {
	t.Helper()
	if err := migrations.Up(context.Background(), o); err != nil {
		t.Fatal(err)
	}
}

// readAll reads rows as text, each value with whether it is there.
func readAll(t *testing.T, d *db.DB, query string, width int) [][]string {
	t.Helper()
	var all [][]string
	err := d.Query(context.Background(), func(r db.Row) error {
		values := make([]sql.NullString, width)
		dest := make([]any, width)
		for i := range values {
			dest[i] = &values[i]
		}
		if err := r.Scan(dest...); err != nil {
			return err
		}
		row := make([]string, width)
		for i, v := range values {
			row[i] = fmt.Sprintf("%t:%s", v.Valid, v.String)
		}
		all = append(all, row)
		return nil
	}, query)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return all
}

const numbers = 15 // migrations in all

const allColumns = "SELECT id, email, password, gender, lastLogin, name, role, state, gh_email_key, gh_email_verified, gh_admin, gh_revision, gh_created, gh_hash, gh_hash_of FROM users"

func TestUpMakesAllTablesAndIsHarmlessToRunAgain(t *testing.T) {
	eachEmpty(t, func(t *testing.T, o db.Options, d *db.DB) {
		mustPending(t, d, numbers)
		mustUp(t, o)
		mustPending(t, d, 0)
		mustExec(t, d, "INSERT INTO users (email, password) VALUES ('a@example.org', 'x')")
		readAll(t, d, allColumns, 15)
		readAll(t, d, "SELECT id_hash, public_id, user_id, kind, data, created, authenticated_at, last_seen, idle_expires, absolute_expires, remember, ip, user_agent FROM sessions", 13)
		readAll(t, d, "SELECT name, value FROM gatehouse_meta", 2)
		readAll(t, d, "SELECT refresh_jti, previous_jti, access_jti, access_expires, rotated FROM sessions", 5)
		readAll(t, d, "SELECT number, kid, algorithm, sealed, created, active_from FROM signing_keys", 6)
		readAll(t, d, "SELECT jti, expires FROM blacklist", 2)
		readAll(t, d, "SELECT id, at, kind, user_id, actor, actor_id, ip, user_agent, request_id, detail FROM gatehouse_events", 10)
		readAll(t, d, "SELECT bucket, failures, running, lease, blocked_until, expires FROM gatehouse_attempts", 6)
		readAll(t, d, "SELECT id, hash, user_id, created, last_used FROM gatehouse_devices", 5)
		readAll(t, d, "SELECT id, kind, user_id, address, created, due, tries, lease FROM gatehouse_outbox", 8)
		readAll(t, d, "SELECT hash, kind, user_id, address, created, expires FROM gatehouse_links", 6)

		mustUp(t, o)
		// As after a crash between a statement and its record.
		mustExec(t, d, "DELETE FROM gatehouse_migrations WHERE version_id > 0")
		mustPending(t, d, numbers)
		mustUp(t, o)
		mustPending(t, d, 0)
		if got := readAll(t, d, "SELECT email, role, state FROM users", 3); !reflect.DeepEqual(got, [][]string{{"true:a@example.org", "true:user", "true:1"}}) {
			t.Errorf("users = %v", got)
		}
	})
}

func TestFiveServersMayMigrateAtOnce(t *testing.T) {
	eachEmpty(t, func(t *testing.T, o db.Options, d *db.DB) {
		errs := make([]error, 5)
		var wg sync.WaitGroup
		for i := range errs {
			wg.Go(func() { errs[i] = migrations.Up(context.Background(), o) })
		}
		wg.Wait()
		for _, err := range errs {
			if err != nil {
				t.Error(err)
			}
		}
		mustPending(t, d, 0)
		if got := readAll(t, d, "SELECT version_id FROM gatehouse_migrations ORDER BY id", 1); len(got) != numbers+1 { // goose begins with a 0
			t.Errorf("versions = %v, want each once", got)
		}
	})
}

// MySQL commits the table of versions before its first row.
func TestUpGoesOnWhereItWasKilledBeforeTheFirstVersion(t *testing.T) {
	eachEmpty(t, func(t *testing.T, o db.Options, d *db.DB) {
		if d.Engine() == db.SQLite {
			return // both in one transaction
		}
		mustUp(t, o)
		mustExec(t, d, "DROP TABLE users", "DELETE FROM gatehouse_migrations")
		mustUp(t, o)
		mustPending(t, d, 0)
		readAll(t, d, allColumns, 15)
	})
}

func mysqlOnly(t *testing.T) (db.Options, *db.DB) {
	t.Helper()
	engines := dbtest.Engines()
	if len(engines) == 1 {
		t.Skip("MySQL not installed")
	}
	conn := dbtest.OpenURL(t, dbtest.EmptyURL(t, db.MySQL))
	return conn.Options, conn.DB
}

func TestOrdinaryRightsAreEnoughWhenNothingIsPending(t *testing.T) {
	s := dbtest.Server(t)
	o, d := mysqlOnly(t)
	mustUp(t, o)
	name := o.URL[strings.LastIndex(o.URL, "/")+1:]
	mustExec(t, d, "CREATE OR REPLACE USER plain@'%' IDENTIFIED BY 'plain'", "GRANT SELECT, INSERT, UPDATE, DELETE ON "+name+".* TO plain@'%'")
	u := s.URL(name)
	plain := db.Options{URL: "mysql://plain@" + u[strings.LastIndex(u, "@")+1:], Password: "plain", Timeout: 15 * time.Second}
	p, err := db.Open(context.Background(), plain)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	mustPending(t, p, 0)
	if report, err := migrations.Preflight(context.Background(), p); err != nil || len(report.Problems) > 0 {
		t.Errorf("Preflight = %v, %v", report, err)
	}
	mustUp(t, plain)

	mustExec(t, d, "DELETE FROM gatehouse_migrations WHERE version_id > 0", "DROP TABLE gatehouse_migrations_lock")
	start := time.Now()
	if err := migrations.Up(context.Background(), plain); err == nil {
		t.Error("Up without the right to CREATE succeeded")
	}
	if took := time.Since(start); took > 30*time.Second {
		t.Errorf("Up without rights took %v: a missing right must not look like waiting", took)
	}
}

func TestOneDDLStatementPerMySQLFile(t *testing.T) {
	for _, name := range migrations.Files(t, "mysql") {
		content := migrations.File(t, name)
		if n := strings.Count(content, ";\n"); n != 1 {
			t.Errorf("%s has %d statements, want 1", name, n)
		}
	}
}
