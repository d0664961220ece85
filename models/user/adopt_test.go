package user

import (
	"context"
	"errors"
	"slices"
	"testing"

	"gatehouse/db"
	"gatehouse/db/dbtest"
)

func TestAnAdoptionIsNotedUntilItEnds(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		ctx := context.Background()
		execute(t, conn, "INSERT INTO gatehouse_meta (name, value) VALUES ('secret_check', 'x')")
		for _, state := range []Adoption{NoAdoption, Open, Open, Finishing, NoAdoption, Finishing, Open, NoAdoption, NoAdoption} {
			if err := In(conn).SetAdoption(ctx, state); err != nil {
				t.Fatal(err)
			}
			if got, err := In(conn).Adoption(ctx); got != state || err != nil {
				t.Errorf("Adoption = %q, %v, want %q", got, err, state)
			}
		}
		var n int
		if err := conn.QueryRow(ctx, func(r db.Row) error { return r.Scan(&n) }, "SELECT COUNT(*) FROM gatehouse_meta"); err != nil || n != 1 {
			t.Errorf("%d rows are left, want the other one; %v", n, err)
		}
	})
}

// Who holds an adoption can rely on its stage until the transaction ends.
func TestAHeldAdoptionStaysWhatItIs(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		ctx := context.Background()
		if state, err := In(conn).HoldAdoption(ctx); state != NoAdoption || err != nil {
			t.Errorf("without an adoption: %q, %v", state, err)
		}
		if err := In(conn).SetAdoption(ctx, Open); err != nil {
			t.Fatal(err)
		}
		turned := make(chan error, 1)
		err := conn.WithTx(ctx, func(tx *db.Tx) error {
			state, err := In(tx).HoldAdoption(ctx)
			if state != Open || err != nil {
				t.Errorf("HoldAdoption = %q, %v, want %q", state, err, Open)
			}
			go func() {
				turned <- conn.WithTx(ctx, func(tx *db.Tx) error {
					state, err := In(tx).HoldAdoption(ctx)
					if state != Finishing || err != nil {
						t.Errorf("the next one holds %q, %v, want %q", state, err, Finishing)
					}
					return In(tx).SetAdoption(ctx, Undoing)
				})
			}()
			conn.AwaitLock(t, turned)
			return In(tx).SetAdoption(ctx, Finishing)
		})
		if err := errors.Join(err, <-turned); err != nil {
			t.Fatal(err)
		}
		if state, err := In(conn).Adoption(ctx); state != Undoing || err != nil {
			t.Errorf("Adoption = %q, %v, want %q", state, err, Undoing)
		}
	})
}

func TestOwnHashesAreCounted(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		for want := range 3 {
			if n, err := In(conn).OwnHashes(context.Background()); n != want || err != nil {
				t.Errorf("OwnHashes = %d, %v, want %d", n, err, want)
			}
			execute(t, conn, "INSERT INTO users (email, password, role, state, gh_hash) VALUES ('x', 'x', 'user', 1, 'own hash'), ('x', 'x', 'user', 1, NULL)")
		}
	})
}

func TestOwnHashesAreKeptAndForgotten(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		ctx := context.Background()
		id := adopted(t, conn).ID
		if err := In(conn).SetOwnHash(ctx, id, "another", []byte("its mark")); err != nil {
			t.Fatal(err)
		}
		if u := find(t, conn, id); u.OwnHash != "another" || string(u.OwnMark) != "its mark" || u.Password != theirText {
			t.Errorf("own hash %q, mark %q, password %q", u.OwnHash, u.OwnMark, u.Password)
		}
		if err := In(conn).SetOwnHash(ctx, id, "", nil); err != nil {
			t.Fatal(err)
		}
		var n int
		err := conn.QueryRow(ctx, func(r db.Row) error { return r.Scan(&n) }, "SELECT COUNT(*) FROM users WHERE gh_hash IS NULL AND gh_hash_of IS NULL")
		if err != nil || n != 1 {
			t.Errorf("the columns are not NULL again; %v", err)
		}
		if err := In(conn).SetOwnHash(ctx, id+1, "x", nil); !errors.Is(err, ErrNotFound) {
			t.Errorf("a user who is not there: %v, want ErrNotFound", err)
		}
	})
}

func TestOnlyWhoIsCalledAdminIsConfirmedAsOne(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		ctx := context.Background()
		id := adopted(t, conn).ID
		if err := In(conn).ConfirmAdmin(ctx, id, now); !errors.Is(err, ErrNotFound) || find(t, conn, id).Admin {
			t.Errorf("a user whose role is user: %v, want ErrNotFound", err)
		}
		execute(t, conn, "UPDATE users SET role = 'admin'")
		if find(t, conn, id).Admin {
			t.Error("the role alone makes an admin of Gatehouse")
		}
		if err := In(conn).ConfirmAdmin(ctx, id, now); err != nil || !find(t, conn, id).Admin {
			t.Errorf("a confirmed admin is none: %v", err)
		}
	})
}

func TestTextsOfAnyColumnAreReadByID(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		ctx := context.Background()
		execute(t, conn, "ALTER TABLE users ADD COLUMN `a ``quoted`` \"name\"; --` VARCHAR(20)")
		for _, salt := range []any{"pepper", nil, 7, ""} {
			execute(t, conn, "INSERT INTO users (email, password, role, state, `a ``quoted`` \"name\"; --`) VALUES ('x', 'x', 'user', 1, ?)", salt)
		}
		got, err := In(conn).Texts(ctx, "a `quoted` \"name\"; --", []int64{1, 2, 3, 9})
		if err != nil || len(got) != 3 || got[1] != "pepper" || got[2] != "" || got[3] != "7" {
			t.Errorf("Texts = %v, %v", got, err)
		}
		if got, err := In(conn).Texts(ctx, "no such column", nil); err != nil || len(got) != 0 {
			t.Errorf("Texts of nobody = %v, %v", got, err)
		}
		if _, err := In(conn).Texts(ctx, "no such column", []int64{1}); err == nil {
			t.Error("a column that is not there was read")
		}
	})
}

func TestWhoLacksAKey(t *testing.T) {
	for _, test := range []struct {
		email, key string
		want       bool
	}{
		{"ann@example.com", "", true},
		{"ann@example.com", "ann@example.com", false},
		{"Ann@Example.com", "ann@example.com", false},
		{"ann@example.com", "ben@example.com", true},
		{"ann@example.com", "Ann@example.com", true},
		{"no address", "", false},
		{"no address", "stale@example.com", false},
		{"", "", false},
	} {
		if got := (Stored{User: User{Email: test.email}, key: test.key}).LacksKey(); got != test.want {
			t.Errorf("%q with the key %q lacks one: %v, want %v", test.email, test.key, got, test.want)
		}
	}
}

func TestSkimReadsWhatThereIs(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		adopted(t, conn)
		execute(t, conn, "UPDATE users SET role = 'admin', gh_admin = 1, gh_email_key = 'ann@example.com', state = 2")
		skim := func(columns ...string) (u Stored) {
			t.Helper()
			n := 0
			err := In(conn).Skim(context.Background(), func(c string) bool { return slices.Contains(columns, c) }, func(read Stored) { n, u = n+1, read })
			if err != nil || n != 1 {
				t.Fatalf("%d users, %v", n, err)
			}
			return u
		}
		u := skim("state", "role", "gh_admin", "gh_email_key", "gh_hash", "gh_hash_of")
		if u.ID != 1 || u.Email != "ann@example.com" || u.Password != theirText || u.State != 2 || u.Role != "admin" || !u.Admin ||
			u.OwnHash != "own hash" || string(u.OwnMark) != "mark" || u.LacksKey() {
			t.Errorf("with all columns: %+v", u)
		}
		u = skim()
		if u.ID != 1 || u.Email != "ann@example.com" || u.Password != theirText || !u.Active() || u.Role != "" || u.Admin || u.OwnHash != "" || u.OwnMark != nil || !u.LacksKey() {
			t.Errorf("without them: %+v", u)
		}
	})
}

func TestLockReturnsThoseWhoExist(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		u := adopted(t, conn)
		for _, ids := range [][]int64{nil, {u.ID + 1}, {u.ID, u.ID + 1}} {
			present, err := In(conn).Lock(context.Background(), ids)
			if err != nil || len(present) != len(ids)/2 {
				t.Errorf("Lock of %v = %v, %v", ids, present, err)
			}
		}
	})
}
