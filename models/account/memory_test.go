package account

import (
	"context"
	"fmt"
	"testing"
	"time"

	"gatehouse/db"
	"gatehouse/db/dbtest"
	"gatehouse/models/session"
	"gatehouse/models/user"
)

// remembering returns accounts of which most sessions are kept in memory.
func remembering(t *testing.T, conn dbtest.Conn, most int, age time.Duration) *Accounts {
	t.Helper()
	a, _ := newAccounts(t, conn, 4)
	if err := a.Remember(t.Context(), most, age); err != nil {
		t.Fatal(err)
	}
	return a
}

func (in SignedIn) visitor() Visitor { return Visitor{Secrets: []session.Secret{in.Secret}} }

// asks tells whether a check of a session asks the database, and what it finds.
func asks(t *testing.T, a *Accounts, v Visitor, at time.Time) (asked bool, c Current, err error) {
	t.Helper()
	before := a.db.Statements()
	c, err = a.Current(t.Context(), v.Secrets, at)
	return a.db.Statements() != before, c, err
}

// known makes sure that the next check finds the session in memory.
func known(t *testing.T, a *Accounts, v Visitor) {
	t.Helper()
	if _, _, err := asks(t, a, v, now); err != nil {
		t.Fatal(err)
	}
	if asked, _, err := asks(t, a, v, now); asked || err != nil {
		t.Fatalf("asked the database: %v, %v; want a session that is kept in memory", asked, err)
	}
}

func onSQLite(t *testing.T, test func(t *testing.T, conn dbtest.Conn)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		if conn.Engine() == db.SQLite {
			test(t, conn)
		}
	})
}

func TestWhatEndsASessionEndsItInMemory(t *testing.T) {
	for name, act := range map[string]func(ctx context.Context, a *Accounts, in SignedIn) error{
		"logout": func(ctx context.Context, a *Accounts, in SignedIn) error {
			_, err := a.SignOut(ctx, Local, in.visitor(), now)
			return err
		},
		"logout everywhere": func(ctx context.Context, a *Accounts, in SignedIn) error {
			_, err := a.SignOut(ctx, Global, in.visitor(), now)
			return err
		},
		"password change": func(ctx context.Context, a *Accounts, in SignedIn) error {
			_, err := a.ChangePassword(ctx, in.Current, Visitor{}, "correct horse", "battery staple", now)
			return err
		},
		"fresh sign-in": func(ctx context.Context, a *Accounts, in SignedIn) error {
			_, err := a.Reauthenticate(ctx, in.Current, Visitor{}, "correct horse", now)
			return err
		},
		"another sign-in of the visitor": func(ctx context.Context, a *Accounts, in SignedIn) error {
			_, err := a.SignIn(ctx, Credentials{Email: "ann@example.com", Password: "correct horse"}, in.visitor(), now)
			return err
		},
		"leaving": func(ctx context.Context, a *Accounts, in SignedIn) error { return a.Leave(ctx, in.Current, now) },
		"disabled": func(ctx context.Context, a *Accounts, in SignedIn) error {
			return a.SetActive(ctx, Operator{}, in.User.ID, false, now)
		},
		"deleted": func(ctx context.Context, a *Accounts, in SignedIn) error { return a.Remove(ctx, in.User.ID, now) },
		"a row deleted by hand": func(ctx context.Context, a *Accounts, in SignedIn) error {
			_, err := a.db.Exec(ctx, "DELETE FROM users WHERE id = ?", in.User.ID)
			return err
		},
		"a state written by hand": func(ctx context.Context, a *Accounts, in SignedIn) error {
			_, err := a.db.Exec(ctx, "UPDATE users SET state = 2 WHERE email = 'ann@example.com'")
			return err
		},
		"an empty table": func(ctx context.Context, a *Accounts, _ SignedIn) error {
			_, err := a.db.Exec(ctx, "DELETE FROM sessions")
			return err
		},
		"a limit written by hand": func(ctx context.Context, a *Accounts, _ SignedIn) error {
			_, err := a.db.Exec(ctx, "UPDATE sessions SET absolute_expires = 1")
			return err
		},
		"a trigger": func(ctx context.Context, a *Accounts, in SignedIn) error {
			_, err := a.db.Exec(ctx, "CREATE TRIGGER out AFTER UPDATE ON users BEGIN DELETE FROM sessions WHERE user_id = NEW.id; END")
			if err == nil {
				_, err = a.db.Exec(ctx, "UPDATE users SET name = 'Ann' WHERE id = ?", in.User.ID)
			}
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			onSQLite(t, func(t *testing.T, conn dbtest.Conn) {
				a := remembering(t, conn, 10, 0)
				in := signUp(t, a, "ann@example.com", Visitor{})
				known(t, a, in.visitor())
				if err := act(t.Context(), a, in); err != nil {
					t.Fatal(err)
				}
				if _, c, err := asks(t, a, in.visitor(), now); err == nil {
					t.Errorf("the session is still live: %v", c.User)
				}
			})
		})
	}
}

func TestWhatChangesIsSeenAtTheNextCheck(t *testing.T) {
	onSQLite(t, func(t *testing.T, conn dbtest.Conn) {
		a, ctx := remembering(t, conn, 10, 0), t.Context()
		in := signUp(t, a, "ann@example.com", Visitor{})
		for name, act := range map[string]struct {
			do   func() error
			seen func(c Current) bool
		}{
			"role": {func() error { return a.SetRole(ctx, Operator{}, in.User.ID, "editor", now) }, func(c Current) bool { return c.User.Role == "editor" }},
			"name": {func() error {
				name := "Ann"
				_, err := a.UpdateProfile(ctx, in.Current, Changes{Name: Change{true, &name}}, now)
				return err
			}, func(c Current) bool { return c.User.Name != nil && *c.User.Name == "Ann" }},
			"values": {func() error { return a.SaveData(ctx, in.Session.PublicID, []byte(`{"a":1}`), now) }, func(c Current) bool { return string(c.Session.Data) == `{"a":1}` }},
			"last seen": {func() error {
				return a.Touch(ctx, in.Current, now.Add(2*time.Minute))
			}, func(c Current) bool { return c.Session.LastSeen.Equal(now.Add(2 * time.Minute)) }},
		} {
			known(t, a, in.visitor())
			if err := act.do(); err != nil {
				t.Fatal(err)
			}
			if _, c, err := asks(t, a, in.visitor(), now); err != nil || !act.seen(c) {
				t.Errorf("%s: the next check finds %+v, %v", name, c, err)
			}
		}
	})
}

// The user whom a check finds is shared by all requests, and not to be changed.
func TestWhatIsKeptIsWhatTheDatabaseHolds(t *testing.T) {
	onSQLite(t, func(t *testing.T, conn dbtest.Conn) {
		a := remembering(t, conn, 10, 0)
		in := signUp(t, a, "ann@example.com", Visitor{Device: session.Device{IP: "127.0.0.1", UserAgent: "curl"}})
		_, first, err := asks(t, a, in.visitor(), now)
		if err != nil {
			t.Fatal(err)
		}
		asked, second, err := asks(t, a, in.visitor(), now)
		if asked || err != nil || fmt.Sprint(first.Session) != fmt.Sprint(second.Session) || fmt.Sprint(*first.User) != fmt.Sprint(*second.User) {
			t.Errorf("asked %v: %+v, %v, want %+v", asked, second, err, first)
		}
		if u, err := user.In(conn).Find(t.Context(), in.User.ID); err != nil || fmt.Sprint(u.Email, u.Role, u.State) != fmt.Sprint(second.User.Email, second.User.Role, second.User.State) {
			t.Errorf("%+v, want %+v", second.User, u)
		}
	})
}
