package tests

import (
	"crypto/md5"
	"path/filepath"
	"strings"
	"testing"

	"gatehouse/db"
	"gatehouse/db/dbtest"
)

func TestAWrongFormatIsPutRightAsThePageSays(t *testing.T) {
	each(t, func(t *testing.T, databaseURL string) {
		n := newNewcomer(t, databaseURL, phpTable(databaseURL), phpUser(hexOf(md5.Sum([]byte(saltText+password))))).ready().completed()
		ann := oldUser{1, "ann@example.com", password}
		n.run("gatehouse migrate up && gatehouse adopt --format md5")
		s := n.serve()
		s.lets(ann, false)
		if out := n.run("gatehouse adopt --format md5 --salt-column salt"); !strings.Contains(out, "Rows that were adopted before stay so") {
			t.Errorf("adopt with other flags does not say that it hashes nothing again: %s", out)
		}
		s.lets(ann, false)
		n.run("gatehouse adopt --undo && gatehouse adopt --format md5 --salt-column salt")
		s.lets(ann, true)
	})
}

func TestALostSecretIsReplacedAsThePageSays(t *testing.T) {
	each(t, func(t *testing.T, databaseURL string) {
		n := newTutorialNewcomer(t, databaseURL).adopted()
		s := n.serve()
		bob := oldUser{2, "bob@example.com", "Bob1987"}
		p := s.person()
		p.post("/api/users/login", credentials(bob.email, bob.password)).want(200)
		cookie := p.cookie()
		s.stop()
		n.run("rm data/secret && gatehouse secrets new data/secret")
		for _, command := range []string{"gatehouse adopt --format plain", "gatehouse adopt --finish --yes", "gatehouse check", "gatehouse"} {
			if out, code := n.try(command); code != 1 || !strings.Contains(out, "the secret does not belong to this database") {
				t.Errorf("%s with another secret ends with code %d, want 1 and the reason: %s", command, code, out)
			}
		}
		n.execute(n.block("### The secret is lost", "DELETE"))
		n.run(n.block("### The secret is lost", "gatehouse secrets new"))
		n.env = append(n.env, "GATEHOUSE_SECRET_FILE="+filepath.Join("data", "secret-2"))
		s = n.serve()
		s.lets(bob, true)
		s.holder(cookie).me().want(200)
	})
}

func TestOneOfTwoRowsWithAnAddressIsKeptAsThePageSays(t *testing.T) {
	each(t, func(t *testing.T, databaseURL string) {
		n := newTutorialNewcomer(t, databaseURL).adopted()
		if out := n.run(n.block("### Somebody cannot sign in", "gatehouse check")); !strings.Contains(out, "2 users share an address with another row (1 address)") {
			t.Errorf("check does not name the address: %s", out)
		}
		s := n.serve()
		eve := oldUser{5, "eve@example.com", "eve"}
		s.lets(eve, false)
		statement := strings.TrimSuffix(strings.TrimSpace(n.block("### An address stands in two rows", "SELECT")), ";")
		if got := rowsOf(t, n.conn, 5, statement); len(got) != 2 {
			t.Errorf("the statement finds %q, want two rows", got)
		}
		n.run("gatehouse users delete 6 --yes")
		s.lets(eve, true)
	})
}

func TestWhatARunningServerKeepsOutIsAsThePageSays(t *testing.T) {
	t.Parallel()
	n := newTutorialNewcomer(t, dbtest.EmptyURL(t, db.SQLite)).adopted()
	n.serve()
	if out, code := n.try("gatehouse migrate up"); code != 1 || !strings.Contains(out, "another server uses this database file") {
		t.Errorf("migrate up beside the server ends with code %d, want 1 and the reason: %s", code, out)
	}
	n.run("gatehouse check && gatehouse adopt --format plain && gatehouse users list && gatehouse secrets rotate")
}

// TestTheSecretIsRotatedDuringAnAdoption changes it under a server that is running, as docs/tokens.md says for several.
func TestTheSecretIsRotatedDuringAnAdoption(t *testing.T) {
	example(t, "docs/tokens.md", "`gatehouse secrets rotate`, with a file that has it first", "")
	each(t, func(t *testing.T, databaseURL string) {
		n := newTutorialNewcomer(t, databaseURL).adopted()
		n.env = append(n.env, fixedNames...)
		n.run("gatehouse secrets new data/next && cat data/secret data/next > data/old-first && cat data/next data/secret > data/next-first")
		with := func(file string) { n.env = append(n.env, "GATEHOUSE_SECRET_FILE="+filepath.Join("data", file)) }
		bob := oldUser{2, "bob@example.com", "Bob1987"}
		with("old-first")
		s := n.serve()
		s.member("new@example.com")
		access, _ := tokensFor(t, s, "new@example.com")
		works := func() {
			t.Helper()
			s.lets(bob, true)
			s.person().get("/api/users/me", "Authorization", "Bearer "+access).want(200)
		}
		works()
		with("next-first")
		if out := n.run("gatehouse secrets rotate"); !strings.Contains(out, "Adopted passwords that were marked anew: 7.") {
			t.Errorf("it prints %s, want 7 passwords marked anew", out)
		}
		if out := n.run("gatehouse secrets rotate"); !strings.Contains(out, "The first secret is in use already.") {
			t.Errorf("the second time it prints %s", out)
		}
		works()
		s.stop()
		with("next")
		s = n.serve()
		works()
		with("secret")
		if out, code := n.try("gatehouse adopt"); code != 1 || !strings.Contains(out, "does not belong to this database") {
			t.Errorf("adopt with the old secret alone ends with %d: %s", code, out)
		}
	})
}
