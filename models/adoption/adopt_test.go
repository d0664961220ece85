package adoption

import (
	"context"
	"crypto/md5"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"testing"

	"golang.org/x/crypto/bcrypt"

	"gatehouse/models/password"
	"gatehouse/models/user"
)

func md5Of(text string) string {
	sum := md5.Sum([]byte(text))
	return hex.EncodeToString(sum[:])
}

func bcryptOf(t *testing.T, plain string) string {
	t.Helper()
	hash, err := bcrypt.GenerateFromPassword([]byte(plain), 4)
	if err != nil {
		t.Fatal(err)
	}
	return string(hash)
}

func TestAdoptedUsersSignInAndTheirPasswordsStay(t *testing.T) {
	long := strings.Repeat("long ", 14) + "password"
	eachTable(t, func(t *testing.T, o *table) {
		for i, test := range []struct {
			name, stored, typed string
			own                 password.Format // of the hash beside password; Unknown is none
			signsIn             bool
		}{
			{"plain text", "correct horse", "correct horse", password.Bcrypt, true},
			{"letters with accents", "Pässwörd mit ß 🙂", "Pässwörd mit ß 🙂", password.Bcrypt, true},
			{"blanks around", "  blanks  ", "  blanks  ", password.Bcrypt, true},
			{"over 72 bytes", long, long, password.BcryptSHA256, true},
			{"digits", "0123456789", "0123456789", password.Bcrypt, true},
			{"bcrypt", bcryptOf(t, "correct horse"), "correct horse", password.Unknown, true},
			{"Dovecot's bcrypt", "{BLF-CRYPT}" + bcryptOf(t, "correct horse"), "correct horse", password.Bcrypt, true},
			{"MD5", md5Of("correct horse"), "correct horse", password.Wrapped, true},
			{"MD5 in capitals", strings.ToUpper(md5Of("correct horse")), "correct horse", password.Wrapped, true},
			{"undecided", strings.Repeat("0a", 20), strings.Repeat("0a", 20), password.Unknown, false},
			{"no password", "", " ", password.Unknown, false},
		} {
			t.Run(test.name, func(t *testing.T) {
				o.t = t
				email := fmt.Sprintf("u%d@example.com", i)
				id := o.add(email, test.stored)
				o.wantLets(test.own == password.Unknown && test.signsIn, email, test.typed)
				o.adopt(Plan{Weak: password.MD5})
				u := o.find(id)
				if got := password.FormatOf(u.OwnHash); got != test.own {
					t.Errorf("kind of the own hash = %v, want %v", got, test.own)
				}
				if fits, old := o.marks.Fits(u.OwnMark, id, test.stored); fits != (test.own != password.Unknown) || old {
					t.Errorf("the mark fits: %v, old: %v", fits, old)
				}
				if u.Password != test.stored {
					t.Errorf("password = %q, want it as it was", u.Password)
				}
				o.wantLets(test.signsIn, email, test.typed)
				o.wantLets(false, email, test.typed+" ")
				if test.stored != test.typed && test.stored != "" {
					o.wantLets(false, email, test.stored) // whoever has stolen the table
				}
				if now := o.find(id).Password; now != test.stored {
					t.Errorf("password after the sign-in = %q, want it as it was", now)
				}
			})
		}
	})
}

func TestEachKindOfWorkIsCountedOnce(t *testing.T) {
	eachTable(t, func(t *testing.T, o *table) {
		o.add("a@example.com", "correct horse")
		o.add("b@example.com", "battery staple")
		o.add("c@example.com", md5Of("x"))
		o.add("d@example.com", "{BLF-CRYPT}"+aBcrypt)
		o.add("e@example.com", aBcrypt)
		o.add("f@example.com", "")
		o.add("no address", strings.Repeat("0a", 20))
		o.wantState(user.NoAdoption)
		wantOutcome(t, o.adopt(Plan{Weak: password.MD5}), Outcome{Hashed: 2, Wrapped: 1, Respelled: 1, Keys: 6})
		o.wantState(user.Open)
		if n := o.hasher.hashes(); n != 3 {
			t.Errorf("%d hashes were made, want 3", n)
		}
		before := o.rows()
		wantOutcome(t, o.adopt(Plan{Weak: password.MD5}), Outcome{})
		if n := o.hasher.hashes(); n != 0 {
			t.Errorf("the second run made %d hashes, want none", n)
		}
		for i, u := range o.rows() {
			if u.OwnHash != before[i].OwnHash {
				t.Errorf("user %d got another hash", u.ID)
			}
		}
		o.wantState(user.Open)
	})
}

func TestWhatWasUndecidedIsAdoptedOnceItIsDecided(t *testing.T) {
	eachTable(t, func(t *testing.T, o *table) {
		o.add("md5@example.com", md5Of("correct horse"))
		o.add("hex@example.com", strings.Repeat("0a", 20))
		wantOutcome(t, o.adopt(Plan{}), Outcome{Keys: 2})
		wantOutcome(t, o.adopt(Plan{Weak: password.MD5}), Outcome{Wrapped: 1})
		wantOutcome(t, o.adopt(Plan{Plain: true}), Outcome{Hashed: 1})
		o.wantLets(true, "md5@example.com", "correct horse")
		o.wantLets(false, "md5@example.com", md5Of("correct horse"))
		o.wantLets(true, "hex@example.com", strings.Repeat("0a", 20))
	})
}

// many inserts n rows with one plain text each: "password" and the number, from 0 on. They have their keys already, which
// are no concern of the tests with many rows.
func (o *table) many(n int) {
	o.t.Helper()
	o.hasher.hurry = n > 100
	for start := 0; start < n; start += 200 {
		var values []string
		for i := start; i < min(start+200, n); i++ {
			values = append(values, fmt.Sprintf("('u%[1]d@example.com', 'u%[1]d@example.com', 'password %[1]d', 'user', 1)", i))
		}
		o.exec("INSERT INTO users (email, gh_email_key, password, role, state) VALUES " + strings.Join(values, ", "))
	}
}

func TestARunThatBreaksOffGoesOnWithTheRest(t *testing.T) {
	const users = pageRows + 200
	eachTable(t, func(t *testing.T, o *table) {
		o.many(users)
		ctx, cancel := context.WithCancel(context.Background())
		calls := 0
		o.hasher.during = func(string) error {
			if calls++; calls == users/2 {
				cancel()
			}
			return nil
		}
		seen := 0
		first, err := o.adopter(Plan{}).beginAndAdopt(ctx, func(rows int) { seen += rows })
		o.hasher.during = nil
		if !errors.Is(err, context.Canceled) {
			t.Fatalf("%v, want context.Canceled", err)
		}
		kept := map[int64]string{}
		for _, u := range o.rows() {
			if u.OwnHash != "" {
				kept[u.ID] = u.OwnHash
			}
		}
		// So many at most were made and not stored: those of one transaction.
		if n := len(kept); n != first.Hashed || n != seen || n > users/2 || n < users/2-2*perWorker {
			t.Errorf("%d hashes were kept, %d counted, %d told, want nearly %d", n, first.Hashed, seen, users/2)
		}
		o.hasher.hashes()
		second := o.adopt(Plan{})
		if n := o.hasher.hashes(); n != users-len(kept) || second.Hashed != n {
			t.Errorf("the second run made %d hashes and counts %d, want %d", n, second.Hashed, users-len(kept))
		}
		for _, u := range o.rows() {
			fits, _ := o.marks.Fits(u.OwnMark, u.ID, u.Password)
			if !fits || sampled(int(u.ID)-1) && bcrypt.CompareHashAndPassword([]byte(u.OwnHash), []byte(u.Password)) != nil {
				t.Fatalf("user %d has the hash of another text", u.ID)
			}
			if was := kept[u.ID]; was != "" && was != u.OwnHash {
				t.Fatalf("user %d was hashed twice", u.ID)
			}
		}
	})
}

func TestARowThatCannotBeHashedIsNamedAndEndsTheRun(t *testing.T) {
	eachTable(t, func(t *testing.T, o *table) {
		broken := errors.New("broken")
		o.many(3)
		o.hasher.during = func(text string) error {
			if text == "password 1" {
				return broken
			}
			return nil
		}
		_, err := o.adopter(Plan{}).beginAndAdopt(context.Background(), nothing)
		if !errors.Is(err, broken) || !strings.Contains(err.Error(), "user 2") || strings.Contains(err.Error(), "password") {
			t.Errorf("%v, want user 2, the cause, and no password", err)
		}
		if n := o.count("SELECT COUNT(*) FROM users WHERE gh_hash IS NOT NULL"); n != 0 {
			t.Errorf("%d hashes were stored, want none of that transaction", n)
		}
		o.hasher.during = nil
		wantOutcome(t, o.adopt(Plan{}), Outcome{Hashed: 3})
	})
}

func TestTheProgressAddsUpToAllRows(t *testing.T) {
	eachTable(t, func(t *testing.T, o *table) {
		o.many(40)
		o.exec("UPDATE users SET password = '' WHERE id > 20 AND id <= 30")
		seen, steps := 0, 0
		_, err := o.adopter(Plan{}).beginAndAdopt(context.Background(), func(rows int) { seen += rows; steps++ })
		if err != nil || seen != 40 || steps != 2 { // 16 hashes make a transaction
			t.Errorf("%d rows in %d steps, want 40 in 2; %v", seen, steps, err)
		}
	})
}

func TestARowWithAnIDBelowZeroIsAdoptedToo(t *testing.T) {
	eachTable(t, func(t *testing.T, o *table) {
		o.exec("INSERT INTO users (id, email, password, role, state) VALUES (-5, 'below@example.com', 'correct horse', 'user', 1)")
		wantOutcome(t, o.adopt(Plan{}), Outcome{Hashed: 1, Keys: 1})
		o.wantLets(true, "below@example.com", "correct horse")
	})
}

func TestDisabledUsersAreAdoptedAndStayOut(t *testing.T) {
	eachTable(t, func(t *testing.T, o *table) {
		o.add("off@example.com", "correct horse")
		o.exec("UPDATE users SET state = 2")
		wantOutcome(t, o.adopt(Plan{}), Outcome{Hashed: 1, Keys: 1})
		o.wantLets(false, "off@example.com", "correct horse")
		o.exec("UPDATE users SET state = 1")
		o.wantLets(true, "off@example.com", "correct horse")
	})
}
