package adoption

import (
	"context"
	"database/sql"
	"testing"

	"gatehouse/db"
)

// key returns the canonical address of a row.
func (o *table) key(id int64) string {
	o.t.Helper()
	var key sql.NullString
	err := o.conn.QueryRow(context.Background(), func(r db.Row) error { return r.Scan(&key) }, "SELECT gh_email_key FROM users WHERE id = ?", id)
	if err != nil {
		o.t.Fatal(err)
	}
	return key.String
}

func (o *table) wantKey(id int64, want string) {
	o.t.Helper()
	if got := o.key(id); got != want {
		o.t.Errorf("key of user %d = %q, want %q", id, got, want)
	}
}

func TestAddressesGetTheirKeys(t *testing.T) {
	eachTable(t, func(t *testing.T, o *table) {
		plain, upper := o.add("ann@example.com", "correct horse"), o.add("Ben@Example.COM", "correct horse")
		domain := o.add("zoë@bücher.example", aBcrypt)
		none, stale := o.add("no address", "correct horse"), o.add("moved@example.com", "correct horse")
		o.exec("UPDATE users SET gh_email_key = 'left@example.com' WHERE id = ?", stale)
		wantOutcome(t, o.adopt(Plan{}), Outcome{Hashed: 4, Keys: 4})
		o.wantKey(plain, "ann@example.com")
		o.wantKey(upper, "ben@example.com")
		o.wantKey(domain, "zoë@xn--bcher-kva.example")
		o.wantKey(none, "")
		o.wantKey(stale, "moved@example.com")
		wantOutcome(t, o.adopt(Plan{}), Outcome{})
	})
}

// Of several rows with one address none may sign in, so none may be found by it at once either.
func TestSharedAddressesGetNoKey(t *testing.T) {
	eachTable(t, func(t *testing.T, o *table) {
		first, second := o.add("twice@example.com", "first horse"), o.add("Twice@Example.com", "second horse")
		for range 2 {
			o.adopt(Plan{})
			o.wantKey(first, "")
			o.wantKey(second, "")
			for _, plain := range []string{"first horse", "second horse"} {
				o.wantLets(false, "twice@example.com", plain)
			}
		}
		o.exec("UPDATE users SET email = 'other@example.com' WHERE id = ?", second)
		wantOutcome(t, o.adopt(Plan{}), Outcome{Keys: 2})
		o.wantLets(true, "twice@example.com", "first horse")
		o.wantLets(true, "other@example.com", "second horse")
	})
}

// An owner whose key another row holds, which has moved on to another address, gets it.
func TestAStaleKeyDoesNotKeepItsOwnerOut(t *testing.T) {
	eachTable(t, func(t *testing.T, o *table) {
		owner, moved := o.add("ann@example.com", "correct horse"), o.add("moved@example.com", aBcrypt)
		o.exec("UPDATE users SET gh_email_key = 'ann@example.com' WHERE id = ?", moved)
		o.adopt(Plan{})
		o.wantKey(owner, "ann@example.com")
		o.adopt(Plan{})
		o.wantKey(moved, "moved@example.com")
		o.wantLets(true, "ann@example.com", "correct horse")
	})
}

func TestAnAddressThatChangesMeanwhileGetsItsOwnKey(t *testing.T) {
	eachTable(t, func(t *testing.T, o *table) {
		id := o.add("ann@example.com", "correct horse")
		o.whileHashing("correct horse", func() { o.exec("UPDATE users SET email = 'moved@example.com'") })
		wantOutcome(t, o.adopt(Plan{}), Outcome{Hashed: 1, Keys: 1})
		o.wantKey(id, "moved@example.com")
		o.wantLets(true, "moved@example.com", "correct horse")
		o.wantLets(false, "ann@example.com", "correct horse")
	})
}

// Where case counts, the database takes them for different ones.
func TestAddressesThatDifferByCaseAloneGetNoKey(t *testing.T) {
	eachTable(t, func(t *testing.T, o *table) {
		if o.conn.Engine() == db.SQLite {
			return // its column takes them for the same
		}
		o.exec("ALTER TABLE users MODIFY email VARCHAR(254) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL")
		first, second := o.add("Bob@example.com", "correct horse"), o.add("BOB@example.com", "battery staple")
		alone := o.add("Ann@example.com", "correct horse")
		wantOutcome(t, o.adopt(Plan{}), Outcome{Hashed: 3, Keys: 1})
		o.wantKey(first, "")
		o.wantKey(second, "")
		o.wantKey(alone, "ann@example.com")
	})
}
