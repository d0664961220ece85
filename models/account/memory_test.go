package account

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
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

// The database was asked before an act, and its answer comes after it.
func TestAnAnswerThatAnEndOvertookIsNotKept(t *testing.T) {
	onSQLite(t, func(t *testing.T, conn dbtest.Conn) {
		a, ctx := remembering(t, conn, 10, 0), t.Context()
		in := signUp(t, a, "ann@example.com", Visitor{})
		turn := a.memory.begin()
		found, err := a.find(ctx, in.visitor().hashes())
		if err != nil || len(found) != 1 {
			t.Fatalf("%v, %v", found, err)
		}
		if _, err := a.SignOut(ctx, Local, in.visitor(), now); err != nil {
			t.Fatal(err)
		}
		a.memory.keep(turn, found[0], now)
		if asked, _, err := asks(t, a, in.visitor(), now); err != session.ErrNotFound || !asked {
			t.Errorf("the check asked the database: %v, and found %v; want ErrNotFound from there", asked, err)
		}
	})
}

// What an act has ended is over for everybody from its answer on, however many checks run meanwhile.
func TestNoCheckOutlivesALogout(t *testing.T) {
	onSQLite(t, func(t *testing.T, conn dbtest.Conn) {
		a := remembering(t, conn, 10, 0)
		signUp(t, a, "ann@example.com", Visitor{})
		for range 40 {
			in, err := a.SignIn(t.Context(), Credentials{Email: "ann@example.com", Password: "correct horse"}, Visitor{}, now)
			if err != nil {
				t.Fatal(err)
			}
			var over atomic.Bool
			var wg sync.WaitGroup
			for range 3 {
				wg.Go(func() {
					for last := false; !last; {
						last = over.Load() // before the check begins
						_, err := a.Current(context.Background(), in.visitor().Secrets, now)
						if last && err != session.ErrNotFound {
							t.Errorf("a check after the logout found %v, want ErrNotFound", err)
						}
					}
				})
			}
			if _, err := a.SignOut(t.Context(), Local, in.visitor(), now); err != nil {
				t.Error(err)
			}
			over.Store(true)
			wg.Wait()
		}
	})
}

func TestAnotherProcessIsNoticedWithinASecond(t *testing.T) {
	onSQLite(t, func(t *testing.T, conn dbtest.Conn) {
		a := remembering(t, conn, 10, 0)
		in := signUp(t, a, "ann@example.com", Visitor{})
		other := dbtest.OpenURL(t, conn.Options.URL)
		for range 3 {
			known(t, a, in.visitor())
			if _, err := other.Exec(t.Context(), "UPDATE users SET state = 1 - state"); err != nil {
				t.Fatal(err)
			}
			written, err := time.Now(), error(nil)
			for err == nil && time.Since(written) < time.Second {
				_, err = a.Current(t.Context(), in.visitor().Secrets, now)
			}
			if err != session.ErrNotFound {
				t.Fatalf("a second after the user was disabled: %v, want ErrNotFound", err)
			}
			if _, err := other.Exec(t.Context(), "UPDATE users SET state = 1 - state"); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// Another process has ended the session a moment ago, and nobody has noticed yet.
func TestALogoutHoldsWhereTheSessionIsGoneAlready(t *testing.T) {
	onSQLite(t, func(t *testing.T, conn dbtest.Conn) {
		a := remembering(t, conn, 10, 0)
		other := dbtest.OpenURL(t, conn.Options.URL)
		for name, act := range map[string]func(in SignedIn) error{
			"logout": func(in SignedIn) error { _, err := a.SignOut(t.Context(), Local, in.visitor(), now); return err },
			"leave":  func(in SignedIn) error { return a.Leave(t.Context(), in.Current, now) },
		} {
			in := signUp(t, a, name+"@example.com", Visitor{})
			known(t, a, in.visitor())
			for _, query := range []string{"DELETE FROM sessions", "DELETE FROM users"} {
				if _, err := other.Exec(t.Context(), query); err != nil {
					t.Fatal(err)
				}
			}
			if err := act(in); err != nil {
				t.Fatal(err)
			}
			if _, _, err := asks(t, a, in.visitor(), now); err != session.ErrNotFound {
				t.Errorf("after the %s: %v, want ErrNotFound", name, err)
			}
		}
	})
}

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
