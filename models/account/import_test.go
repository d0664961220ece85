package account

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/db"
	"gatehouse/db/dbtest"
	"gatehouse/models/session"
	"gatehouse/models/transfer"
	"gatehouse/models/user"
)

const readyHash = "$2b$04$abcdefghijklmnopqrstuuJGXTMG61zdrnDb6ll2y7oqUBfxtLzY2"

func startImport(t *testing.T, a *Accounts, o ImportOptions) *Import {
	t.Helper()
	o.Now = now
	im, err := a.StartImport(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	return im
}

// take returns what became of persons: a line each.
func take(t *testing.T, im *Import, persons ...transfer.Person) []string {
	t.Helper()
	outcomes, err := im.Take(context.Background(), persons)
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, o := range outcomes {
		lines = append(lines, strings.TrimSpace(fmt.Sprintf("%d %s %s", o.Line, o.Fate, o.Reason)))
	}
	return lines
}

func wantLines(t *testing.T, what string, got, want []string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s:\ngot  %q\nwant %q", what, got, want)
	}
}

// someone is on the line of a file that is their id, or the 100th.
func someone(id int64, email string) transfer.Person {
	line := int(id)
	if line == 0 {
		line = 100
	}
	return transfer.Person{Line: line, ID: id, Email: email, Password: readyHash}
}

func ptr[T any](v T) *T { return &v }

func TestWhoIsThereIsLeftAlone(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		a, _ := newAccounts(t, conn, 4)
		signUp(t, a, "ann@example.com", Visitor{})
		exec(t, conn, "INSERT INTO users (id, email, password, name, role) VALUES (50, ' Ben@EXAMPLE.com', 'plain', 'Ben', 'admin')")
		for _, dry := range []bool{true, false, false} {
			im := startImport(t, a, ImportOptions{DryRun: dry})
			wantLines(t, fmt.Sprintf("dry run %v", dry), take(t, im, someone(9, "ANN@example.com"), someone(0, "ben@example.com")), []string{"9 present", "100 present"})
		}
		if got := rowsOf(t, conn); !slices.Equal(got, []string{"1 ann@example.com - user", "50  Ben@EXAMPLE.com Ben admin"}) {
			t.Errorf("the table holds %q", got)
		}
	})
}

// rowsOf returns all rows in short.
func rowsOf(t *testing.T, conn dbtest.Conn) (rows []string) {
	t.Helper()
	err := user.In(conn.DB).List(context.Background(), func(u user.User) error {
		name := "-"
		if u.Name != nil {
			name = *u.Name
		}
		rows = append(rows, fmt.Sprintf("%d %s %s %s", u.ID, u.Email, name, u.Role))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

func TestOneFileIsComparedWithItself(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		a, _ := newAccounts(t, conn, 4)
		persons := []transfer.Person{
			someone(1, "a@example.com"), someone(2, "A@example.com"), someone(1, "a@EXAMPLE.com"), someone(1, "b@example.com"),
			someone(0, "c@example.com"), someone(0, "C@example.com"), someone(5, "c@example.com"),
		}
		want := []string{
			"1 added", "2 twice has the address of line 1, which counts", "1 present", "1 refused id is that of line 1",
			"100 added", "100 twice has the address of line 100, which counts", "5 twice has the address of line 100, which counts",
		}
		for _, dry := range []bool{true, false} {
			im := startImport(t, a, ImportOptions{DryRun: dry})
			wantLines(t, fmt.Sprintf("in one go, dry run %v", dry), take(t, im, persons...), want)
		}
		exec(t, conn, "DELETE FROM users")
		im := startImport(t, a, ImportOptions{})
		var got []string
		for _, p := range persons {
			got = append(got, take(t, im, p)...)
		}
		wantLines(t, "one by one", got, want)
	})
}

// The first of two counts only if it went in.
func TestASecondLineGoesInWhereTheFirstDoesNot(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		a, _ := newAccounts(t, conn, 4)
		exec(t, conn, "INSERT INTO users (id, email, password, role) VALUES (1, 'z@example.com', 'x', 'user')")
		im := startImport(t, a, ImportOptions{})
		wantLines(t, "outcomes", take(t, im, someone(1, "a@example.com"), someone(2, "a@example.com")), []string{"1 refused id is that of another user", "2 added"})
	})
}

func TestRowsThatTheTableRefusesSpoilNoOthers(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		a, _ := newAccounts(t, conn, 4)
		exec(t, conn, "CREATE UNIQUE INDEX once ON users (name)")
		exec(t, conn, "INSERT INTO users (email, password, name, role) VALUES ('z@example.com', 'x', 'Zoe', 'user')")
		want := "refused a value is there already that the table takes only once"
		odd := "Zoe"
		if conn.Engine() == db.MySQL { // old tables of SQLite hold any length
			exec(t, conn, "ALTER TABLE users MODIFY name VARCHAR(3) NULL")
			want, odd = "refused name cannot be stored in this table", "Zoes"
		}
		var persons []transfer.Person
		var lines []string
		for i := range int64(50) {
			p, line := someone(100+i, fmt.Sprintf("u%d@example.com", i)), "added"
			if i == 0 || i == 7 || i == 8 || i == 49 {
				p.Name, line = &odd, want
			}
			persons = append(persons, p)
			lines = append(lines, fmt.Sprintf("%d %s", 100+i, line))
		}
		wantLines(t, "outcomes", take(t, startImport(t, a, ImportOptions{}), persons...), lines)
	})
}

// Tables that other programs made hold less, and compare more loosely.
func TestOldTablesOfMySQLTakeWhatTheyCanHold(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		if conn.Engine() != db.MySQL {
			return // MySQL alone has these columns
		}
		a, _ := newAccounts(t, conn, 4)
		exec(t, conn, "ALTER TABLE users MODIFY email VARCHAR(254) CHARACTER SET latin1 COLLATE latin1_swedish_ci NOT NULL UNIQUE, MODIFY id INT NOT NULL AUTO_INCREMENT, MODIFY state TINYINT NOT NULL DEFAULT 1")
		state := someone(6, "f@example.com")
		state.State = ptr[int64](200)
		wantLines(t, "outcomes", take(t, startImport(t, a, ImportOptions{}),
			someone(1, "a@example.com"), someone(2, "\u0436@example.com"), someone(3, "\u00e9nn@example.com"), someone(4, "enn@example.com"),
			someone(3_000_000_000, "e@example.com"), state, someone(7, "g@b\u00fccher.example"), someone(8, "h@\u0436.example"), someone(9, "h@xn--f1a.example"), someone(10, "i@example.com")),
			[]string{
				"1 added", "2 refused email cannot be stored in this table", "3 added", "4 refused a value is there already that the table takes only once",
				"3000000000 refused id cannot be stored in this table", "6 refused state cannot be stored in this table", "7 added",
				"8 refused email cannot be stored in this table", "9 added", "10 added",
			})
	})
}

// What a table of another program requires is no fault of a line.
func TestAColumnThatImportsDoNotFillEndsTheImport(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		a, _ := newAccounts(t, conn, 4)
		if conn.Engine() == db.MySQL {
			exec(t, conn, "ALTER TABLE users ADD COLUMN nick VARCHAR(9) NOT NULL")
		} else {
			exec(t, conn, "ALTER TABLE users ADD COLUMN nick TEXT CONSTRAINT nick CHECK (nick IS NOT NULL)")
		}
		outcomes, err := startImport(t, a, ImportOptions{}).Take(context.Background(), []transfer.Person{someone(1, "a@example.com")})
		if err == nil || outcomes[0].Fate != "" {
			t.Errorf("%v, %v, want an error and no fate", outcomes, err)
		}
	})
}

// An id that is used again must not let anybody in with the sessions of whoever had it before.
func TestAnImportedIDInheritsNoSessions(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		a, _ := newAccounts(t, conn, 4)
		ctx := context.Background()
		former := signUp(t, a, "former@example.com", Visitor{})
		other := signUp(t, a, "other@example.com", Visitor{})
		exec(t, conn, "DELETE FROM users WHERE email = 'former@example.com'") // as another program does it
		wantLines(t, "outcomes", take(t, startImport(t, a, ImportOptions{}), someone(former.User.ID, "new@example.com"), someone(77, "more@example.com")), []string{"1 added", "77 added"})
		if c, err := a.Current(ctx, []session.Secret{former.Secret}, now); err == nil {
			t.Errorf("the former session is that of %s now", c.User.Email)
		}
		if _, err := a.Current(ctx, []session.Secret{other.Secret}, now); err != nil {
			t.Errorf("the session of somebody else: %v", err)
		}
	})
}

func TestAnImportThatIsCancelledEnds(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		a, _ := newAccounts(t, conn, 4)
		im := startImport(t, a, ImportOptions{Plaintext: true})
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		for _, p := range []transfer.Person{{Line: 1, Email: "a@example.com", Password: "plain"}, someone(2, "b@example.com")} {
			began := time.Now()
			if _, err := im.Take(ctx, []transfer.Person{p}); err == nil || time.Since(began) > 5*time.Second {
				t.Errorf("%v after %v, want an error at once", err, time.Since(began))
			}
		}
		if got := rowsOf(t, conn); len(got) > 0 {
			t.Errorf("the table holds %q, want nothing", got)
		}
	})
}
