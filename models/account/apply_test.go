package account

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"gatehouse/db"
	"gatehouse/db/dbtest"
	"gatehouse/models/event"
	"gatehouse/models/user"
)

// apply signs somebody up and returns the id of the user it made.
func apply(t *testing.T, a *Accounts, email string) int64 {
	t.Helper()
	id, err := a.Apply(t.Context(), Application{Email: email, Password: "battery staple"}, Visitor{}, now)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func TestAnApplicationThatReplacesAnotherTellsOfBoth(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		a, _ := newAccounts(t, conn, 4)
		first := apply(t, a, "ann@example.com")
		second := apply(t, a, "Ann@example.com")
		var got []string
		err := event.In(conn).List(t.Context(), event.Filter{}, func(e event.Event) error {
			got = append(got, fmt.Sprint(e.Kind, " ", e.UserID))
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		wantLines(t, "events", got, []string{fmt.Sprint("sign_up ", second), fmt.Sprint("sign_up_replaced ", first), fmt.Sprint("sign_up ", first)})
	})
}

func TestAnApplicationInheritsNothingWithItsID(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		a, _ := newAccounts(t, conn, 4)
		ann := signUp(t, a, "ann@example.com", Visitor{}).User.ID
		belongings(t, conn, ann)
		exec(t, conn, "DELETE FROM users") // by another program
		if conn.Engine() == db.MySQL {
			exec(t, conn, "ALTER TABLE users AUTO_INCREMENT = 1")
		} else {
			exec(t, conn, "DELETE FROM sqlite_sequence")
		}
		if id := apply(t, a, "ben@example.com"); id != ann {
			t.Fatalf("id = %d: the id was not used again", id)
		}
		wantBelongings(t, conn, ann, 0, 0, 0, 2) // the notice, and the link that is asked for now
	})
}

// Whoever signed in while nobody had to confirm an address has an account, and no stranger's sign-up deletes it later.
func TestAnApplicationReplacesNobodyWhoHasSignedIn(t *testing.T) {
	for name, in := range map[string]func(a *Accounts) error{
		"by cookie": func(a *Accounts) error {
			_, err := signIn(a, "ann@example.com", "battery staple", Visitor{})
			return err
		},
		"for tokens": func(a *Accounts) error {
			_, err := a.SignInForTokens(context.Background(), Credentials{Email: "ann@example.com", Password: "battery staple"}, Visitor{}, now)
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
				a, _ := newAccounts(t, conn, 4)
				a.rules.Verification = VerifyRequire
				ann := apply(t, a, "ann@example.com")
				a.rules.Verification = VerifyOff
				if err := in(a); err != nil {
					t.Fatal(err)
				}
				a.rules.Verification = VerifyRequire
				if id := apply(t, a, "ann@example.com"); id != 0 {
					t.Errorf("user %d was replaced by user %d", ann, id)
				}
				if _, err := user.In(conn).Find(t.Context(), ann); err != nil {
					t.Error(err)
				}
			})
		})
	}
}

func TestWhereSignUpIsClosedNobodyApplies(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		a, _ := newAccounts(t, conn, 4)
		a.rules.SignupOpen = false
		if id, err := a.Apply(t.Context(), Application{Email: "ann@example.com", Password: "battery staple"}, Visitor{}, now); id != 0 || !errors.Is(err, ErrSignupClosed) {
			t.Errorf("%d, %v", id, err)
		}
	})
}
