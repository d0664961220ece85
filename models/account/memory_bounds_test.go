package account

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"gatehouse/db"
	"gatehouse/db/dbtest"
	"gatehouse/models/session"
)

func TestSessionsWithMuchInThemAreNotKept(t *testing.T) {
	onSQLite(t, func(t *testing.T, conn dbtest.Conn) {
		a := remembering(t, conn, 10, 0)
		in := signUp(t, a, "ann@example.com", Visitor{})
		if err := a.SaveData(t.Context(), in.Session.PublicID, []byte(`{"a":"`+strings.Repeat("x", maxData)+`"}`), now); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if asked, _, err := asks(t, a, in.visitor(), now); !asked || err != nil {
				t.Errorf("asked %v, %v", asked, err)
			}
		}
	})
}

func TestMemoryIsBounded(t *testing.T) {
	onSQLite(t, func(t *testing.T, conn dbtest.Conn) {
		a := remembering(t, conn, 3, 0)
		for i := range 8 {
			in := signUp(t, a, fmt.Sprintf("user%d@example.com", i), Visitor{})
			known(t, a, in.visitor())
			if n, m := len(a.memory.sessions), len(a.memory.users); n > 3 || m > 3 {
				t.Fatalf("%d sessions and %d users are kept, want 3 at most", n, m)
			}
		}
	})
}

func TestASessionInMemoryExpires(t *testing.T) {
	onSQLite(t, func(t *testing.T, conn dbtest.Conn) {
		a := remembering(t, conn, 10, 0)
		in := signUp(t, a, "ann@example.com", Visitor{})
		known(t, a, in.visitor())
		if _, _, err := asks(t, a, in.visitor(), in.Session.IdleExpires); err != session.ErrExpired {
			t.Errorf("at its idle limit: %v, want ErrExpired", err)
		}
	})
}

func TestVisitorsAndDoubtfulRequestsAreNotKept(t *testing.T) {
	onSQLite(t, func(t *testing.T, conn dbtest.Conn) {
		a := remembering(t, conn, 10, 0)
		_, secret, err := a.StartVisitor(t.Context(), nil, session.Device{}, now)
		if err != nil {
			t.Fatal(err)
		}
		one, two := signUp(t, a, "ann@example.com", Visitor{}), signUp(t, a, "ben@example.com", Visitor{})
		known(t, a, one.visitor())
		known(t, a, two.visitor())
		for range 2 {
			if asked, c, err := asks(t, a, Visitor{Secrets: []session.Secret{secret}}, now); !asked || c.User != nil || err != nil {
				t.Errorf("a visitor: asked %v, %v, %v", asked, c.User, err)
			}
			if _, _, err := asks(t, a, Visitor{Secrets: []session.Secret{one.Secret, two.Secret}}, now); err != session.ErrAmbiguous {
				t.Errorf("two sessions at once: %v, want ErrAmbiguous", err)
			}
		}
	})
}

func TestWithoutMemoryEveryCheckAsks(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		most := 0
		if conn.Engine() != db.SQLite {
			most = 10 // without an age there is none
		}
		a := remembering(t, conn, most, 0)
		in := signUp(t, a, "ann@example.com", Visitor{})
		for range 3 {
			if asked, _, err := asks(t, a, in.visitor(), now); !asked || err != nil {
				t.Errorf("asked %v, %v", asked, err)
			}
		}
	})
}

func TestOnMySQLMemoryHasAnAge(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		if conn.Engine() == db.SQLite {
			return
		}
		const age = 2 * time.Second
		a := remembering(t, conn, 10, age)
		in := signUp(t, a, "ann@example.com", Visitor{})
		known(t, a, in.visitor())
		if _, err := dbtest.OpenURL(t, conn.Options.URL).Exec(t.Context(), "UPDATE users SET role = 'editor', state = 0"); err != nil {
			t.Fatal(err)
		}
		if _, c, err := asks(t, a, in.visitor(), now.Add(age-time.Millisecond)); err != nil || c.User.Role != "user" {
			t.Errorf("before the age is over: %v, %v, want what is in memory", c.User, err)
		}
		if _, _, err := asks(t, a, in.visitor(), now.Add(age)); err != session.ErrNotFound {
			t.Errorf("at the age: %v, want ErrNotFound", err)
		}

		ben := signUp(t, a, "ben@example.com", Visitor{})
		known(t, a, ben.visitor())
		if _, err := a.SignOut(t.Context(), Local, ben.visitor(), now); err != nil {
			t.Fatal(err)
		}
		if _, _, err := asks(t, a, ben.visitor(), now); err != session.ErrNotFound {
			t.Errorf("after a logout at this server: %v, want ErrNotFound at once", err)
		}
	})
}
