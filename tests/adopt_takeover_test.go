package tests

import (
	"context"
	"database/sql"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/db"
	"gatehouse/db/dbtest"
)

// takeover is a table of the old program's that Gatehouse takes over, with both at work on it.
type takeover struct {
	t           *testing.T
	databaseURL string
	conn        *db.DB
	old         *oldProgram
	env         []string
	ours        *server
	web         *http.Client
}

// newTakeover has the old program running, and not yet Gatehouse.
func newTakeover(t *testing.T, users []oldUser) *takeover {
	t.Helper()
	needNPM(t)
	o := &takeover{t: t, databaseURL: emptyMySQL(t)}
	o.conn = dbtest.OpenURL(t, o.databaseURL).DB
	execute(t, o.conn, oldTable)
	insertOldUsers(t, o.conn, users)
	o.old = startOldProgram(t, o.databaseURL)
	o.env = settings(t, o.databaseURL, "GATEHOUSE_LOG_LEVEL=warn", "GATEHOUSE_HASH_WORKERS=2")
	transport := &http.Transport{MaxIdleConnsPerHost: 8}
	t.Cleanup(transport.CloseIdleConnections)
	o.web = &http.Client{Transport: transport, Timeout: time.Minute}
	return o
}

// start starts Gatehouse as a process of its own.
func (o *takeover) start() {
	o.t.Helper()
	o.ours = process(o.t, o.t.TempDir(), o.env)
}

// adopt runs the command as a process of its own until it has ended well, and returns what it printed.
func (o *takeover) adopt(args ...string) string {
	o.t.Helper()
	p := o.launch(args...)
	p.wantEnd(0)
	return p.stdout.String()
}

// refusedTo runs the command, which is to end with 1, and returns what it said.
func (o *takeover) refusedTo(args ...string) string {
	o.t.Helper()
	p := o.launch(args...)
	p.wantEnd(1)
	return p.stdout.String() + p.stderr.String()
}

func (o *takeover) launch(args ...string) *server {
	o.t.Helper()
	return launch(o.t, o.t.TempDir(), o.env, append([]string{"adopt"}, args...)...)
}

// killHalfWay kills the command when so many more rows are as where says. It cannot have come to the end, because a row that
// it needs is locked.
func (o *takeover) killHalfWay(row, more int, where string, args ...string) {
	o.t.Helper()
	_, release := o.lock(row)
	defer release()
	before := o.count(where)
	p := o.launch(args...)
	until(o.t, "adopt is half way", func() bool {
		select {
		case <-p.ended:
			o.t.Fatalf("adopt %v ended with code %d before it was killed: %s%s", args, p.code, p.stdout, p.stderr)
		default:
		}
		return o.count(where) >= before+more
	})
	p.kill()
}

// lock keeps others from changing the row of a user until it is released.
func (o *takeover) lock(id int) (tx *sql.Tx, release func()) {
	o.t.Helper()
	tx, err := o.conn.SQL().BeginTx(context.Background(), nil)
	if err != nil {
		o.t.Fatal(err)
	}
	if err := tx.QueryRow("SELECT id FROM users WHERE id = ? FOR UPDATE", id).Scan(&id); err != nil {
		o.t.Fatal(err)
	}
	release = func() { _ = tx.Rollback() }
	o.t.Cleanup(release) // also where the test fails first
	return tx, release
}

func (o *takeover) count(where string) int {
	o.t.Helper()
	return len(rowsOf(o.t, o.conn, 1, "SELECT id FROM users WHERE "+where))
}

// loginHere signs in at Gatehouse, and returns why the answer is not as it should be. Whoever had a hash before must get in.
func (o *takeover) loginHere(u oldUser) string {
	var own sql.NullString
	var kept string
	err := o.conn.QueryRow(context.Background(), func(r db.Row) error { return r.Scan(&kept, &own) },
		"SELECT password, gh_hash FROM users WHERE id = ?", u.id)
	known := own.Valid || strings.HasPrefix(kept, "$2")
	if err != nil {
		return err.Error()
	}
	status, _, err := ask(o.web, "POST", o.ours.url+"/api/users/login", credentials(u.email, u.password), "")
	switch {
	case err != nil:
		return err.Error()
	case status == http.StatusOK, status == http.StatusUnauthorized && !known:
		return ""
	}
	return fmt.Sprintf("Gatehouse answers %d, hash known: %v", status, known)
}

// everybody wants each of the users let in by signIn, once.
func everybody(t *testing.T, users []oldUser, signIn func(u oldUser) string) {
	t.Helper()
	const workers = 4
	var r traffic
	for part := range slices.Chunk(users, (len(users)+workers-1)/workers) {
		r.done.Go(func() {
			for _, u := range part {
				if why := signIn(u); why != "" {
					t.Errorf("%s was refused: %s", u.email, why)
					return
				}
			}
		})
	}
	r.done.Wait()
}

// oneOtherwise are the passwords that the database takes for the same text as the user's, and Gatehouse must not.
func oneOtherwise(u oldUser) (others []oldUser) {
	for _, text := range []string{strings.ToUpper(u.password), strings.ToLower(u.password), u.password + " ", strings.TrimRight(u.password, " ")} {
		if text != u.password {
			others = append(others, oldUser{u.id, u.email, text})
		}
	}
	return others
}

// wantWaiting returns when so many wait for rows of this database that another keeps locked. The server makes this list
// anew only where nobody has asked for a tenth of a second.
func (o *takeover) wantWaiting(n int) {
	o.t.Helper()
	until(o.t, "others wait for a row", func() bool {
		<-time.After(150 * time.Millisecond)
		return len(rowsOf(o.t, o.conn, 1, `SELECT trx_id FROM information_schema.innodb_trx WHERE trx_state = 'LOCK WAIT'
			AND trx_mysql_thread_id IN (SELECT id FROM information_schema.processlist WHERE db = DATABASE())`)) >= n
	})
}

// wantUnmarked wants all that adopt keeps beside the passwords gone.
func (o *takeover) wantUnmarked() {
	o.t.Helper()
	if n := o.count("gh_hash IS NOT NULL OR gh_hash_of IS NOT NULL"); n != 0 {
		o.t.Errorf("%d rows still have a hash beside password or its mark, want none", n)
	}
	if rows := rowsOf(o.t, o.conn, 1, "SELECT value FROM gatehouse_meta WHERE name = 'adoption'"); len(rows) != 0 {
		o.t.Errorf("the adoption is still %s, want it closed", rows)
	}
}

// bothSignIn is how the report of a run ends.
const bothSignIn = "Who has a hash now can sign in at the old program and at Gatehouse. For what the old one adds or changes run this again, or with --watch;\n" +
	"then --finish, or --undo to go back.\n"

func wantPrinted(t *testing.T, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("it prints\n%s\nwant\n%s", got, want)
	}
}

func wantRows(t *testing.T, what string, got, want []string) {
	t.Helper()
	for i := range max(len(got), len(want)) {
		switch {
		case i >= len(got):
			t.Errorf("%s: no row, want %s", what, want[i])
		case i >= len(want):
			t.Errorf("%s: row %s, want none", what, got[i])
		case got[i] != want[i]:
			t.Errorf("%s: row %s, want %s", what, got[i], want[i])
		default:
			continue
		}
		return
	}
}
