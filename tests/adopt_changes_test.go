package tests

import (
	"bytes"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"gatehouse/commands"
)

// TestNextRunPicksUpWhatTheOldProgramWrites has the two programs write beside an adoption that is under way, and
// Gatehouse never let anybody in with a password that the other one has replaced.
func TestNextRunPicksUpWhatTheOldProgramWrites(t *testing.T) {
	t.Parallel()
	users := oldUsers(60)
	o := newTakeover(t, users)
	o.start()
	o.adopt()
	everybody(t, users, o.loginHere)

	newcomer := oldUser{email: "newcomer@example.com", password: " Neuer Nutzer ß "}
	o.old.signup(newcomer)
	o.ours.lets(newcomer, false)
	var before, after []oldUser
	for i, to := range []string{
		"another password", strings.ToUpper(users[1].password), users[2].password + " ", "simple word", strings.Repeat("🙂", 50),
	} {
		u := o.old.change(users[i], to)
		if to == "simple word" { // and there and back again
			u = o.old.change(u, users[i].password)
			o.ours.lets(u, true)
			continue
		}
		before, after = append(before, users[i]), append(after, u)
		o.old.lets(u, true)
		o.ours.lets(users[i], false)
		o.ours.lets(u, false)
	}
	o.adopt()
	o.ours.lets(newcomer, true)
	for i, u := range after {
		o.ours.lets(u, true)
		o.ours.lets(before[i], false)
		o.old.lets(u, true)
	}
	everybody(t, users[5:], o.loginHere)
	everybody(t, users[5:], o.old.login)
}

func TestPasswordSetAtGatehouseStaysWhateverAdoptRuns(t *testing.T) {
	t.Parallel()
	users := oldUsers(60)
	o := newTakeover(t, users)
	o.start()
	o.adopt()
	ann := o.ours.change(users[0], "set at Gatehouse 1")
	bob := oldUser{users[1].id, users[1].email, "set at Gatehouse 2"}
	setPassword(t, o.env, bob)
	if n := o.count("id <= 2 AND password LIKE '$2a$04$%' AND gh_hash IS NULL AND gh_hash_of IS NULL"); n != 2 {
		t.Errorf("%d of 2 new passwords stand as bcrypt in password alone", n)
	}
	o.adopt()
	for i, u := range []oldUser{ann, bob} {
		o.ours.lets(u, true)
		o.ours.lets(users[i], false)
		o.old.lets(u, false)
		o.old.lets(users[i], false)
	}

	// The old program sets one once more, as it does for somebody who forgot theirs: that is the newer one.
	execute(t, o.conn, "UPDATE users SET password = 'set at the old program' WHERE id = 2")
	again := oldUser{bob.id, bob.email, "set at the old program"}
	o.ours.lets(again, false)
	o.ours.lets(bob, false)
	o.adopt()
	o.ours.lets(again, true)
	o.ours.lets(bob, false)
	o.old.lets(again, true)
	o.ours.lets(ann, true)
}

// setPassword has the command do it.
func setPassword(t *testing.T, env []string, u oldUser) {
	t.Helper()
	var out, said bytes.Buffer
	code := commands.Run(t.Context(), []string{"users", "set-password", u.email}, env, strings.NewReader(u.password+"\n"), &out, &said)
	if code != 0 {
		t.Fatalf("users set-password: exit code %d: %s", code, &said)
	}
}

// TestRunsLeaveWhatChangesMeanwhile has adopt wait for a row that the old program is about to change, and --finish for one
// that is about to hold what the database takes for the same text.
func TestRunsLeaveWhatChangesMeanwhile(t *testing.T) {
	t.Parallel()
	users := oldUsers(60)
	o := newTakeover(t, users)
	o.start()
	first := users[12] // in capital letters
	second := o.changeBeside(first, first.password+"!")
	o.ours.lets(first, false)
	o.ours.lets(second, false)
	o.adopt()
	o.ours.lets(first, false)
	o.ours.lets(second, true)

	third := o.changeBeside(second, strings.ToLower(second.password), "--finish", "--yes")
	o.ours.lets(second, false)
	o.ours.lets(third, true)
	everybody(t, slices.Concat(users[:12], users[13:]), o.loginHere)
	o.wantUnmarked()
}

// changeBeside runs the command, gives a user another password while it waits for their row, and returns the user with it.
func (o *takeover) changeBeside(u oldUser, to string, args ...string) oldUser {
	o.t.Helper()
	tx, release := o.lock(u.id)
	defer release()
	p := o.launch(args...)
	o.wantWaiting(1)
	_, err := tx.Exec("UPDATE users SET password = ? WHERE id = ?", to, u.id)
	if err := errors.Join(err, tx.Commit()); err != nil {
		o.t.Fatal(err)
	}
	p.wantEnd(0)
	u.password = to
	return u
}

// TestRightPasswordIsNotRefusedWhileItsHashMoves has people prove it while --finish has locked their rows.
func TestRightPasswordIsNotRefusedWhileItsHashMoves(t *testing.T) {
	t.Parallel()
	users := oldUsers(60)
	o := newTakeover(t, users)
	o.start()
	o.adopt()
	var people []*person
	for _, u := range users[:3] {
		p := o.ours.person()
		p.post("/api/users/login", credentials(u.email, u.password)).want(http.StatusOK)
		people = append(people, p)
	}
	_, release := o.lock(60)
	finish := o.launch("--finish", "--yes")
	o.wantWaiting(1)
	var acts sync.WaitGroup
	for i, act := range []struct{ path, body string }{
		{"login", credentials(users[0].email, users[0].password)},
		{"reauthenticate", url.Values{"password": {users[1].password}}.Encode()},
		{"password", url.Values{"currentPassword": {users[2].password}, "newPassword": {"set at Gatehouse"}}.Encode()},
	} {
		acts.Go(func() {
			if r, err := people[i].try(http.MethodPost, "/api/users/"+act.path, act.body); err != nil || r.status != http.StatusOK {
				t.Errorf("%s answers %d (%v): %s", act.path, r.status, err, r.body)
			}
		})
	}
	o.wantWaiting(4)
	release()
	acts.Wait()
	finish.wantEnd(0)
	users[2].password = "set at Gatehouse"
	everybody(t, users, o.loginHere)
	o.wantUnmarked()
}
