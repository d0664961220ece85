package tests

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/crypto/bcrypt"
)

const (
	// withoutLastLogin are the tutorial's columns but for the one that every sign-in writes.
	withoutLastLogin = "SELECT id, email, password, gender, name, role, state FROM users ORDER BY id"
	tutorialsColumns = `SELECT column_name, column_type, is_nullable, column_default, character_set_name, collation_name, extra
		FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = 'users' AND column_name NOT LIKE 'gh%' ORDER BY ordinal_position`
	lastLogins = "SELECT id, lastLogin FROM users ORDER BY id"
)

// TestUndoLeavesTheTableAsItWasFound compares it column by column with what it was before Gatehouse saw it, after people
// have used both programs.
func TestUndoLeavesTheTableAsItWasFound(t *testing.T) {
	t.Parallel()
	users := oldUsers(700)
	o := newTakeover(t, users)
	execute(t, o.conn, "UPDATE users SET role = 'admin', gender = 'f', lastLogin = NULL WHERE id = 699", "UPDATE users SET state = 0, name = NULL WHERE id = 700")
	columns, rows, seen := rowsOf(t, o.conn, 7, tutorialsColumns), rowsOf(t, o.conn, 7, withoutLastLogin), rowsOf(t, o.conn, 2, lastLogins)
	o.start()
	wantPrinted(t, o.adopt(), "     700  passwords hashed\n     700  addresses prepared for lookup\n"+
		"Users whose role is admin: 1; made admins of Gatehouse: 0. More: `gatehouse users role ID admin`, or --admins.\n"+bothSignIn)
	quiet, busy := users[100:], users[10:100]
	everybody(t, busy, o.old.login)
	everybody(t, busy, o.loginHere)

	atOld := o.old.change(users[0], "changed at the old program")
	here := o.ours.change(users[1], "changed at Gatehouse")
	p := o.ours.person()
	p.post("/api/users/login", credentials(users[2].email, users[2].password)).want(http.StatusOK)
	p.send(http.MethodPatch, "/api/users/me", `{"name":"Another name"}`).want(http.StatusOK)
	o.old.signup(oldUser{email: "old@example.com", password: "signed up there"})
	o.ours.member("here@example.com")
	o.adopt()
	o.killHalfWay(600, 499, "gh_hash IS NULL", "--undo")
	wantPrinted(t, o.adopt("--undo"), "Forgot the hashes of 201 users. The column password is as the old program and its users left it.\n"+
		"Who was given a password at Gatehouse meanwhile has it there as bcrypt, so the old program does not sign them in.\n"+
		"The added columns and the width of password stay; they do no harm. Plain-text passwords sign in at Gatehouse only after another `gatehouse adopt`.\n")

	rows[0] = strings.Replace(rows[0], strconv.Quote(users[0].password), strconv.Quote(atOld.password), 1)
	rows[1] = strings.Replace(rows[1], strconv.Quote(users[1].password), o.bcryptOf(2, here.password), 1)
	rows[2] = strings.Replace(rows[2], `"Zoë 3"`, `"Another name"`, 1)
	rows = append(rows, `"701" "old@example.com" "signed up there" NULL NULL "user" "1"`,
		`"702" "here@example.com" `+o.bcryptOf(702, password)+` NULL NULL "user" "1"`)
	wantRows(t, "users after --undo", rowsOf(t, o.conn, 7, withoutLastLogin), rows)
	columns[2] = strings.Replace(columns[2], "varchar(50)", "varchar(255)", 1)
	wantRows(t, "columns after --undo", rowsOf(t, o.conn, 7, tutorialsColumns), columns)
	wantRows(t, "last sign-ins of those who did not sign in", rowsOf(t, o.conn, 2, lastLogins)[100:700], seen[100:])
	o.wantUnmarked()

	everybody(t, slices.Concat([]oldUser{atOld}, users[2:699]), o.old.login)
	o.old.lets(here, false)
	o.old.lets(users[1], false)
	o.ours.lets(here, true)
	o.ours.lets(quiet[0], false)
}

// bcryptOf is the password of a user as rowsOf shows it, which is to be a bcrypt hash of that text.
func (o *takeover) bcryptOf(id int, plain string) string {
	o.t.Helper()
	shown := rowsOf(o.t, o.conn, 1, "SELECT password FROM users WHERE id = ?", id)[0]
	if err := bcrypt.CompareHashAndPassword([]byte(strings.Trim(shown, `"`)), []byte(plain)); err != nil {
		o.t.Errorf("password of user %d is no bcrypt hash of what was set at Gatehouse: %v", id, err)
	}
	return shown
}
