package account

import (
	"context"
	"errors"
	"testing"
	"time"

	"gatehouse/db/dbtest"
	"gatehouse/models/password"
	"gatehouse/models/session"
)

func TestATokensSecretIsNoCookie(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		a, _ := newAccounts(t, conn, 4)
		ann := signUp(t, a, "ann@example.com", Visitor{})
		exec(t, conn, "UPDATE sessions SET kind = 'token'")
		if _, err := a.Current(context.Background(), []session.Secret{ann.Secret}, now); !errors.Is(err, session.ErrNotFound) {
			t.Errorf("%v, want ErrNotFound", err)
		}
	})
}

// gullible finds every password right, even against the dummy.
type gullible struct{ Passwords }

func (gullible) Verify(context.Context, string, string) (password.Verdict, error) {
	return password.Verdict{Match: true}, nil
}

func TestNobodyIsLetInByTheDummy(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		a, _ := newAccounts(t, conn, 4)
		email, err := parseCredentials(Credentials{Email: "nobody@example.com", Password: "x"})
		if err != nil {
			t.Fatal(err)
		}
		a.passwords = gullible{a.passwords}
		if _, _, err := a.authenticate(context.Background(), email, "x"); !errors.Is(err, ErrBadCredentials) {
			t.Errorf("%v, want ErrBadCredentials", err)
		}
	})
}

func TestValuesOfAnEndedSessionAreNotKept(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		a, _ := newAccounts(t, conn, 4)
		ctx := context.Background()
		signUp(t, a, "ann@example.com", Visitor{})
		_, secret, err := a.StartVisitor(ctx, []byte(`{"cart":1}`), session.Device{}, now)
		if err != nil {
			t.Fatal(err)
		}
		in, err := a.SignIn(ctx, Credentials{Email: "ann@example.com", Password: "correct horse"}, Visitor{Secrets: []session.Secret{secret}}, now.Add(30*time.Minute))
		if err != nil || len(in.Session.Data) != 0 {
			t.Errorf("data %q, %v", in.Session.Data, err)
		}
	})
}

func TestWhoIsDisabledMeanwhileProvesNoPassword(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		a, pool := newAccounts(t, conn, 4)
		ann := signUp(t, a, "ann@example.com", Visitor{})
		a.passwords = meanwhile{pool, func() { exec(t, conn, "UPDATE users SET state = 0") }}
		if _, err := a.Reauthenticate(t.Context(), ann.Current, Visitor{}, "correct horse", now); !errors.Is(err, ErrBadCredentials) {
			t.Errorf("%v, want ErrBadCredentials", err)
		}
	})
}
