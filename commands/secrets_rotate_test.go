package commands_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gatehouse/models/account"
	"gatehouse/models/secret"
)

const (
	sealedAnew    = "Everything is sealed with the first secret now. Adopted passwords that were marked anew: 2.\n"
	nothingToSeal = "No server has used this database yet, so there is nothing to seal.\n"
	inUse         = "The first secret is in use already.\n"
	mayBeRemoved  = "A server that does not have the first secret in its list yet can no longer read this, and refuses adopted users: give it to that server and\n" +
		"start it again at once. Then the older ones can be removed from the list.\n"
)

// oldAndNew has a table with two adopted users, a token key, and a second secret that is to take over.
type oldAndNew struct {
	*oldTable
	old, both, swapped, next []string // the settings with the old secret alone, both orders, and the new one alone
}

func eachOldAndNew(t *testing.T, test func(t *testing.T, o oldAndNew)) {
	t.Helper()
	eachAdopted(t, func(t *testing.T, o *oldTable) {
		_, stop := serve(t, o.office.env) // makes the first key
		stop()
		next := newSite(t, o.databaseURL)
		list := func(files ...string) []string {
			path, texts := filepath.Join(t.TempDir(), "list"), ""
			for _, file := range files {
				texts += read(t, file)
			}
			if err := os.WriteFile(path, []byte(texts), 0o600); err != nil {
				t.Fatal(err)
			}
			return o.with("GATEHOUSE_SECRET_FILE=" + path)
		}
		test(t, oldAndNew{o, list(o.secret), list(next.secret, o.secret), list(o.secret, next.secret), list(next.secret)})
	})
}

// rotates runs the command and checks all that it prints.
func (o oldAndNew) rotates(env []string, want string) {
	o.t.Helper()
	got := run(o.t, env, "secrets", "rotate").want(0)
	if got.stdout != want || got.stderr != "" {
		o.t.Errorf("secrets rotate prints %q and %q, want %q", got.stdout, got.stderr, want)
	}
}

// signsIn checks that a server with these settings reads everything.
func (o oldAndNew) signsIn(env []string, kids string) {
	o.t.Helper()
	address, stop := serve(o.t, env)
	defer stop()
	o.address = address
	o.visitor("ann@example.com", "anns old password")
	o.holder("ben@example.com", "bens old password")
	if got := run(o.t, env, "keys", "list").want(0).stdout; got != kids {
		o.t.Errorf("keys were\n%snow\n%s", kids, got)
	}
}

func TestAfterARotationTheNewSecretIsEnough(t *testing.T) {
	eachOldAndNew(t, func(t *testing.T, o oldAndNew) {
		defer func() { o.events("secrets_rotated - operator - -", "--kind", "secrets_rotated") }()
		kids := run(t, o.old, "keys", "list").want(0).stdout
		passwords, hashes := o.column("password"), o.column("gh_hash")
		o.rotates(o.both, sealedAnew+mayBeRemoved)
		o.rotates(o.both, inUse+mayBeRemoved)
		o.signsIn(o.next, kids)
		o.rotates(o.next, inUse)
		run(t, o.next, "adopt").want(0, "There was nothing to hash.")
		if got, want := strings.Join(append(o.column("password"), o.column("gh_hash")...), "\n"), strings.Join(append(passwords, hashes...), "\n"); got != want {
			t.Errorf("passwords and hashes are\n%s\nwant\n%s", got, want)
		}
		for _, command := range []string{"serve", "secrets rotate", "adopt", "keys list"} {
			run(t, o.old, strings.Fields(command)...).want(1, "does not belong to this database")
		}
		run(t, o.next, "adopt", "--finish", "--yes").want(0, "Moved 2 hashes")
		o.signsIn(o.next, kids)
	})
}

func TestARotationThatChangesNothingSaysSo(t *testing.T) {
	eachOldAndNew(t, func(t *testing.T, o oldAndNew) {
		before := o.dump()
		o.rotates(o.old, inUse)
		o.rotates(o.swapped, inUse+mayBeRemoved)
		const notOurs = "gatehouse: the secret does not belong to this database: copy the secret that was used with it and name its file " +
			"with --secret-file (or put its text into GATEHOUSE_SECRET)\n"
		if got := run(t, o.next, "secrets", "rotate").want(1); got.stderr != notOurs || got.stdout != "" {
			t.Errorf("with a foreign secret it prints %q and %q, want %q", got.stdout, got.stderr, notOurs)
		}
		if got := o.dump(); strings.Join(got, "\n") != strings.Join(before, "\n") {
			t.Errorf("the database changed from\n%q\nto\n%q", before, got)
		}
	})
}

// Servers are restarted one after the other: those that have the old secret first go on while the new one takes over.
func TestARotationBesideAServerDisturbsNobody(t *testing.T) {
	eachOldAndNew(t, func(t *testing.T, o oldAndNew) {
		address, stop := serve(t, o.swapped)
		o.address = address
		ann, tokens := o.visitor("ann@example.com", "anns old password"), o.holder("ben@example.com", "bens old password")
		o.rotates(o.both, sealedAnew+mayBeRemoved)
		wantStatus(t, "a session from before", ann(), 200)
		wantStatus(t, "a token from before", tokens(), 200)
		o.visitor("ann@example.com", "anns old password")
		wantStatus(t, "a token from after", o.holder("ben@example.com", "bens old password")(), 200)
		o.add("cyd@example.com", "cyds old password")
		run(t, o.both, "adopt").want(0, "1  password hashed")
		o.visitor("cyd@example.com", "cyds old password")
		stop()

		o.address, stop = serve(t, o.next)
		defer stop()
		for _, name := range []string{"ann", "ben", "cyd"} {
			o.visitor(name+"@example.com", name+"s old password")
		}
	})
}

// What the older program changed has no good mark, and gets none by a rotation.
func TestARotationMarksOnlyWhatItsSecretsMarked(t *testing.T) {
	eachOldAndNew(t, func(t *testing.T, o oldAndNew) {
		o.exec("UPDATE users SET password = 'Anns old password' WHERE id = 1")
		o.rotates(o.both, strings.Replace(sealedAnew, "2.", "1.", 1)+mayBeRemoved)
		address, stop := serve(t, o.next)
		defer stop()
		o.address = address
		o.refused("ann@example.com", "anns old password")
		o.refused("ann@example.com", "Anns old password")
		o.visitor("ben@example.com", "bens old password")
	})
}

// A run of adopt that was under way with the old secret may leave a mark of that after the rotation.
func TestAnotherRotationSeesToMarksThatWereLeft(t *testing.T) {
	eachOldAndNew(t, func(t *testing.T, o oldAndNew) {
		o.rotates(o.both, sealedAnew+mayBeRemoved)
		marks, err := secret.NewMarks(account.AdoptedPasswords, [][]byte{[]byte(strings.TrimSpace(read(t, o.secret)))})
		if err != nil {
			t.Fatal(err)
		}
		o.exec("UPDATE users SET gh_hash_of = ? WHERE id = 2", marks.Of(2, "bens old password"))
		o.rotates(o.both, strings.Replace(sealedAnew, "2.", "1.", 1)+mayBeRemoved)
		o.rotates(o.both, inUse+mayBeRemoved)
		address, stop := serve(t, o.next)
		defer stop()
		o.address = address
		o.visitor("ben@example.com", "bens old password")
	})
}

// A server that starts with the new secret first does the same.
func TestAStartWithANewSecretMarksAdoptedPasswordsAnew(t *testing.T) {
	eachOldAndNew(t, func(t *testing.T, o oldAndNew) {
		kids := run(t, o.old, "keys", "list").want(0).stdout
		o.signsIn(o.both, kids)
		o.signsIn(o.next, kids)
		o.rotates(o.both, inUse+mayBeRemoved)
	})
}

func TestRotateTellsThatNoServerHasUsedTheDatabase(t *testing.T) {
	eachEmpty(t, func(t *testing.T, databaseURL string) {
		s := newSite(t, databaseURL)
		run(t, s.env, "migrate", "up").want(0)
		if got := run(t, s.env, "secrets", "rotate").want(0); got.stdout != nothingToSeal {
			t.Errorf("it prints %q, want %q", got.stdout, nothingToSeal)
		}
		if n := count(t, databaseURL, "SELECT COUNT(*) FROM signing_keys"); n != 0 {
			t.Errorf("%d keys were made, want none", n)
		}
		_, stop := serve(t, s.env)
		stop()
		run(t, s.env, "secrets", "rotate").want(0, inUse)
	})
}

func TestRotateMakesNeitherADatabaseNorASecret(t *testing.T) {
	dir := t.TempDir()
	env := []string{"GATEHOUSE_DATA_DIR=" + dir}
	run(t, env, "secrets", "rotate").want(1, "there is no database at "+filepath.Join(dir, "gatehouse.db"))
	wantEmpty(t, dir)
	run(t, env, "migrate", "up").want(0)
	run(t, env, "secrets", "rotate").want(0, nothingToSeal)
	wantNoFile(t, filepath.Join(dir, "secret"))
	_, stop := serve(t, append(env, "GATEHOUSE_LISTEN=127.0.0.1:0"))
	stop()
	if err := os.Remove(filepath.Join(dir, "secret")); err != nil {
		t.Fatal(err)
	}
	run(t, env, "secrets", "rotate").want(1, "a secret that is no longer at "+filepath.Join(dir, "secret"))
	wantNoFile(t, filepath.Join(dir, "secret"))
	eachEmpty(t, func(t *testing.T, databaseURL string) {
		if strings.HasPrefix(databaseURL, "sqlite:") {
			return // see above
		}
		s := newSite(t, databaseURL)
		run(t, s.env, "secrets", "rotate").want(1, "15 migrations are pending")
		if got := tables(t, databaseURL); len(got) != 0 {
			t.Errorf("tables = %v, want none", got)
		}
	})
}
