package account

import (
	"context"
	"errors"
	"testing"
	"time"

	"gatehouse/db"
	"gatehouse/db/dbtest"
	"gatehouse/models/link"
	"gatehouse/models/mail"
	"gatehouse/models/session"
	"gatehouse/models/throttle"
	"gatehouse/models/user"
)

// A sign-in that has written the user's row, but not its session yet, is waited for; then its session ends too.
func TestAnOperatorsActEndsTheSessionOfASignInUnderWay(t *testing.T) {
	for name, act := range map[string]func(a *Accounts, id int64) error{
		"disable": func(a *Accounts, id int64) error {
			return a.SetActive(context.Background(), Operator{}, id, false, now)
		},
		"set-password": func(a *Accounts, id int64) error {
			return a.ReplacePassword(context.Background(), id, "another good one", now)
		},
		"end-sessions": func(a *Accounts, id int64) error {
			_, err := a.EndSessionsOf(context.Background(), Operator{}, id, now)
			return err
		},
		"delete": func(a *Accounts, id int64) error { return a.Remove(context.Background(), id, now) },
	} {
		dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
			a, _ := newAccounts(t, conn, 4)
			ann := signUp(t, a, "ann@example.com", Visitor{})
			if left := endDuringSignIn(t, conn, a, ann, func() error { return act(a, ann.User.ID) }); len(left) != 0 {
				t.Errorf("%s: %d sessions are left", name, len(left))
			}
		})
	}
}

// endDuringSignIn does an act of or to a user while they sign in once more, and returns the sessions that are left then.
func endDuringSignIn(t *testing.T, conn dbtest.Conn, a *Accounts, in SignedIn, act func() error) []session.Session {
	t.Helper()
	ctx, id := context.Background(), in.User.ID
	u := row(t, conn, id)
	done := make(chan error, 1)
	err := conn.WithTx(ctx, func(tx *db.Tx) error {
		if err := user.In(tx).SignIn(ctx, u, u.Password, now); err != nil {
			return err
		}
		go func() { done <- act() }()
		conn.AwaitLock(t, done)
		s, _ := session.New(id, false, a.rules.Sessions, session.Device{}, now)
		return session.In(tx).Create(ctx, s)
	})
	if err = errors.Join(err, <-done); err != nil {
		t.Fatal(err)
	}
	left, err := a.Sessions(ctx, id, now)
	if err != nil {
		t.Fatal(err)
	}
	return left
}

func TestAPasswordOfAnOperatorIsToldAndLetsNobodyElseStay(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		a, _ := newAccounts(t, conn, 4)
		a.rules.Limits.Account = throttle.Rule{Free: 1, Delay: time.Hour, MaxDelay: time.Hour, Window: time.Hour, AtOnce: 1}
		a.throttle = throttle.New(conn.DB, time.Millisecond)
		id := signUp(t, a, "ann@example.com", Visitor{}).User.ID
		wantBelongings(t, conn, id, 1, 1, 0, 0)
		for _, want := range []error{ErrBadCredentials, throttle.ErrTooMany} {
			if _, err := signIn(a, "ann@example.com", "wrong horse", Visitor{}); !errors.Is(err, want) {
				t.Fatalf("%v, want %v", err, want)
			}
		}
		if err := a.ReplacePassword(t.Context(), id, "battery staple", now); err != nil {
			t.Fatal(err)
		}
		wantBelongings(t, conn, id, 0, 0, 0, 1) // the notice
		if _, err := signIn(a, "ann@example.com", "battery staple", Visitor{}); err != nil {
			t.Errorf("sign-in: %v", err)
		}
	})
}

func TestTheSessionsOfAllUsersEnd(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		a, _ := newAccounts(t, conn, 4)
		for _, email := range []string{"ann@example.com", "bob@example.com", "cat@example.com"} {
			signUp(t, a, email, Visitor{})
		}
		exec(t, conn, "DELETE FROM users WHERE email = ?", "bob@example.com") // as another program may
		for _, table := range []string{"users SET id = -3 WHERE id", "sessions SET user_id = -3 WHERE user_id"} {
			exec(t, conn, "UPDATE "+table+" = 3")
		}
		for _, want := range []int{2, 0} {
			sessions, users, err := a.EndAllSessions(t.Context(), Operator{}, now)
			if sessions != want || users != want || err != nil {
				t.Errorf("ended %d of %d users, %v, want %d of %d", sessions, users, err, want, want)
			}
		}
		var left int64
		err := conn.QueryRow(t.Context(), func(r db.Row) error { return r.Scan(&left) }, "SELECT MIN(user_id) FROM sessions")
		if err != nil || left != 2 {
			t.Errorf("sessions of user %d are left, %v, want those of the deleted user 2 alone", left, err)
		}
	})
}

func TestTheWishesOfThoseWithoutASessionEndWithAllSessions(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		a, _ := newAccounts(t, conn, 4)
		mailed, waits := signUp(t, a, "ann@example.com", Visitor{}).User, signUp(t, a, "bob@example.com", Visitor{}).User
		exec(t, conn, "DELETE FROM sessions")
		exec(t, conn, "DELETE FROM gatehouse_devices")
		if _, err := link.In(conn).Make(t.Context(), link.EmailChange, mailed.ID, "thief@example.com", time.Hour, now); err != nil {
			t.Fatal(err)
		}
		if err := mail.In(conn).Add(t.Context(), mail.EmailChange, waits.ID, "thief@example.com", now); err != nil {
			t.Fatal(err)
		}
		if sessions, users, err := a.EndAllSessions(t.Context(), Operator{}, now); sessions != 0 || users != 0 || err != nil {
			t.Errorf("ended %d of %d users, %v, want none", sessions, users, err)
		}
		wantBelongings(t, conn, mailed.ID, 0, 0, 0, 0)
		wantBelongings(t, conn, waits.ID, 0, 0, 0, 0)
	})
}
