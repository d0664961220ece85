package adoption

import (
	"context"
	"errors"
	"testing"
	"time"

	"gatehouse/db"
	"gatehouse/models/user"
)

func TestNothingIsWrittenThatTheGuardRefuses(t *testing.T) {
	eachTable(t, func(t *testing.T, o *table) {
		ctx := context.Background()
		id := o.add("ann@example.com", "correct horse")
		foreign := errors.New("another secret has taken over")
		a := New(o.conn.DB, o.hasher, 2, o.marks, Plan{}, func(context.Context, db.Querier) error { return foreign })
		if done, err := a.beginAndAdopt(ctx, nothing); !errors.Is(err, foreign) || done != (Outcome{}) {
			t.Errorf("Adopt = %+v, %v, want the guard's error", done, err)
		}
		if u := o.find(id); u.OwnHash != "" || u.OwnMark != nil {
			t.Errorf("a hash was kept: %q", u.OwnHash)
		}
	})
}

// Of several rows with one address none is to sign in, so none may be found by it.
func TestAddressesOfSeveralRowsGetNoKey(t *testing.T) {
	eachTable(t, func(t *testing.T, o *table) {
		if o.conn.Engine() == db.MySQL {
			o.exec("ALTER TABLE users MODIFY email VARCHAR(254) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL")
		}
		o.add("Bob@example.com", "correct horse")
		o.add("BOB@example.com", "battery staple")
		alone := o.add("Ann@example.com", "correct horse")
		if done := o.adopt(Plan{}); done.Keys != 1 || done.Hashed != 3 {
			t.Errorf("outcome = %+v, want one key and three hashes", done)
		}
		email, err := user.ParseEmail("bob@example.com")
		if err != nil {
			t.Fatal(err)
		}
		if u, err := user.In(o.conn).FindByEmail(context.Background(), email); o.conn.Engine() == db.MySQL && !errors.Is(err, user.ErrNotFound) || err == nil {
			t.Errorf("user %d is found by an address of several, %v", u.ID, err)
		}
		if o.find(alone).LacksKey() {
			t.Error("an address of one row got no key")
		}
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
