package commands_test

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"gatehouse/commands"
)

// eachWithAdmins runs a test with a table in which the older program calls some users admins.
func eachWithAdmins(t *testing.T, test func(t *testing.T, o *oldTable)) {
	t.Helper()
	eachOldTable(t, func(t *testing.T, o *oldTable) {
		for _, role := range []string{"admin", "Admin", "admin", "administrator", "admin ", "user", "ADMIN", "admin", "áadmin"} {
			o.exec("INSERT INTO users (email, password, role, state) VALUES (?, '', ?, 1)", strings.TrimSpace(role)+"@\x1b[2J.example", role)
		}
		run(t, o.office.env, "migrate", "up").want(0)
		o.exec("INSERT INTO gatehouse_meta (name, value) VALUES ('adoption', 'open'), ('adoption_hold', 'x')") // as if there had been passwords
		test(t, o)
	})
}

// admins are the ids of the admins of Gatehouse.
func (o *oldTable) admins() string {
	o.t.Helper()
	return strings.Join(o.column("CASE WHEN gh_admin IS NULL THEN '-' ELSE id END"), "")
}

func (o *oldTable) wantAdmins(want string) {
	o.t.Helper()
	if got := o.admins(); got != want {
		o.t.Errorf("admins of Gatehouse = %s, want %s", got, want)
	}
}

// toldAdmins is what a run prints that hashed nothing.
func toldAdmins(left, made string) string {
	return "There was nothing to hash.\n       9  without a password: they cannot sign in: ids 1, 2, 3, 4, 5, 6, 7, 8, 9\n" +
		"Users whose role is admin: " + left + "; made admins of Gatehouse: " + made + ". More: 'gatehouse users role ID admin', or --admins.\n{adopted}\n"
}

func asked(ids string) (questions string) {
	for _, id := range ids {
		questions += "The old program calls user " + string(id) + ` (admin@\u001b[2J.example) an admin. Of Gatehouse too? Type yes: ` + "\n"
	}
	return questions
}

func TestWithoutAWordNobodyBecomesAnAdminOfGatehouse(t *testing.T) {
	eachWithAdmins(t, func(t *testing.T, o *oldTable) {
		o.saysAfter("yes\nyes\nyes\n", 0, toldAdmins("3", "0")) // nobody asks where no terminal is
		o.saysAfter("yes\nyes\nyes\n", 0, toldAdmins("3", "0"), "--admins", "none")
		o.wantAdmins("---------")
		enter(t, "yes\n", o.office.env, "adopt", "--dry-run", "--admins", "all").want(0)
		o.wantAdmins("---------")
		enter(t, "yes\n", o.office.env, "adopt", "--finish").want(0)
		o.wantAdmins("---------")
	})
}

func TestAdminsAreAskedAboutRowByRow(t *testing.T) {
	eachWithAdmins(t, func(t *testing.T, o *oldTable) {
		for _, answers := range []string{"", "\n\n\n", "no\nn\ny\n", "YES\n yes\nyes \n", "yes, please\nall\ntrue\n"} {
			o.saysAfter(answers, 0, toldAdmins("3", "0")+asked("138"), "--admins", "ask")
			o.wantAdmins("---------")
		}
		o.saysAfter("no\nyes\n", 0, toldAdmins("3", "1")+asked("138"), "--admins", "ask")
		o.wantAdmins("--3------")
		o.saysAfter("yes\r\nno", 0, toldAdmins("2", "1")+asked("18"), "--admins", "ask")
		o.wantAdmins("1-3------")
		o.saysAfter("yes", 0, toldAdmins("1", "1")+asked("8"), "--admins", "ask")
		o.wantAdmins("1-3----8-")
		o.saysAfter("", 0, "There was nothing to hash.\n       9  without a password: they cannot sign in: ids 1, 2, 3, 4, 5, 6, 7, 8, 9\n{adopted}", "--admins", "ask")
	})
}

func TestOnlyTheRoleAdminItselfIsMeantByAll(t *testing.T) {
	eachWithAdmins(t, func(t *testing.T, o *oldTable) {
		o.says(0, toldAdmins("3", "3"), "--admins", "all")
		o.wantAdmins("1-3----8-")
		o.exec("UPDATE users SET role = 'admin' WHERE id = 6") // later, by the older program
		o.says(0, toldAdmins("1", "0"))
		o.wantAdmins("1-3----8-")
		list := run(t, o.office.env, "users", "list").want(0).stdout
		if n := strings.Count(list, "admin (not of Gatehouse)"); n != 1 {
			t.Errorf("%d users are listed as admins of the older program alone, want 1:\n%s", n, list)
		}
	})
}

func TestAnInterruptedQuestionMakesNoAdmin(t *testing.T) {
	eachWithAdmins(t, func(t *testing.T, o *oldTable) {
		in := blocked{make(chan struct{})}
		ctx, interrupt := interruptible(t)
		go func() { <-in.reading; interrupt() }()
		var said strings.Builder
		if code := commands.Run(ctx, []string{"adopt", "--admins", "ask"}, o.office.env, in, io.Discard, &said); code != 1 {
			t.Errorf("exit code = %d, want 1: %s", code, &said)
		}
		if !strings.HasSuffix(said.String(), "gatehouse: interrupted; run it again to go on from here\n") {
			t.Errorf("it said %q", said.String())
		}
		o.wantAdmins("---------")
	})
}

// whileAsked answers yes, after something has happened.
type whileAsked struct {
	happens func()
	answers io.Reader
}

func (w *whileAsked) Read(p []byte) (int, error) {
	if w.happens != nil {
		w.happens()
		w.happens = nil
	}
	return w.answers.Read(p)
}

// A person thinks for a minute, and the old program goes on: the answer is about the row as it was shown.
func TestARoleThatChangesDuringTheQuestionEndsNothing(t *testing.T) {
	for _, change := range []string{
		"UPDATE users SET role = 'user' WHERE id = 1", "DELETE FROM users WHERE id = 1", "UPDATE users SET role = 'Admin' WHERE id = 1",
		"UPDATE users SET email = 'eve@example.com' WHERE id = 1",
	} {
		eachWithAdmins(t, func(t *testing.T, o *oldTable) {
			in := &whileAsked{func() { o.exec(change) }, bytes.NewReader([]byte("yes\nno\nyes\n"))}
			var out, err bytes.Buffer
			ctx, _ := interruptible(t)
			if code := commands.Run(ctx, []string{"adopt", "--admins", "ask"}, o.office.env, in, &out, &err); code != 0 {
				t.Errorf("%s: exit code = %d, want 0: %s%s", change, code, &out, &err)
			}
			if n := count(t, o.databaseURL, "SELECT COUNT(*) FROM users WHERE id = 1 AND gh_admin IS NOT NULL"); n != 0 {
				t.Errorf("%s: user 1 is marked", change)
			}
		})
	}
}
