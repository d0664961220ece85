package commands_test

import (
	"crypto/md5"
	"encoding/hex"
	"net/http"
	"strings"
	"testing"

	"golang.org/x/crypto/bcrypt"
)

func md5Of(text string) string {
	sum := md5.Sum([]byte(text))
	return hex.EncodeToString(sum[:])
}

// serving runs a server on the table until the test ends.
func (o *oldTable) serving() {
	o.t.Helper()
	o.address, _ = serve(o.t, o.office.env)
}

func TestSaltsAreTakenFromTheirColumnAndPlace(t *testing.T) {
	eachOldTable(t, func(t *testing.T, o *oldTable) {
		o.add("after@example.com", md5Of("anns old password"+"pepper"))
		o.add("none@example.com", md5Of("anns old password"))
		o.exec("UPDATE users SET salt = 'pepper' WHERE id = 1")
		run(t, o.office.env, "migrate", "up").want(0)
		o.says(0, "       2  old hashes wrapped in bcrypt\n       2  addresses prepared for lookup\n{adopted}",
			strings.Fields("--format md5 --salt-column Salt --salt-place after")...)
		o.add("before@example.com", md5Of("pepper"+"anns old password"))
		o.exec("UPDATE users SET salt = 'pepper' WHERE id = 3")
		o.says(0, "       1  old hash wrapped in bcrypt\n       1  address prepared for lookup\n{adopted}",
			strings.Fields("--format md5 --salt-column salt")...)
		o.serving()
		for _, email := range []string{"after@example.com", "none@example.com", "before@example.com"} {
			o.visitor(email, "anns old password")
			o.refused(email, md5Of("anns old password"))
		}
		o.says(0, "There was nothing to hash.\nMoved 3 hashes into password: a program that compares plain text signs nobody in any more.", "--finish", "--yes")
		for i, text := range o.column("password") {
			if bcrypt.CompareHashAndPassword([]byte(text), []byte("anns old password")) != nil {
				t.Errorf("password of user %d = %q, want the bcrypt of the sign-in", i+1, text)
			}
		}
	})
}

// The command writes what everybody can check, and nothing brings the older password back.
func TestAPasswordThatTheOperatorGivesEndsTheAdoptionOfOne(t *testing.T) {
	eachAdopted(t, func(t *testing.T, o *oldTable) {
		o.serving()
		ann := o.visitor("ann@example.com", "anns old password")
		o.printsAfter("given by the operator\n", "Gave user 1 (ann@example.com) a new password and ended their sessions.", "set-password", "ann@example.com")
		o.wantEnded("after set-password", ann)
		for range 2 {
			if got := o.column("password")[0]; bcrypt.CompareHashAndPassword([]byte(got), []byte("given by the operator")) != nil {
				t.Errorf("password = %q, want bcrypt of the new one", got)
			}
			if n := count(t, o.databaseURL, "SELECT COUNT(*) FROM users WHERE id = 1 AND gh_hash IS NULL AND gh_hash_of IS NULL"); n != 1 {
				t.Error("something of adopt is left beside the new password")
			}
			o.visitor("ann@example.com", "given by the operator")
			o.refused("ann@example.com", "anns old password")
			o.says(0, "There was nothing to hash.\n{adopted}")
		}
		o.says(0, "There was nothing to hash.\nMoved 1 hash into password: a program that compares plain text signs nobody in any more.", "--finish", "--yes")
		o.visitor("ann@example.com", "given by the operator")
		o.visitor("ben@example.com", "bens old password")
	})
}

// A server that is running needs no word of it: what adopt does counts at the next sign-in.
func TestAdoptWorksBesideAServer(t *testing.T) {
	eachOldTable(t, func(t *testing.T, o *oldTable) {
		o.add("ann@example.com", "anns old password")
		o.serving()
		o.refused("ann@example.com", "anns old password")
		o.says(0, "       1  password hashed\n       1  address prepared for lookup\n{adopted}")
		ann, tokens := o.visitor("ann@example.com", "anns old password"), o.holder("ann@example.com", "anns old password")
		o.exec("UPDATE users SET password = 'Anns old password' WHERE id = 1")
		o.refused("ann@example.com", "anns old password")
		o.refused("ann@example.com", "Anns old password")
		wantStatus(t, "a session from before", ann(), http.StatusOK)
		run(t, o.office.env, "adopt").want(0, "1  password hashed")
		o.visitor("ann@example.com", "Anns old password")
		run(t, o.office.env, "adopt", "--undo").want(0, "Forgot the hashes of 1 user")
		o.refused("ann@example.com", "Anns old password")
		run(t, o.office.env, "adopt").want(0)
		run(t, o.office.env, "adopt", "--finish", "--yes").want(0, "Moved 1 hash")
		o.visitor("ann@example.com", "Anns old password")
		o.refused("ann@example.com", "anns old password")
		wantStatus(t, "a session from before", ann(), http.StatusOK)
		wantStatus(t, "a token from before", tokens(), http.StatusOK)
	})
}

func TestTheLogOfAServerNamesTheCommandThatHelps(t *testing.T) {
	eachOldTable(t, func(t *testing.T, o *oldTable) {
		o.add("ann@example.com", "anns old password")
		r := begin(t, o.office.env, "serve")
		const want = "1 user cannot sign in, because their password is not stored as a hash that Gatehouse reads: run `gatehouse adopt --dry-run`, then `gatehouse adopt`"
		r.says(want)
		r.interrupt()
		if got := r.outcome().want(0); strings.Contains(got.stdout+got.stderr, "anns old") {
			t.Errorf("a password was printed: %s", got.stderr)
		}
		run(t, o.office.env, "check").want(0, want)
	})
}

func TestActsArePrintedForPrograms(t *testing.T) {
	eachOldTable(t, func(t *testing.T, o *oldTable) {
		o.add("ann@example.com", "anns old password")
		o.add("ben@example.com", md5Of("bens old password"))
		o.add("cyd@example.com", "")
		run(t, o.office.env, "migrate", "up").want(0)
		survey := func(looks, state, ready, adopted, undecided, ids string) string {
			return `{"users":3,"disabled":0,"invalidEmail":0,"sharedEmail":null,"sharedEmails":0,"sharedHolders":0,"looks":{` + looks + `},"ready":` + ready +
				`,"state":"` + state + `","adopted":` + adopted + `,"waiting":0,"undecided":` + undecided + `,"undecidedIds":` + ids + `,"unusable":0,"unusableIds":null,"empty":1,"emptyIds":["3"],"dearer":0,"admins":null,"adminCount":0}`
		}
		const old = `"MD5 or SHA in hex":1,"empty":1,"plain text":1`
		o.says(0, `{"done":{"hashed":1,"wrapped":0,"respelled":0,"keys":3,"changed":0,"moved":0},"left":`+survey(old, "open", "0", "1", "1", `["2"]`)+`,"madeAdmins":0}`, "--json")
		o.says(0, `{"forgotten":1}`, "--json", "--undo")
		o.says(0, `{"done":{"hashed":1,"wrapped":1,"respelled":0,"keys":0,"changed":0,"moved":0},"left":`+survey(old, "open", "0", "2", "0", "null")+`,"madeAdmins":0}`,
			"--json", "--format", "md5")
		o.says(0, `{"done":{"hashed":0,"wrapped":0,"respelled":0,"keys":0,"changed":0,"moved":2},"left":`+
			survey(`"bcrypt":1,"empty":1,"wrapped old hash":1`, "", "2", "0", "0", "null")+`,"madeAdmins":0}`, "--json", "--finish", "--yes")
		o.says(1, "gatehouse: no adoption is open: 'gatehouse adopt' begins one", "--json", "--finish", "--yes")
	})
}

// A name that a person chose can be anything, and so can an address.
func TestAddressesCannotWriteOnATerminal(t *testing.T) {
	eachOldTable(t, func(t *testing.T, o *oldTable) {
		o.add("a\x1b[2J@example.com", "anns old password")
		o.add("a\x1b[2J@example.com", "bens old password")
		o.exec("UPDATE users SET role = 'admin'")
		run(t, o.office.env, "migrate", "up").want(0)
		for _, args := range []string{"--dry-run", "--dry-run --json", "", "--admins ask", "--json"} {
			got := run(t, o.office.env, append([]string{"adopt"}, strings.Fields(args)...)...).want(0)
			if strings.Contains(got.stdout+got.stderr, "\x1b") {
				t.Errorf("adopt %s prints an escape: %q", args, got.stdout+got.stderr)
			}
		}
	})
}

func TestARowWhoseSaltIsTooLongIsNamedAndTheOthersAreAdopted(t *testing.T) {
	eachOldTable(t, func(t *testing.T, o *oldTable) {
		long := strings.Repeat("s", 65)
		o.add("ann@example.com", md5Of("pepper"+"anns old password"))
		o.add("ben@example.com", md5Of(long+"bens old password"))
		o.exec("UPDATE users SET salt = 'pepper' WHERE id = 1")
		o.exec("UPDATE users SET salt = ? WHERE id = 2", long)
		run(t, o.office.env, "migrate", "up").want(0)
		o.says(0, "       1  old hash wrapped in bcrypt\n       2  addresses prepared for lookup\n"+
			"       1  with a damaged or unknown hash, a salt over 64 bytes, or a text that nobody can type: they need a new password: ids 2\n{adopted}",
			strings.Fields("--format md5 --salt-column salt")...)
		o.serving()
		o.visitor("ann@example.com", "anns old password")
		o.refused("ben@example.com", "bens old password")
	})
}
