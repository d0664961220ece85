package account

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"golang.org/x/crypto/bcrypt"

	"gatehouse/db"
	"gatehouse/db/dbtest"
	"gatehouse/models/password"
	"gatehouse/models/secret"
	"gatehouse/models/user"
)

// takenOver are the accounts of a table in which adopt has made hashes, and the marks that it made.
func takenOver(t *testing.T, conn dbtest.Conn, cost int) (*Accounts, *recorder) {
	t.Helper()
	a, r := newAccounts(t, conn, cost)
	var err error
	if a.marks, err = secret.NewMarks(AdoptedPasswords, [][]byte{[]byte("a secret of thirty-two bytes or more")}); err != nil {
		t.Fatal(err)
	}
	return a, r
}

func bcryptOf(t *testing.T, plain string, cost int) string {
	t.Helper()
	hash, err := bcrypt.GenerateFromPassword([]byte(plain), cost)
	if err != nil {
		t.Fatal(err)
	}
	return string(hash)
}

// keep stores a hash beside a password, as adopt does.
func keep(t *testing.T, a *Accounts, id int64, hash, text string) {
	t.Helper()
	if err := user.In(a.db).SetOwnHash(context.Background(), id, hash, a.marks.Of(id, text)); err != nil {
		t.Fatal(err)
	}
}

func setAdoption(t *testing.T, conn dbtest.Conn, state user.Adoption) {
	t.Helper()
	if err := user.In(conn).SetAdoption(context.Background(), state); err != nil {
		t.Fatal(err)
	}
}

// Everything is refused after one verification, as any other wrong password is, whatever stands in the row.
func TestAnOwnHashCountsWithItsMarkAlone(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		a, r := takenOver(t, conn, 4)
		hash := bcryptOf(t, "correct horse", 4)
		id := stored(t, conn, "ann@example.com", "correct horse")
		other := stored(t, conn, "ben@example.com", "correct horse")
		foreign, err := secret.NewMarks(AdoptedPasswords, [][]byte{[]byte("another secret of thirty-two bytes or more")})
		if err != nil {
			t.Fatal(err)
		}
		for name, mark := range map[string][]byte{
			"no mark": nil, "an empty mark": {}, "zeros": make([]byte, 32), "another row's": a.marks.Of(other, "correct horse"),
			"another text's": a.marks.Of(id, "Correct horse"), "another secret's": foreign.Of(id, "correct horse"),
		} {
			exec(t, conn, "UPDATE users SET gh_hash = ?, gh_hash_of = ? WHERE id = ?", hash, mark, id)
			r.verified = nil
			wantSignIn(t, a, "ann@example.com", "correct horse", ErrBadCredentials)
			if !slices.Equal(r.verified, []string{"correct horse"}) { // what stands in password, which is no hash
				t.Errorf("%s: verified %q", name, r.verified)
			}
		}
		keep(t, a, id, hash, "correct horse")
		wantSignIn(t, a, "ann@example.com", "correct horse", nil)
		a.marks = secret.Marks{}
		wantSignIn(t, a, "ann@example.com", "correct horse", ErrBadCredentials)
	})
}

func TestAMarkWithoutAHashLeavesPasswordInForce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		a, _ := takenOver(t, conn, 4)
		hash := bcryptOf(t, "correct horse", 4)
		id := stored(t, conn, "ann@example.com", hash)
		keep(t, a, id, "", hash)
		wantSignIn(t, a, "ann@example.com", "correct horse", nil)
	})
}

// The hash that a sign-in leaves is as dear as new ones, beside what the old program compares.
func TestACheapOwnHashIsMadeAnewBesidePassword(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		a, r := takenOver(t, conn, 5)
		id := stored(t, conn, "ann@example.com", "correct horse")
		cheap := bcryptOf(t, "correct horse", 4)
		for _, state := range []user.Adoption{user.Open, user.Finishing} {
			setAdoption(t, conn, state)
			keep(t, a, id, cheap, "correct horse")
			r.busyHasher = true
			wantSignIn(t, a, "ann@example.com", "correct horse", nil)
			if u := row(t, conn, id); u.OwnHash != cheap {
				t.Errorf("a busy server left %q, want the hash as it was", u.OwnHash)
			}
			r.busyHasher = false
			wantSignIn(t, a, "ann@example.com", "correct horse", nil)
			u := row(t, conn, id)
			if cost, _ := password.Cost(u.OwnHash); cost != 5 || u.Password != "correct horse" {
				t.Errorf("%s: own hash of cost %d beside %q, want 5 and what the old program knows", state, cost, u.Password)
			}
			wantSignIn(t, a, "ann@example.com", "correct horse", nil)
			wantSignIn(t, a, "ann@example.com", "correct horse ", ErrBadCredentials)
			if again := row(t, conn, id); again.OwnHash != u.OwnHash || again.Password != "correct horse" {
				t.Errorf("%s: own hash %q beside %q, want them as they were", state, again.OwnHash, again.Password)
			}
		}
	})
}

func TestPasswordsOfOthersAreRewrittenOnlyWhereNoAdoptionIsOpen(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		a, _ := takenOver(t, conn, 5)
		cheap := bcryptOf(t, "correct horse", 4)
		php := strings.Replace(cheap, "$2a$", "$2y$", 1)
		for _, hash := range []string{cheap, php} {
			exec(t, conn, "DELETE FROM users")
			id := stored(t, conn, "ann@example.com", hash)
			for _, state := range []user.Adoption{user.Open, user.Finishing} {
				setAdoption(t, conn, state)
				wantSignIn(t, a, "ann@example.com", "correct horse", nil)
				if u := row(t, conn, id); u.Password != hash || u.OwnHash != "" || u.LastLogin == nil {
					t.Errorf("while the adoption is %s: %q in password and %q beside it, want %q alone", state, u.Password, u.OwnHash, hash)
				}
			}
			setAdoption(t, conn, user.NoAdoption)
			wantSignIn(t, a, "ann@example.com", "correct horse", nil)
			u := row(t, conn, id)
			if cost, _ := password.Cost(u.Password); cost != 5 || !strings.HasPrefix(u.Password, "$2a$") || u.OwnHash != "" {
				t.Errorf("after the end: %q in password and %q beside it, want a new hash", u.Password, u.OwnHash)
			}
			wantSignIn(t, a, "ann@example.com", "correct horse", nil)
		}
	})
}

func TestWithoutKnowingWhetherAnAdoptionIsOpenNobodySignsIn(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		a, _ := takenOver(t, conn, 5)
		cheap := bcryptOf(t, "correct horse", 4)
		id := stored(t, conn, "ann@example.com", cheap)
		exec(t, conn, "DROP TABLE gatehouse_meta")
		if _, err := signIn(a, "ann@example.com", "correct horse", Visitor{}); err == nil || errors.Is(err, ErrBadCredentials) {
			t.Errorf("%v, want an error that is no refusal", err)
		}
		if got := row(t, conn, id).Password; got != cheap {
			t.Errorf("password = %q, want it untouched", got)
		}
	})
}

func TestAnOperatorsPasswordForgetsTheAdoptedOne(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		a, _ := takenOver(t, conn, 4)
		id := stored(t, conn, "ann@example.com", "correct horse")
		keep(t, a, id, bcryptOf(t, "correct horse", 4), "correct horse")
		if err := a.ReplacePassword(context.Background(), id, "given by the operator", now); err != nil {
			t.Fatal(err)
		}
		u := row(t, conn, id)
		if password.FormatOf(u.Password) != password.Bcrypt || u.OwnHash != "" || u.OwnMark != nil {
			t.Errorf("password %q, own hash %q, mark %x, want bcrypt alone", u.Password, u.OwnHash, u.OwnMark)
		}
		wantSignIn(t, a, "ann@example.com", "correct horse", ErrBadCredentials)
		wantSignIn(t, a, "ann@example.com", "given by the operator", nil)
	})
}

// Python's bcrypt makes bytes, and many a program stores them as such.
func TestAHashOfBytesSignsIn(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		if conn.Engine() == db.MySQL {
			exec(t, conn, "ALTER TABLE users MODIFY password VARBINARY(255) NOT NULL")
		}
		a, _ := takenOver(t, conn, 4)
		id := stored(t, conn, "ann@example.com", "")
		exec(t, conn, "UPDATE users SET password = ? WHERE id = ?", []byte(bcryptOf(t, "correct horse", 4)), id)
		wantSignIn(t, a, "ann@example.com", "correct horse", nil)
		wantSignIn(t, a, "ann@example.com", "battery staple", ErrBadCredentials)
	})
}
