package account

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"gatehouse/db/dbtest"
	"gatehouse/models/session"
)

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
