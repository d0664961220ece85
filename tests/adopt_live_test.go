package tests

import (
	"regexp"
	"slices"
	"testing"
)

// aNumber depends on when exactly the run before was killed.
var aNumber = regexp.MustCompile(` *\b\d+`)

// TestNobodyIsRefusedWhileATableIsAdopted signs a thousand users in at the old program and at Gatehouse all the time, from
// before Gatehouse is started first until the traffic moves, and at Gatehouse until the end.
func TestNobodyIsRefusedWhileATableIsAdopted(t *testing.T) {
	t.Parallel()
	users := oldUsers(1000)
	o := newTakeover(t, users)
	found := rowsOf(t, o.conn, 2, "SELECT id, password FROM users ORDER BY id")
	atOld := keepSigningIn(t, users, o.old.login)
	defer atOld.stop()
	atOld.goOn(t, 50)
	o.start()
	here := keepSigningIn(t, users, o.loginHere)
	defer here.stop()
	here.goOn(t, 50)

	o.killHalfWay(700, 600, "gh_hash IS NOT NULL")
	hashed := rowsOf(t, o.conn, 2, "SELECT id, gh_hash FROM users WHERE gh_hash IS NOT NULL ORDER BY id")
	t.Logf("adopt was killed with %d of %d users done", len(hashed), len(users))
	atOld.goOn(t, 100)
	here.goOn(t, 100)
	wantPrinted(t, aNumber.ReplaceAllString(o.adopt(), " N"), " N  passwords hashed\n N  addresses prepared for lookup\n"+bothSignIn)
	if n := o.count("gh_hash IS NULL"); n != 0 {
		t.Fatalf("%d users have no hash after adopt, want none", n)
	}
	after := rowsOf(t, o.conn, 2, "SELECT id, gh_hash FROM users")
	for _, row := range hashed {
		if !slices.Contains(after, row) {
			t.Fatalf("the second run did not keep the hash %s", row)
		}
	}
	wantRows(t, "the passwords after adopt", rowsOf(t, o.conn, 2, "SELECT id, password FROM users ORDER BY id"), found)
	atOld.goOn(t, 100)
	here.goOn(t, 100)
	everybody(t, users, o.old.login)
	t.Logf("%d sign-ins at the old program", atOld.stop())

	for name, text := range o.whereabouts() {
		if shown := readable(text, users); text != "" && len(shown) != len(users) {
			t.Fatalf("a search finds %d passwords in %s before the end, want all %d", len(shown), name, len(users))
		}
	}
	o.killHalfWay(700, 500, "gh_hash IS NULL", "--finish", "--yes")
	t.Logf("adopt --finish was killed with %d users done", o.count("gh_hash IS NULL"))
	here.goOn(t, 100)
	wantPrinted(t, o.refusedTo("--undo"), "gatehouse: --finish has begun to move hashes into password, so there is no way back; run `gatehouse adopt --finish` again\n")
	wantPrinted(t, aNumber.ReplaceAllString(o.adopt("--finish", "--yes"), " N"), "There was nothing to hash.\nMoved N hashes into password: a program that compares plain text signs nobody in any more.\n")
	t.Logf("%d sign-ins at Gatehouse", here.stop())
	everybody(t, users, o.loginHere)
	o.wantUnmarked()
	wantPrinted(t, o.refusedTo("--undo"), "gatehouse: no adoption is open: `gatehouse adopt` begins one\n")
	places := o.whereabouts()
	places["the log"] = o.ours.stdout.String() + o.ours.stderr.String()
	for name, text := range places {
		if shown := readable(text, users); len(shown) != 0 {
			t.Errorf("%s show the passwords of %d users, the first is %s", name, len(shown), shown[0])
		}
	}
	for _, u := range users[:len(oldPasswords)] {
		for _, other := range oneOtherwise(u) {
			o.ours.lets(other, false)
		}
		o.old.lets(u, false)
	}
}

// whereabouts is all that the database holds, as it is and, where that can be, as a backup.
func (o *takeover) whereabouts() map[string]string {
	o.t.Helper()
	return map[string]string{"the tables": everything(o.t, o.conn), "the backup": dumped(o.t, o.databaseURL)}
}
