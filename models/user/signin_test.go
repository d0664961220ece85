package user

import (
	"bytes"
	"context"
	"errors"
	"testing"

	"gatehouse/db"
	"gatehouse/db/dbtest"
)

const theirText = "correct horse"

// alike are texts that the collation of our tables on MySQL takes for theirText.
var alike = []string{"Correct horse", "correct horse ", "corréct horse", "CORRECT HORSE   "}

func find(t *testing.T, q db.Querier, id int64) Stored {
	t.Helper()
	u, err := In(q).Find(context.Background(), id)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// adopted is a user with an own hash beside the text of an older program.
func adopted(t *testing.T, conn dbtest.Conn) Stored {
	t.Helper()
	execute(t, conn, "INSERT INTO users (email, password, role, state, gh_hash, gh_hash_of, gh_revision) VALUES (?, ?, ?, ?, ?, ?, ?)",
		"ann@example.com", theirText, "user", 1, "own hash", []byte("mark"), 1)
	u := find(t, conn, 1)
	u.Adopted = true
	return u
}

// proofs are the acts that take effect only while the password that was verified is the user's.
var proofs = map[string]func(s Store, u Stored) error{
	"Confirm":     func(s Store, u Stored) error { return s.Confirm(context.Background(), u) },
	"SignIn":      func(s Store, u Stored) error { return s.SignIn(context.Background(), u, "dearer hash", now) },
	"SetPassword": func(s Store, u Stored) error { return s.SetPassword(context.Background(), u, "new hash") },
}

func TestTheHashThatCountsIsTheAdoptedOneOrWhatStandsInPassword(t *testing.T) {
	u := Stored{Password: "password", OwnHash: "own hash"}
	if got := u.Hash(); got != "password" {
		t.Errorf("Hash = %q, want what stands in password where nobody has checked the mark", got)
	}
	u.Adopted = true
	if got := u.Hash(); got != "own hash" {
		t.Errorf("Hash = %q, want the own one", got)
	}
}

func TestNoActTakesEffectOnAUserWhoChangedMeanwhile(t *testing.T) {
	changes := map[string][]any{
		"the own hash":  {"UPDATE users SET gh_hash = ?", "Own hash"},
		"the mark":      {"UPDATE users SET gh_hash_of = ?", []byte("Mark")},
		"undone":        {"UPDATE users SET gh_hash = NULL, gh_hash_of = NULL"},
		"no mark":       {"UPDATE users SET gh_hash_of = NULL"},
		"the state":     {"UPDATE users SET state = 2"},
		"another text":  {"UPDATE users SET password = ?", "battery staple"},
		"moved":         {"UPDATE users SET password = gh_hash, gh_hash = NULL, gh_hash_of = NULL"},
		"no password":   {"UPDATE users SET password = ?", ""},
		"gone for good": {"DELETE FROM users"},
	}
	for _, text := range alike {
		changes["the text "+text] = []any{"UPDATE users SET password = ?", text}
	}
	for act, do := range proofs {
		for name, change := range changes {
			dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
				u := adopted(t, conn)
				execute(t, conn, change[0].(string), change[1:]...)
				before, errBefore := In(conn).Find(context.Background(), u.ID)
				err := conn.WithTx(context.Background(), func(tx *db.Tx) error { return do(In(tx), u) })
				if !errors.Is(err, ErrChanged) {
					t.Errorf("%s after %s: %v, want ErrChanged", act, name, err)
				}
				after, errAfter := In(conn).Find(context.Background(), u.ID)
				if after.Password != before.Password || after.OwnHash != before.OwnHash || !bytes.Equal(after.OwnMark, before.OwnMark) ||
					after.LastLogin != nil || !errors.Is(errAfter, errBefore) {
					t.Errorf("%s after %s: %+v, want %+v", act, name, after, before)
				}
			})
		}
	}
}

// A hash that counts because it stands in password is none of adopt's, and its row may have no own one.
func TestAHashInPasswordIsConfirmedWithoutAnOwnOne(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		u := adopted(t, conn)
		u.Adopted = false
		for _, change := range []string{
			"UPDATE users SET gh_hash = 'another'", "UPDATE users SET gh_hash = NULL, gh_hash_of = NULL", "UPDATE users SET name = 'Ann'",
		} {
			execute(t, conn, change)
			if err := In(conn).Confirm(context.Background(), u); err != nil {
				t.Errorf("after %s: %v", change, err)
			}
		}
		for _, change := range []string{"UPDATE users SET password = 'battery staple'", "UPDATE users SET password = 'correct horse', state = 0"} {
			execute(t, conn, change)
			if err := In(conn).Confirm(context.Background(), u); !errors.Is(err, ErrChanged) {
				t.Errorf("after %s: %v, want ErrChanged", change, err)
			}
		}
	})
}

func TestASignInWritesTheHashWhereTheVerifiedOneStands(t *testing.T) {
	for _, own := range []bool{true, false} {
		dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
			u := adopted(t, conn)
			u.Adopted = own
			if err := In(conn).SignIn(context.Background(), u, "dearer hash", now); err != nil {
				t.Fatal(err)
			}
			want := map[bool][2]string{true: {theirText, "dearer hash"}, false: {"dearer hash", "own hash"}}[own]
			after := find(t, conn, u.ID)
			if after.Password != want[0] || after.OwnHash != want[1] || string(after.OwnMark) != "mark" {
				t.Errorf("adopted %v: password %q, own hash %q, mark %q, want %q and %q", own, after.Password, after.OwnHash, after.OwnMark, want[0], want[1])
			}
			if after.LastLogin == nil || !after.LastLogin.Equal(now) {
				t.Errorf("last sign-in = %v, want %v", after.LastLogin, now)
			}
		})
	}
}

func TestANewPasswordForgetsWhatAdoptMade(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		for name, set := range map[string]func(u Stored) error{
			"SetPassword":     func(u Stored) error { return In(conn).SetPassword(context.Background(), u, "new hash") },
			"ReplacePassword": func(u Stored) error { return In(conn).ReplacePassword(context.Background(), u.ID, "new hash") },
		} {
			execute(t, conn, "DELETE FROM users")
			execute(t, conn, "INSERT INTO users (id, email, password, role, state, gh_hash, gh_hash_of) VALUES (1, 'ann@example.com', ?, 'user', 1, 'own hash', ?)", theirText, []byte("mark"))
			u := find(t, conn, 1)
			u.Adopted = true
			if err := set(u); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if after := find(t, conn, 1); after.Password != "new hash" || after.OwnHash != "" || after.OwnMark != nil {
				t.Errorf("%s: password %q, own hash %q, mark %x", name, after.Password, after.OwnHash, after.OwnMark)
			}
		}
	})
}

// What Confirm found stays so until the transaction ends: another program's change waits, and comes after.
func TestAConfirmedUserDoesNotChangeUntilTheEnd(t *testing.T) {
	for name, hold := range map[string]func(tx *db.Tx, u Stored) error{
		"Confirm": func(tx *db.Tx, u Stored) error { return In(tx).Confirm(context.Background(), u) },
		"Lock": func(tx *db.Tx, u Stored) error {
			present, err := In(tx).Lock(context.Background(), []int64{u.ID})
			if err == nil && (len(present) != 1 || present[u.ID].Password != theirText) {
				t.Errorf("Lock = %v", present)
			}
			return err
		},
	} {
		dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
			u := adopted(t, conn)
			written := make(chan error, 1)
			err := conn.WithTx(context.Background(), func(tx *db.Tx) error {
				if err := hold(tx, u); err != nil {
					return err
				}
				go func() {
					_, err := conn.Exec(context.Background(), "UPDATE users SET password = 'battery staple'")
					written <- err
				}()
				conn.AwaitLock(t, written)
				return nil
			})
			if err := errors.Join(err, <-written); err != nil {
				t.Fatal(err)
			}
			if got := find(t, conn, u.ID).Password; got != "battery staple" {
				t.Errorf("%s: password = %q, want the other program's", name, got)
			}
		})
	}
}
