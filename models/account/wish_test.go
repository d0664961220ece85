package account

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"gatehouse/db"
	"gatehouse/db/dbtest"
	"gatehouse/models/link"
	"gatehouse/models/mail"
	"gatehouse/models/session"
	"gatehouse/models/token"
	"gatehouse/models/user"
)

// ends are the acts that end another session of a user than their own, or all.
var ends = map[string]func(ctx context.Context, a *Accounts, own, other SignedIn) error{
	"new password": func(ctx context.Context, a *Accounts, own, _ SignedIn) error {
		_, err := a.ChangePassword(ctx, own.Current, Visitor{}, "correct horse", "battery staple", now)
		return err
	},
	"reset": func(ctx context.Context, a *Accounts, own, _ SignedIn) error {
		token, err := link.In(a.db).Make(ctx, link.Reset, own.User.ID, own.User.Email, time.Hour, now)
		if err == nil {
			_, err = a.ResetPassword(ctx, string(token), "battery staple", Visitor{}, now)
		}
		return err
	},
	"end of the others": func(ctx context.Context, a *Accounts, own, _ SignedIn) error {
		return a.EndOthers(ctx, own.Current, now)
	},
	"end of the other": func(ctx context.Context, a *Accounts, own, other SignedIn) error {
		return a.EndSession(ctx, own.Current, other.Session.PublicID, now)
	},
	"end by an operator": func(ctx context.Context, a *Accounts, own, _ SignedIn) error {
		_, err := a.EndSessionsOf(ctx, Operator{}, own.User.ID, now)
		return err
	},
	"disabled": func(ctx context.Context, a *Accounts, own, _ SignedIn) error {
		return a.SetActive(ctx, Operator{}, own.User.ID, false, now)
	},
	"deleted": func(ctx context.Context, a *Accounts, own, _ SignedIn) error { return a.Leave(ctx, own.Current, now) },
}

func TestNobodyWishesForAnAddressInASessionThatHasEnded(t *testing.T) {
	for name, end := range ends {
		t.Run(name, func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
				a, own, other := signedInTwice(t, conn)
				if err := end(t.Context(), a, own, other); err != nil {
					t.Fatal(err)
				}
				err := a.AskEmailChange(t.Context(), other.Current, "thief@example.com", Visitor{}, now)
				if !errors.Is(err, session.ErrNotFound) && !errors.Is(err, user.ErrNotFound) {
					t.Errorf("asked: %v", err)
				}
				wantNoWish(t, conn)
			})
		})
	}
}

// The session was good when the request came, and its end may come at any moment of it.
func TestAWishBesideTheEndOfItsSessionIsVoid(t *testing.T) {
	for name, end := range ends {
		t.Run(name, func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
				a, own, other := signedInTwice(t, conn)
				asked := make(chan error, 5)
				for range cap(asked) {
					go func() {
						asked <- a.AskEmailChange(context.Background(), other.Current, "thief@example.com", Visitor{}, now)
					}()
				}
				if err := end(t.Context(), a, own, other); err != nil {
					t.Error(err)
				}
				for range cap(asked) {
					if err := <-asked; err != nil && !errors.Is(err, session.ErrNotFound) && !errors.Is(err, user.ErrNotFound) {
						t.Error(err)
					}
				}
				wantNoWish(t, conn)
			})
		})
	}
}

// The user's row is what all wait for: two who write nothing of the same do not hinder each other, on a cluster least of all.
func TestAWishThatIsUnderWayIsVoidAfterTheEndOfOneSession(t *testing.T) {
	for name, end := range map[string]func(a *Accounts, own, other SignedIn, used string) error{
		"from the list": func(a *Accounts, own, other SignedIn, _ string) error {
			return a.EndSession(context.Background(), own.Current, other.Session.PublicID, now)
		},
		"by a refresh token that comes twice": func(a *Accounts, _, _ SignedIn, used string) error {
			_, err := a.Refresh(context.Background(), used, now.Add(time.Minute))
			if errors.Is(err, token.ErrReused) {
				return nil
			}
			return fmt.Errorf("%w, want token.ErrReused", err)
		},
	} {
		t.Run(name, func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
				a, own, other := signedInTwice(t, conn)
				family, err := a.SignInForTokens(t.Context(), Credentials{Email: "ann@example.com", Password: "correct horse"}, Visitor{}, now)
				if err == nil {
					_, err = a.Refresh(t.Context(), family.Refresh, now)
				}
				if err != nil {
					t.Fatal(err)
				}
				done := make(chan error, 1)
				err = conn.WithTx(t.Context(), func(tx *db.Tx) error {
					if err := user.In(tx).Hold(t.Context(), own.User.ID); err != nil {
						return err
					}
					go func() { done <- end(a, own, other, family.Refresh) }()
					conn.AwaitLock(t, done)
					return mail.In(tx).Add(t.Context(), mail.EmailChange, own.User.ID, "thief@example.com", now)
				})
				if err := errors.Join(err, <-done); err != nil {
					t.Fatal(err)
				}
				wantNoWish(t, conn)
			})
		})
	}
}

func TestAWishWaitsForTheEndOfItsSession(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		a, own, other := signedInTwice(t, conn)
		done := make(chan error, 1)
		err := conn.WithTx(t.Context(), func(tx *db.Tx) error {
			if err := user.In(tx).Hold(t.Context(), own.User.ID); err != nil {
				return err
			}
			go func() {
				done <- a.AskEmailChange(context.Background(), other.Current, "thief@example.com", Visitor{}, now)
			}()
			conn.AwaitLock(t, done)
			return endSessions(t.Context(), tx, own.User.ID, own.Session.PublicID)
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := <-done; !errors.Is(err, session.ErrNotFound) {
			t.Errorf("%v, want session.ErrNotFound", err)
		}
		wantNoWish(t, conn)
	})
}

// All lock the user's row first and then what waits for the user: in another order MySQL has to break one of them off.
func TestAResetTakesItsTurn(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		a, own, other := signedInTwice(t, conn)
		if err := mail.In(conn).Add(t.Context(), mail.Reset, own.User.ID, "", now); err != nil {
			t.Fatal(err)
		}
		done := make(chan error, 1)
		var begin sync.Once
		err := conn.WithTx(t.Context(), func(tx *db.Tx) error {
			if err := user.In(tx).Hold(t.Context(), own.User.ID); err != nil {
				return err
			}
			begin.Do(func() { go func() { done <- ends["reset"](context.Background(), a, own, other) }() })
			conn.AwaitLock(t, done)
			return mail.In(tx).Forget(t.Context(), own.User.ID, mail.Reset)
		})
		if err := errors.Join(err, <-done); err != nil {
			t.Fatal(err)
		}
		if n := conn.Retries(); n != 0 {
			t.Errorf("%d transactions were broken off", n)
		}
	})
}

// signedInTwice returns two sessions of one user.
func signedInTwice(t *testing.T, conn dbtest.Conn) (a *Accounts, own, other SignedIn) {
	t.Helper()
	a, _ = newAccounts(t, conn, 4)
	own = signUp(t, a, "ann@example.com", Visitor{})
	other, err := signIn(a, "ann@example.com", "correct horse", Visitor{})
	if err != nil {
		t.Fatal(err)
	}
	return a, own, other
}

func wantNoWish(t *testing.T, conn dbtest.Conn) {
	t.Helper()
	var n int
	err := conn.QueryRow(t.Context(), func(r db.Row) error { return r.Scan(&n) }, "SELECT COUNT(*) FROM gatehouse_outbox WHERE kind = ?", string(mail.EmailChange))
	if err != nil {
		t.Fatal(err)
	}
	if n != 0 {
		t.Errorf("%d mails to another address wait", n)
	}
}
