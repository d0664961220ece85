package adoption

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"gatehouse/db"
	"gatehouse/models/user"
)

func TestUndoForgetsTheHashesAndLeavesPasswords(t *testing.T) {
	const users = pageRows + 100
	eachTable(t, func(t *testing.T, o *table) {
		o.many(users)
		given, changed, stale := int64(1), int64(2), int64(3)
		o.adopt(Plan{})
		if err := user.In(o.conn).ReplacePassword(context.Background(), given, aBcrypt); err != nil {
			t.Fatal(err)
		}
		o.set(changed, "changed by the old program")
		o.exec("UPDATE users SET gh_hash_of = ? WHERE id = ?", []byte("stale"), stale)
		if n, err := Undo(context.Background(), o.conn.DB, time.Now); n != users-1 || err != nil {
			t.Errorf("Undo = %d, %v, want %d", n, err, users-1)
		}
		o.wantState(user.NoAdoption)
		if n := o.count("SELECT COUNT(*) FROM users WHERE gh_hash IS NOT NULL OR gh_hash_of IS NOT NULL"); n != 0 {
			t.Errorf("%d rows have something of ours beside password, want none", n)
		}
		if n := o.count("SELECT COUNT(*) FROM users WHERE password LIKE 'password %'"); n != users-2 {
			t.Errorf("%d passwords are as they were, want %d", n, users-2)
		}
		if got := o.find(given).Password; got != aBcrypt {
			t.Errorf("password = %q, want what Gatehouse wrote", got)
		}
		o.wantLets(false, "u5@example.com", "password 5")

		o.hasher.hashes()
		wantOutcome(t, o.adopt(Plan{}), Outcome{Hashed: users - 1})
		o.wantState(user.Open)
		o.wantLets(true, "u5@example.com", "password 5")
		o.wantLets(true, "u1@example.com", "changed by the old program")
		if n := o.hasher.hashes(); n != users-1 {
			t.Errorf("%d hashes were made after all were forgotten, want %d", n, users-1)
		}
	})
}

func TestUndoAfterNothingWasHashedEndsTheAdoption(t *testing.T) {
	eachTable(t, func(t *testing.T, o *table) {
		o.add("none@example.com", "")
		o.adopt(Plan{})
		if n, err := Undo(context.Background(), o.conn.DB, time.Now); n != 0 || err != nil {
			t.Errorf("Undo = %d, %v, want 0", n, err)
		}
		o.wantState(user.NoAdoption)
	})
}

func TestUndoPassesOverUsersWhoAreDeletedMeanwhile(t *testing.T) {
	eachTable(t, func(t *testing.T, o *table) {
		if o.conn.Engine() == db.MySQL {
			return // there a trigger changes no other row
		}
		o.many(3)
		o.adopt(Plan{})
		o.exec("CREATE TRIGGER leave AFTER UPDATE OF gh_hash ON users WHEN NEW.id = 1 BEGIN DELETE FROM users WHERE id = 2; END")
		if _, err := Undo(context.Background(), o.conn.DB, time.Now); err != nil {
			t.Error(err)
		}
		o.wantUnmade(1)
		o.wantUnmade(3)
		o.wantState(user.NoAdoption)
	})
}

func TestAnUndoThatBreaksOffIsUndoneToItsEnd(t *testing.T) {
	const users = pageRows + 100
	eachTable(t, func(t *testing.T, o *table) {
		o.many(users)
		o.adopt(Plan{})
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		if _, err := Undo(ctx, o.conn.DB, time.Now); err == nil {
			t.Error("an interrupted Undo is no error")
		}
		o.wantState(user.Open)

		goOn := o.stumble("gh_hash", pageRows+50)
		if _, err := Undo(context.Background(), o.conn.DB, time.Now); err == nil {
			t.Error("an Undo that broke off is no error")
		}
		o.wantState(user.Undoing)
		if n := o.count("SELECT COUNT(*) FROM users WHERE gh_hash IS NOT NULL"); n != users-pageRows {
			t.Errorf("%d hashes are left, want %d", n, users-pageRows)
		}
		last := fmt.Sprintf("u%d@example.com", users-1)
		o.wantLets(true, last, fmt.Sprintf("password %d", users-1)) // as long as it has a hash
		o.hasher.hashes()
		for name, act := range map[string]func() (Outcome, error){
			"Adopt": func() (Outcome, error) { return o.adopter(Plan{}).beginAndAdopt(context.Background(), nothing) },
			"Finish": func() (Outcome, error) {
				return o.adopter(Plan{}).Finish(context.Background(), true, time.Now, nothing)
			},
		} {
			if done, err := act(); !errors.Is(err, ErrUndoing) || done != (Outcome{}) {
				t.Errorf("%s: %+v, %v, want ErrUndoing", name, done, err)
			}
		}
		if n := o.hasher.hashes(); n != 0 {
			t.Errorf("%d hashes were made, want none", n)
		}

		goOn()
		if n, err := Undo(context.Background(), o.conn.DB, time.Now); n != users-pageRows || err != nil {
			t.Errorf("Undo = %d, %v, want %d", n, err, users-pageRows)
		}
		o.wantState(user.NoAdoption)
		o.wantLets(false, last, fmt.Sprintf("password %d", users-1))
		if n := o.count("SELECT COUNT(*) FROM users WHERE password LIKE 'password %'"); n != users {
			t.Errorf("%d passwords are as they were, want %d", n, users)
		}
	})
}

// A run that is under way when somebody undoes the adoption, such as one of --watch, brings no hash back.
func TestARunUnderWayStoresNothingAfterUndo(t *testing.T) {
	for name, act := range map[string]func(o *table) (Outcome, error){
		"Adopt": func(o *table) (Outcome, error) { return o.adopter(Plan{}).beginAndAdopt(context.Background(), nothing) },
		"Finish": func(o *table) (Outcome, error) {
			return o.adopter(Plan{}).Finish(context.Background(), true, time.Now, nothing)
		},
	} {
		eachTable(t, func(t *testing.T, o *table) {
			o.adopt(Plan{})
			id := o.add("ann@example.com", "correct horse")
			o.whileHashing("correct horse", func() {
				if _, err := Undo(context.Background(), o.conn.DB, time.Now); err != nil {
					t.Error(err)
				}
			})
			if done, err := act(o); !errors.Is(err, ErrNoAdoption) || done != (Outcome{}) {
				t.Errorf("%s: %+v, %v, want ErrNoAdoption", name, done, err)
			}
			o.wantUnmade(id)
			o.wantState(user.NoAdoption)
			if got := o.find(id).Password; got != "correct horse" {
				t.Errorf("%s: password = %q, want it as it was", name, got)
			}
			o.wantLets(false, "ann@example.com", "correct horse")
		})
	}
}

// One who finishes is not passed by another who is still adopting.
func TestARunUnderWayStoresNothingAfterFinish(t *testing.T) {
	eachTable(t, func(t *testing.T, o *table) {
		o.adopt(Plan{})
		id := o.add("ann@example.com", "correct horse")
		first := o.adopter(Plan{})
		o.whileHashing("correct horse", func() {
			other := newTable(t, o.conn)
			other.finish(Plan{}, Outcome{Hashed: 1, Keys: 1, Moved: 1})
			other.set(id, "correct horse") // the old program, which should not run any more
		})
		if done, err := first.Adopt(context.Background(), nothing); !errors.Is(err, ErrNoAdoption) || done != (Outcome{}) {
			t.Errorf("%+v, %v, want ErrNoAdoption", done, err)
		}
		o.wantUnmade(id)
	})
}

// Programs that write all columns of a row may leave an empty text there.
func TestAnEmptyOwnHashIsNone(t *testing.T) {
	eachTable(t, func(t *testing.T, o *table) {
		id := o.add("ann@example.com", "correct horse")
		o.adopt(Plan{})
		o.exec("UPDATE users SET gh_hash = '' WHERE id = ?", id)
		if n, err := Undo(context.Background(), o.conn.DB, time.Now); n != 0 || err != nil {
			t.Errorf("Undo = %d, %v, want 0", n, err)
		}
		o.adopt(Plan{})
		o.exec("UPDATE users SET gh_hash = '' WHERE id = ?", id)
		o.finish(Plan{}, Outcome{Hashed: 1, Moved: 1})
	})
}
