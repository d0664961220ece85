package account

import (
	"context"
	"errors"
	"testing"
	"time"

	"gatehouse/db"
	"gatehouse/db/dbtest"
	"gatehouse/models/password"
	"gatehouse/models/password/guessed"
	"gatehouse/models/secret"
	"gatehouse/models/session"
	"gatehouse/models/token"
	"gatehouse/models/user"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

var now = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// recorder passes on to the real pool and notes which hashes were verified.
type recorder struct {
	*password.Pool
	verified   []string
	busyHasher bool
}

func (r *recorder) Verify(ctx context.Context, hash, plain string) (password.Verdict, error) {
	r.verified = append(r.verified, hash)
	return r.Pool.Verify(ctx, hash, plain)
}

func (r *recorder) Hash(ctx context.Context, plain string) (string, error) {
	if r.busyHasher {
		return "", password.ErrOverloaded
	}
	return r.Pool.Hash(ctx, plain)
}

func newAccounts(t *testing.T, conn dbtest.Conn, cost int) (*Accounts, *recorder) {
	t.Helper()
	pool := password.NewPool(password.Options{Cost: cost, Workers: 1, MaxWait: time.Minute})
	pool.Start()
	t.Cleanup(func() { _ = pool.Close(context.Background()) })
	r := &recorder{Pool: pool}
	issuer := token.NewHS256(token.Names{Issuer: "test", Audience: "test"}, []byte("a secret of thirty-two bytes, shared"), time.Hour)
	return New(conn.DB, r, issuer, secret.Marks{}, Rules{SignupOpen: true, PasswordMinLength: 8, Guessed: guessed.New(guessed.Options{}), Limits: NoLimits(), Sessions: session.Limits{
		Idle: time.Hour, Lifetime: time.Hour, RememberIdle: time.Hour, RememberLifetime: time.Hour,
		Access: 3 * time.Minute, Refresh: 5 * time.Minute, Family: time.Hour, PerUser: 10,
	}}), r
}

func signUp(t *testing.T, a *Accounts, email string, v Visitor) SignedIn {
	t.Helper()
	in, err := a.SignUp(context.Background(), Application{Email: email, Password: "correct horse"}, v, now)
	if err != nil {
		t.Fatal(err)
	}
	return in
}

func signIn(a *Accounts, email, plain string, v Visitor) (SignedIn, error) {
	return a.SignIn(context.Background(), Credentials{Email: email, Password: plain}, v, now)
}

func wantSignIn(t *testing.T, a *Accounts, email, plain string, want error) {
	t.Helper()
	if _, err := signIn(a, email, plain, Visitor{}); !errors.Is(err, want) || (want == nil && err != nil) {
		t.Errorf("sign-in with %q: %v, want %v", plain, err, want)
	}
}

func exec(t *testing.T, conn dbtest.Conn, query string, args ...any) {
	t.Helper()
	if _, err := conn.Exec(context.Background(), query, args...); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
}

// stored inserts a row as the older program does, and returns its id.
func stored(t *testing.T, conn dbtest.Conn, email, text string) int64 {
	t.Helper()
	done, err := conn.Exec(context.Background(), "INSERT INTO users (email, password, role, state) VALUES (?, ?, ?, ?)", email, text, "user", 1)
	if err != nil {
		t.Fatal(err)
	}
	return done.LastID
}

func row(t *testing.T, conn dbtest.Conn, id int64) user.Stored {
	t.Helper()
	u, err := user.In(conn).Find(context.Background(), id)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func TestEveryRefusedSignInVerifiesOnceAndUnknownUsersTheDummy(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		a, r := newAccounts(t, conn, 4)
		signUp(t, a, "ann@example.com", Visitor{})
		signUp(t, a, "off@example.com", Visitor{})
		exec(t, conn, "UPDATE users SET state = 0 WHERE email = ?", "off@example.com")
		for _, test := range []struct {
			email, plain string
			dummy        bool
		}{{"nobody@example.com", "correct horse", true}, {"off@example.com", "correct horse", true}, {"ann@example.com", "wrong horse", false}} {
			r.verified = nil
			if _, err := signIn(a, test.email, test.plain, Visitor{}); !errors.Is(err, ErrBadCredentials) {
				t.Errorf("%s: %v, want ErrBadCredentials", test.email, err)
			}
			if len(r.verified) != 1 || (r.verified[0] == "") != test.dummy {
				t.Errorf("%s: verified %q", test.email, r.verified)
			}
		}
	})
}

func TestABusyServerPutsRehashingOff(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		cheap, _ := newAccounts(t, conn, 4)
		signUp(t, cheap, "ann@example.com", Visitor{})
		a, r := newAccounts(t, conn, 5)
		r.busyHasher = true
		if _, err := signIn(a, "ann@example.com", "correct horse", Visitor{}); err != nil {
			t.Errorf("sign-in: %v", err)
		}
	})
}

func TestValuesSurviveTheSignInOfTheirOwner(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		a, _ := newAccounts(t, conn, 4)
		ctx := context.Background()
		_, secret, err := a.StartVisitor(ctx, []byte(`{"cart":1}`), session.Device{}, now)
		if err != nil {
			t.Fatal(err)
		}
		ann := signUp(t, a, "ann@example.com", Visitor{Secrets: []session.Secret{secret}})
		again, err := signIn(a, "ann@example.com", "correct horse", Visitor{Secrets: []session.Secret{ann.Secret}})
		if err != nil {
			t.Fatal(err)
		}
		current, err := a.Current(ctx, []session.Secret{again.Secret}, now)
		if err != nil || string(current.Session.Data) != `{"cart":1}` || current.User == nil {
			t.Errorf("data %q, %v", current.Session.Data, err)
		}
		if _, err := a.Current(ctx, []session.Secret{secret}, now); !errors.Is(err, session.ErrNotFound) {
			t.Errorf("the visitor's session: %v, want ErrNotFound", err)
		}
	})
}

func TestValuesNeverPassToAnotherUser(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		a, _ := newAccounts(t, conn, 4)
		ctx := context.Background()
		ann := signUp(t, a, "ann@example.com", Visitor{})
		if err := a.SaveData(ctx, ann.Session.PublicID, []byte(`{"secret":1}`), now); err != nil {
			t.Fatal(err)
		}
		bob := signUp(t, a, "bob@example.com", Visitor{Secrets: []session.Secret{ann.Secret}})
		current, err := a.Current(ctx, []session.Secret{bob.Secret}, now)
		if err != nil || len(current.Session.Data) != 0 {
			t.Errorf("bob has ann's values: %q, %v", current.Session.Data, err)
		}
	})
}

func TestALogoutBesideAFreshSignInEndsTheSession(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		a, _ := newAccounts(t, conn, 4)
		ctx := context.Background()
		ann := signUp(t, a, "ann@example.com", Visitor{})
		// The session gets a new secret after the logout has looked it up by the old one.
		found, err := session.In(conn).Find(ctx, ann.Secret.Hash())
		if err != nil || len(found) != 1 {
			t.Fatal(len(found), err)
		}
		renewed, err := a.Reauthenticate(ctx, ann.Current, Visitor{}, "correct horse", now)
		if err != nil {
			t.Fatal(err)
		}
		if err := session.In(conn).Delete(ctx, found[0].PublicID); err != nil {
			t.Fatal(err)
		}
		if _, err := a.Current(ctx, []session.Secret{renewed.Secret}, now); !errors.Is(err, session.ErrNotFound) {
			t.Errorf("after the logout: %v, want ErrNotFound", err)
		}
	})
}

func TestDataOfTheRowIsNotTheSecret(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		a, _ := newAccounts(t, conn, 4)
		ann := signUp(t, a, "ann@example.com", Visitor{Device: session.Device{UserAgent: "test"}})
		for _, column := range []string{"id_hash", "public_id", "user_agent"} {
			var n int
			err := conn.QueryRow(context.Background(), func(r db.Row) error { return r.Scan(&n) },
				"SELECT COUNT(*) FROM sessions WHERE "+column+" = ?", string(ann.Secret))
			if err != nil || n != 0 {
				t.Errorf("%s holds the secret (%d, %v)", column, n, err)
			}
		}
	})
}
