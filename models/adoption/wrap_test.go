package adoption

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/models/password"
	"gatehouse/models/user"
)

func TestSaltedHashesAreWrappedWithTheirSalts(t *testing.T) {
	const salt = "s@lt'é \\"
	for _, test := range []struct {
		name   string
		after  bool
		salt   any // in the column
		hashed string
	}{
		{"before", false, salt, salt + "correct horse"},
		{"after", true, salt, "correct horse" + salt},
		{"before, a number", false, 12345, "12345correct horse"},
		{"before, an empty one", false, "", "correct horse"},
		{"before, NULL", false, nil, "correct horse"},
		{"after, NULL", true, nil, "correct horse"},
		{"after, the longest", true, strings.Repeat("s", password.MaxSalt), "correct horse" + strings.Repeat("s", password.MaxSalt)},
	} {
		t.Run(test.name, func(t *testing.T) {
			eachTable(t, func(t *testing.T, o *table) {
				o.exec("ALTER TABLE users ADD COLUMN `the salt``s` VARCHAR(100) NULL")
				sum := sha256.Sum256([]byte(test.hashed))
				id := o.add("ann@example.com", hex.EncodeToString(sum[:]))
				o.exec("UPDATE users SET `the salt``s` = ?", test.salt)
				o.add("ben@example.com", "bens password") // whose salt nobody asks for
				plan := Plan{Weak: password.SHA256, SaltColumn: "the salt`s", SaltAfter: test.after}
				wantOutcome(t, o.adopt(plan), Outcome{Hashed: 1, Wrapped: 1, Keys: 2})
				if u := o.find(id); password.FormatOf(u.OwnHash) != password.Wrapped || u.Password != hex.EncodeToString(sum[:]) {
					t.Errorf("own hash %q beside %q, want a wrapped one", u.OwnHash, u.Password)
				}
				o.wantLets(false, "ann@example.com", test.hashed+"x")
				o.wantLets(true, "ann@example.com", "correct horse")
				o.wantLets(true, "ben@example.com", "bens password")
			})
		})
	}
}

func TestARowWhoseSaltIsTooLongIsLeftOut(t *testing.T) {
	plan := Plan{Weak: password.MD5, SaltColumn: "salt"}
	eachTable(t, func(t *testing.T, o *table) {
		o.exec("ALTER TABLE users ADD COLUMN salt VARCHAR(100) NULL")
		for i, salt := range []string{"s", strings.Repeat("s", password.MaxSalt+1), strings.Repeat("é", password.MaxSalt/2+1), "t"} {
			id := o.add(fmt.Sprintf("u%d@example.com", i), md5Of(salt+"correct horse"))
			o.exec("UPDATE users SET salt = ? WHERE id = ?", salt, id)
		}
		if s := o.look(plan); s.Waiting != 2 || s.Unusable != 2 || !slices.Equal(s.UnusableIDs, []string{"2", "3"}) {
			t.Errorf("%d wait, %d are unusable, such as %v, want 2 and 2 and 3", s.Waiting, s.Unusable, s.UnusableIDs)
		}
		wantOutcome(t, o.adopt(plan), Outcome{Wrapped: 2, Keys: 4})
		o.wantLets(true, "u0@example.com", "correct horse")
		o.wantLets(true, "u3@example.com", "correct horse")
		o.wantUnmade(2)
		o.wantUnmade(3)
		if _, err := o.adopter(plan).Finish(t.Context(), false, time.Now, nothing); !errors.Is(err, ErrUndecided) {
			t.Errorf("Finish = %v, want ErrUndecided", err)
		}
		done, err := o.adopter(plan).Finish(t.Context(), true, time.Now, nothing)
		if err != nil {
			t.Fatal(err)
		}
		wantOutcome(t, done, Outcome{Moved: 2})
		o.wantLets(true, "u0@example.com", "correct horse")
	})
}

// The next run counts the row as one that cannot be taken over.
func TestASaltThatBecomesTooLongMeanwhileDoesNotEndTheRun(t *testing.T) {
	plan := Plan{Weak: password.MD5, SaltColumn: "salt"}
	eachTable(t, func(t *testing.T, o *table) {
		o.exec("ALTER TABLE users ADD COLUMN salt VARCHAR(100) NULL")
		o.add("ann@example.com", md5Of("correct horse"))
		o.add("ben@example.com", md5Of("battery staple"))
		o.exec("UPDATE users SET salt = ? WHERE id = 1", strings.Repeat("s", password.MaxSalt+1))
		a := o.adopter(plan)
		if err := a.Begin(t.Context(), time.Now()); err != nil {
			t.Fatal(err)
		}
		hashes, err := a.hashes(t.Context(), o.rows()) // without having looked for such rows before
		if err != nil || hashes[1] != "" || password.FormatOf(hashes[2]) != password.Wrapped {
			t.Errorf("hashes = %v, %v, want one for ben alone", hashes, err)
		}
	})
}

func TestAMissingSaltColumnEndsTheRun(t *testing.T) {
	eachTable(t, func(t *testing.T, o *table) {
		id := o.add("ann@example.com", md5Of("correct horse"))
		if _, err := o.adopter(Plan{Weak: password.MD5, SaltColumn: "no such"}).beginAndAdopt(context.Background(), nothing); err == nil {
			t.Error("hashes were wrapped without their salts")
		}
		o.wantUnmade(id)
	})
}

// A wrapped hash becomes plain bcrypt at the first sign-in, beside password as long as the adoption is open.
func TestAWrappedHashBecomesBcryptAtTheNextSignIn(t *testing.T) {
	const early, late, never = "early@example.com", "late@example.com", "never@example.com"
	eachTable(t, func(t *testing.T, o *table) {
		ids := map[string]int64{}
		old := md5Of("correct horse")
		for _, email := range []string{early, late, never} {
			ids[email] = o.add(email, old)
		}
		o.adopt(Plan{Weak: password.MD5})

		wrapped := o.find(ids[early]).OwnHash
		o.wantLets(false, early, "wrong horse")
		if got := o.find(ids[early]).OwnHash; got != wrapped {
			t.Errorf("after a refused sign-in the own hash is %q, want %q", got, wrapped)
		}
		o.wantLets(true, early, "correct horse")
		u := o.find(ids[early])
		if password.FormatOf(u.OwnHash) != password.Bcrypt || u.Password != old {
			t.Errorf("after the sign-in %q stands beside %q, want bcrypt beside what the old program knows", u.OwnHash, u.Password)
		}
		o.wantLets(true, early, "correct horse")
		o.hasher.hashes()
		wantOutcome(t, o.adopt(Plan{Weak: password.MD5}), Outcome{})
		wantOutcome(t, o.adopt(Plan{}), Outcome{})
		if n := o.hasher.hashes(); n != 0 || o.find(ids[early]).OwnHash != u.OwnHash {
			t.Errorf("%d hashes were made anew, want none", n)
		}

		o.finish(Plan{}, Outcome{Moved: 3})
		for _, email := range []string{early, late, never} {
			want := map[string]password.Format{early: password.Bcrypt, late: password.Wrapped, never: password.Wrapped}[email]
			if got := password.FormatOf(o.find(ids[email]).Password); got != want {
				t.Errorf("%s has kind %v in password after the end, want %v", email, got, want)
			}
		}
		for range 2 {
			for _, email := range []string{early, late} {
				o.wantLets(true, email, "correct horse")
				o.wantLets(false, email, old)
				if got := password.FormatOf(o.find(ids[email]).Password); got != password.Bcrypt {
					t.Errorf("%s has kind %v in password after a sign-in, want bcrypt", email, got)
				}
				o.wantUnmade(ids[email])
			}
		}
	})
}

// finish ends an adoption.
func (o *table) finish(plan Plan, want Outcome) {
	o.t.Helper()
	done, err := o.adopter(plan).Finish(context.Background(), false, time.Now, nothing)
	if err != nil {
		o.t.Fatal(err)
	}
	wantOutcome(o.t, done, want)
	o.wantState(user.NoAdoption)
}

// The algorithm is what the operator says, never what the length alone tells.
func TestOnlyTheNamedAlgorithmIsWrapped(t *testing.T) {
	eachTable(t, func(t *testing.T, o *table) {
		for i, length := range []int{32, 40, 64, 128} {
			o.add(fmt.Sprintf("u%d@example.com", i), strings.Repeat("0a", length/2))
		}
		for i, weak := range []password.Weak{password.MD5, password.SHA1, password.SHA256, password.SHA512} {
			want := Outcome{Wrapped: 1}
			if i == 0 {
				want.Keys = 4
			}
			wantOutcome(t, o.adopt(Plan{Weak: weak}), want)
			if n := o.count("SELECT COUNT(*) FROM users WHERE gh_hash LIKE ?", "$gatehouse-wrapped$v=1,a="+string(weak)+",%"); n != 1 {
				t.Errorf("%d rows have a wrapped %s, want 1", n, weak)
			}
		}
	})
}

// A salt of bytes that are no text is still the salt.
func TestASaltOfBytesIsTakenAsItIs(t *testing.T) {
	eachTable(t, func(t *testing.T, o *table) {
		o.exec("ALTER TABLE users ADD COLUMN salt VARBINARY(20) NULL")
		for i, salt := range []string{"\xff\xfe\x00\x01", "\x00", "ab\x80"} {
			o.exec("DELETE FROM users")
			o.add("ann@example.com", md5Of(salt+"correct horse"))
			o.exec("UPDATE users SET salt = ?", []byte(salt))
			o.adopt(Plan{Weak: password.MD5, SaltColumn: "salt"})
			if !o.lets("ann@example.com", "correct horse") {
				t.Errorf("%d: refused with the salt %q; own hash %s", i, salt, o.rows()[0].OwnHash)
			}
		}
	})
}
