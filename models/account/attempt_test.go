package account

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"gatehouse/db"
	"gatehouse/db/dbtest"
	"gatehouse/models/event"
	"gatehouse/models/link"
	"gatehouse/models/password"
	"gatehouse/models/session"
	"gatehouse/models/throttle"
)

// overloaded hashes nothing.
type overloaded struct{ Passwords }

func (overloaded) Hash(context.Context, string) (string, error) { return "", password.ErrOverloaded }

func (overloaded) Verify(context.Context, string, string) (password.Verdict, error) {
	return password.Verdict{}, password.ErrOverloaded
}

func TestWhatCouldNotBeTriedCountsForNothing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		a, pool := newAccounts(t, conn, 4)
		one := throttle.Rule{Free: 1, Window: time.Hour}
		a.rules.Limits = Limits{Account: one, Device: one, Network: one, SignUp: one, Mail: one, Wait: time.Millisecond}
		a.throttle = throttle.New(conn.DB, time.Millisecond)
		ctx := t.Context()
		a.passwords = overloaded{pool}
		for range 2 {
			if _, err := a.SignUp(ctx, Application{Email: "ann@example.com", Password: "correct horse"}, Visitor{}, now); !errors.Is(err, password.ErrOverloaded) {
				t.Fatal(err)
			}
			if _, err := signIn(a, "ann@example.com", "correct horse", Visitor{}); !errors.Is(err, password.ErrOverloaded) {
				t.Fatal(err)
			}
		}
		a.passwords = pool
		signUp(t, a, "ann@example.com", Visitor{})
		if _, err := signIn(a, "ann@example.com", "correct horse", Visitor{}); err != nil {
			t.Error(err)
		}
	})
}

func TestAMailThatCannotBeAskedForCountsForNothing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		a, _ := newAccounts(t, conn, 4)
		one := throttle.Rule{Free: 1, Window: time.Hour}
		a.rules.Limits.Mail, a.throttle = one, throttle.New(conn.DB, time.Millisecond)
		exec(t, conn, "ALTER TABLE gatehouse_outbox RENAME TO gatehouse_elsewhere")
		for range 2 {
			if err := a.AskReset(t.Context(), "ann@example.com", Visitor{}, now); err == nil || errors.Is(err, throttle.ErrTooMany) {
				t.Fatal(err)
			}
		}
		exec(t, conn, "ALTER TABLE gatehouse_elsewhere RENAME TO gatehouse_outbox")
		if err := a.AskReset(t.Context(), "ann@example.com", Visitor{}, now); err != nil {
			t.Error(err)
		}
	})
}

func TestALinkThatIsGoodCountsForNothing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		a, _ := newAccounts(t, conn, 4)
		ann := signUp(t, a, "ann@example.com", Visitor{})
		token := linkOf(t, conn, ann.User.ID)
		a.rules.Limits.Network, a.throttle = throttle.Rule{Free: 1, Window: time.Hour}, throttle.New(conn.DB, time.Millisecond)
		for range 3 {
			if _, err := a.ResetPassword(t.Context(), token, "short", Visitor{}, now); err == nil || errors.Is(err, throttle.ErrTooMany) || errors.Is(err, throttle.ErrBusy) {
				t.Fatal(err)
			}
		}
	})
}

// linkOf makes a link to choose a new password.
func linkOf(t *testing.T, conn dbtest.Conn, userID int64) string {
	t.Helper()
	token, err := link.In(conn).Make(t.Context(), link.Reset, userID, "ann@example.com", time.Hour, now)
	if err != nil {
		t.Fatal(err)
	}
	return string(token)
}

// leaving is whoever goes away while a password is hashed.
type leaving struct {
	Passwords
	leave context.CancelFunc
}

func (l leaving) Hash(ctx context.Context, _ string) (string, error) {
	l.leave()
	return "", ctx.Err()
}

func (l leaving) Verify(ctx context.Context, _, _ string) (password.Verdict, error) {
	l.leave()
	return password.Verdict{}, ctx.Err()
}

func TestGoingAwayWhileAPasswordIsHashedCounts(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		a, pool := newAccounts(t, conn, 4)
		one := throttle.Rule{Free: 1, Window: time.Hour}
		a.rules.Limits.Network, a.rules.Limits.SignUp = one, one
		for name, try := range map[string]func(context.Context) error{
			"sign-in": func(ctx context.Context) error {
				_, err := a.SignIn(ctx, Credentials{Email: "ann@example.com", Password: "correct horse"}, Visitor{}, now)
				return err
			},
			"sign-up": func(ctx context.Context) error {
				_, err := a.SignUp(ctx, Application{Email: "ann@example.com", Password: "correct horse"}, Visitor{}, now)
				return err
			},
		} {
			ctx, leave := context.WithCancel(t.Context())
			a.passwords = leaving{pool, leave}
			if err := try(ctx); !errors.Is(err, context.Canceled) {
				t.Errorf("%s: %v", name, err)
			}
			if err := try(t.Context()); !errors.Is(err, throttle.ErrTooMany) {
				t.Errorf("%s: %v, want too many attempts", name, err)
			}
		}
	})
}

// Whoever goes away once it is known that they guessed wrong is counted and written all the same.
func TestGoingAwayAfterAWrongGuessHidesNothing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		a, pool := newAccounts(t, conn, 4)
		ann := signUp(t, a, "ann@example.com", Visitor{})
		a.rules.Limits.Network = throttle.Rule{Free: 1, Window: time.Hour}
		ctx, leave := context.WithCancel(t.Context())
		a.passwords = meanwhile{pool, leave}
		if _, err := a.SignIn(ctx, Credentials{Email: "ann@example.com", Password: "wrong horse"}, Visitor{}, now); !errors.Is(err, ErrBadCredentials) {
			t.Errorf("%v, want ErrBadCredentials", err)
		}
		if _, err := signIn(a, "ann@example.com", "correct horse", Visitor{}); !errors.Is(err, throttle.ErrTooMany) {
			t.Errorf("the next attempt: %v, want too many", err)
		}
		if list, err := a.History(t.Context(), event.Filter{Kind: event.SignInFailed, UserID: ann.User.ID}); err != nil || len(list) != 1 {
			t.Errorf("events: %v, %v, want one failure", list, err)
		}
	})
}

func TestGoingAwayWhileALinkIsLookedUpHidesNoGuess(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		ctx, leave := context.WithCancel(t.Context())
		o := conn.Options
		o.Trace = func(query string, _ []any) {
			if strings.Contains(query, "UPDATE gatehouse_attempts SET failures") { // it is known to be wrong, and about to be counted
				leave()
			}
		}
		leaving, err := db.Open(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		defer leaving.Close()
		a, _ := newAccounts(t, dbtest.Conn{DB: leaving}, 4)
		if _, err := a.ResetPassword(ctx, string(session.NewSecret()), "battery staple", Visitor{}, now); !errors.Is(err, link.ErrInvalid) {
			t.Errorf("%v, want ErrInvalid", err)
		}
		if list, err := a.History(t.Context(), event.Filter{Kind: event.LinkRefused}); err != nil || len(list) != 1 {
			t.Errorf("events: %v, %v, want one guess", list, err)
		}
	})
}

func TestGoingAwayHidesNoRequestOfAnotherSite(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		a, _ := newAccounts(t, conn, 4)
		gone, leave := context.WithCancel(t.Context())
		leave()
		if err := a.NoteCrossOrigin(gone, "192.0.2.1", now); err != nil {
			t.Error(err)
		}
		if list, err := a.History(t.Context(), event.Filter{Kind: event.CrossOriginRefused}); err != nil || len(list) != 1 {
			t.Errorf("events: %v, %v, want one", list, err)
		}
	})
}

// counting counts the hashes that are made.
type counting struct {
	Passwords
	hashes *int
}

func (c counting) Hash(ctx context.Context, plain string) (string, error) {
	*c.hashes++
	return c.Passwords.Hash(ctx, plain)
}

func TestApplicationsAreLimitedBeforeTheyCostAnything(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		for name, limit := range map[string]func(*Limits){
			"by the network": func(l *Limits) { l.SignUp.Free = 1 },
			"by the address": func(l *Limits) { l.Mail.Free = 1 },
		} {
			a, pool := newAccounts(t, conn, 4)
			limit(&a.rules.Limits)
			hashes := 0
			a.passwords = counting{pool, &hashes}
			in, v := Application{Email: name[len(name)-7:] + "@example.com", Password: "correct horse"}, Visitor{Device: session.Device{IP: name}}
			for i := range 3 {
				_, err := a.Apply(t.Context(), in, v, now)
				if i == 0 && err != nil || i > 0 && !errors.Is(err, throttle.ErrTooMany) {
					t.Errorf("%s: application %d: %v", name, i, err)
				}
			}
			if hashes != 1 {
				t.Errorf("%s: %d hashes, want 1", name, hashes)
			}
		}
	})
}
