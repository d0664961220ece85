package account

import (
	"context"
	"errors"
	"testing"

	"gatehouse/db/dbtest"
	"gatehouse/models/password"
)

// crowded has no room, though it would still take what it is given.
type crowded struct{ Passwords }

func (crowded) Room(context.Context) (context.Context, func(), error) {
	return nil, nil, password.ErrOverloaded
}

func TestASignInThatWillBeRefusedAsksNoDatabase(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		a, pool := newAccounts(t, conn, 4)
		a.passwords = crowded{pool}
		before := conn.Statements()
		in := Credentials{Email: "ann@example.com", Password: "correct horse"}
		if _, err := a.SignIn(t.Context(), in, Visitor{}, now); !errors.Is(err, password.ErrOverloaded) {
			t.Errorf("by cookie: %v", err)
		}
		if _, err := a.SignInForTokens(t.Context(), in, Visitor{}, now); !errors.Is(err, password.ErrOverloaded) {
			t.Errorf("by tokens: %v", err)
		}
		if n := conn.Statements() - before; n != 0 {
			t.Errorf("%d statements were sent", n)
		}
	})
}
