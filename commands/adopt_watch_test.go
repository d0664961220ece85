package commands_test

import (
	"bytes"
	"context"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"gatehouse/commands"
	"gatehouse/db"
	"gatehouse/db/dbtest"
)

func interruptible(t *testing.T) (context.Context, context.CancelFunc) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	t.Cleanup(cancel)
	return ctx, cancel
}

// running is a command that goes on until it is interrupted.
type running struct {
	t         *testing.T
	interrupt func()
	ended     chan int
	mu        sync.Mutex
	out, err  bytes.Buffer
}

func begin(t *testing.T, env []string, args ...string) *running {
	t.Helper()
	ctx, interrupt := interruptible(t)
	r := &running{t: t, interrupt: interrupt, ended: make(chan int, 1)}
	go func() { r.ended <- commands.Run(ctx, args, env, nil, locked{&r.mu, &r.out}, locked{&r.mu, &r.err}) }()
	return r
}

// until waits for a moment of the database in which a query counts so many rows.
func (r *running) until(databaseURL string, enough int, query string) {
	r.t.Helper()
	conn := dbtest.OpenURL(r.t, databaseURL)
	defer conn.Close()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(time.Millisecond) {
		n := 0
		if err := conn.QueryRow(context.Background(), func(row db.Row) error { return row.Scan(&n) }, query); err != nil {
			r.t.Fatal(err)
		}
		if n >= enough {
			return
		}
		if time.Now().After(deadline) || len(r.ended) > 0 {
			r.t.Fatalf("%s counts %d, want %d; it said %s%s", query, n, enough, &r.out, &r.err)
		}
	}
}

// says waits until this is printed.
func (r *running) says(text string) {
	r.t.Helper()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(time.Millisecond) {
		r.mu.Lock()
		said := r.out.String() + r.err.String()
		r.mu.Unlock()
		if strings.Contains(said, text) {
			return
		}
		if time.Now().After(deadline) || len(r.ended) > 0 {
			r.t.Fatalf("it says %s, want %s in it", said, text)
		}
	}
}

// outcome waits for the end.
func (r *running) outcome() outcome {
	r.t.Helper()
	code := <-r.ended
	return outcome{r.t, code, r.out.String(), r.err.String()}
}

var aProgress = regexp.MustCompile(`(?m)^Adopting: .* left\n`)

var aMoment = regexp.MustCompile(`\d\d:\d\d:\d\d`)

// timeless leaves out when something happened, and repeats no line: what was added at once may be seen at different times.
func (o outcome) timeless() outcome {
	o.stdout = aMoment.ReplaceAllString(o.stdout, "TIME")
	return o
}

func TestWatchAdoptsWhatIsAddedAndChangedUntilItIsInterrupted(t *testing.T) {
	eachAdopted(t, func(t *testing.T, o *oldTable) {
		r := begin(t, o.office.env, "adopt", "--watch", "--every", "10ms")
		o.add("cyd@example.com", "cyds old password")
		r.until(o.databaseURL, 3, "SELECT COUNT(*) FROM users WHERE gh_hash IS NOT NULL")
		before := o.column("gh_hash")[0]
		o.exec("UPDATE users SET password = 'anns next password' WHERE id = 1")
		r.until(o.databaseURL, 1, "SELECT COUNT(*) FROM users WHERE id = 1 AND gh_hash <> '"+before+"'")
		r.interrupt()
		o.checked(r.outcome().timeless(), 0, `Watching the table; Ctrl-C stops it.
TIME  adopted 1
TIME  adopted 1
       2  passwords hashed
       1  address prepared for lookup`)
		if n := count(t, o.databaseURL, "SELECT COUNT(*) FROM gatehouse_meta WHERE name = 'adoption'"); n != 1 {
			t.Error("the adoption is no longer open after an interruption")
		}
		address, stop := serve(t, o.office.env)
		defer stop()
		o.address = address
		o.visitor("ann@example.com", "anns next password")
		o.visitor("cyd@example.com", "cyds old password")
		o.refused("ann@example.com", "anns old password")
	})
}

func TestWatchEndsWithTheAdoption(t *testing.T) {
	for _, act := range [][]string{{"--undo"}, {"--finish", "--yes"}} {
		eachAdopted(t, func(t *testing.T, o *oldTable) {
			r := begin(t, o.office.env, "adopt", "--watch", "--every", "10ms")
			o.add("cyd@example.com", "cyds old password")
			r.until(o.databaseURL, 3, "SELECT COUNT(*) FROM users WHERE gh_hash IS NOT NULL")
			run(t, o.office.env, append([]string{"adopt"}, act...)...).want(0)
			o.checked(r.outcome().timeless(), 0, `Watching the table; Ctrl-C stops it.
TIME  adopted 1
The adoption was finished or undone elsewhere.
       1  password hashed
       1  address prepared for lookup`)
			if n := count(t, o.databaseURL, "SELECT COUNT(*) FROM gatehouse_meta WHERE name = 'adoption'"); n != 0 {
				t.Error("the adoption is open again")
			}
		})
	}
}

func TestWatchTellsUndecidedRowsWhenTheirNumberChanges(t *testing.T) {
	eachAdopted(t, func(t *testing.T, o *oldTable) {
		o.add("eve@example.com", strings.Repeat("0a", 16))
		r := begin(t, o.office.env, "adopt", "--watch", "--every", "10ms")
		r.says("undecided 1")
		o.exec("INSERT INTO users (email, password, role, state) VALUES ('fay@example.com', ?, 'user', 1), ('gus@example.com', 'gus old password', 'user', 1)", strings.Repeat("0b", 16))
		r.says("undecided 2")
		o.exec("DELETE FROM users WHERE id = 3 OR email = 'fay@example.com'")
		r.says("undecided 0")
		r.interrupt()
		o.checked(r.outcome().timeless(), 0, `Watching the table; Ctrl-C stops it.
TIME  undecided 1; say what they are with --format
TIME  adopted 1
TIME  undecided 2; say what they are with --format
TIME  undecided 0
       1  password hashed
       3  addresses prepared for lookup`)
	})
}

// It is silent otherwise, and an operator would take that for nothing to do.
func TestWatchTellsThatTheDatabaseIsAway(t *testing.T) {
	eachAdopted(t, func(t *testing.T, o *oldTable) {
		if o.engine == db.SQLite {
			return // its file does not go away
		}
		server := dbtest.Server(t)
		r := begin(t, o.with("GATEHOUSE_DB_TIMEOUT=300ms"), "adopt", "--watch", "--every", "10ms")
		r.says("Watching the table")
		server.Freeze(t)
		thaw := sync.OnceFunc(func() { server.Thaw(t) })
		defer thaw()
		r.says("the database is not available; trying again")
		thaw()
		r.says("the database is available again")
		r.interrupt()
		if got := r.outcome().want(0); strings.Count(got.stdout, "available") != 2 {
			t.Errorf("it tells more than once:\n%s", got.stdout)
		}
	})
}

func TestWatchBeginsAnAdoption(t *testing.T) {
	eachOldTable(t, func(t *testing.T, o *oldTable) {
		run(t, o.office.env, "migrate", "up").want(0)
		o.add("ann@example.com", "anns old password")
		r := begin(t, o.office.env, "adopt", "--watch")
		r.until(o.databaseURL, 1, "SELECT COUNT(*) FROM users WHERE gh_hash IS NOT NULL")
		r.interrupt()
		r.outcome().want(0, "adopted 1")
	})
}

func TestAnInterruptedRunTellsHowFarItCameAndGoesOnThere(t *testing.T) {
	const users = 200
	eachOldTable(t, func(t *testing.T, o *oldTable) {
		var values []string
		for i := range users {
			values = append(values, fmt.Sprintf("('u%[1]d@example.com', 'old password %[1]d', 'user', 1)", i))
		}
		o.exec("INSERT INTO users (email, password, role, state) VALUES " + strings.Join(values, ", "))
		run(t, o.office.env, "migrate", "up").want(0)
		r := begin(t, o.with("GATEHOUSE_BCRYPT_COST=9"), "adopt")
		r.until(o.databaseURL, 1, "SELECT COUNT(*) FROM users WHERE gh_hash IS NOT NULL")
		r.interrupt()
		got := r.outcome()
		got.stderr = aProgress.ReplaceAllString(got.stderr, "") // where the machine is slow
		n := count(t, o.databaseURL, "SELECT COUNT(*) FROM users WHERE gh_hash IS NOT NULL")
		if n == 0 || n == users {
			t.Fatalf("%d of %d are hashed, so it was not interrupted half way", n, users)
		}
		o.checked(got, 1, fmt.Sprintf("%8[1]d  passwords hashed\n%8[1]d  addresses prepared for lookup\n"+
			"gatehouse: interrupted; run it again to go on from here", n))
		o.says(0, fmt.Sprintf("%8[1]d  passwords hashed\n%8[1]d  addresses prepared for lookup\n{adopted}", users-n))
	})
}
