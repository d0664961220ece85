package account

import (
	"context"
	"errors"
	"testing"

	"gatehouse/db"
	"gatehouse/db/dbtest"
	"gatehouse/models/password"
	"gatehouse/models/user"
)

// An adoption that begins while a better hash is being made has what stands in password left alone.
func TestAnAdoptionThatBeginsDuringASignInKeepsPasswordAsItIs(t *testing.T) {
	cheap := bcryptOf(t, "correct horse", 4)
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		a, r := takenOver(t, conn, 5)
		id := stored(t, conn, "ann@example.com", cheap)
		a.passwords = whileHashing{r, func() { setAdoption(t, conn, user.Open) }}
		wantSignIn(t, a, "ann@example.com", "correct horse", nil)
		if u := row(t, conn, id); u.Password != cheap || u.OwnHash != "" || u.LastLogin == nil {
			t.Errorf("%q in password and %q beside it, want %q alone", u.Password, u.OwnHash, cheap)
		}
		setAdoption(t, conn, user.NoAdoption)
		a.passwords = r
		wantSignIn(t, a, "ann@example.com", "correct horse", nil)
		if cost, _ := password.Cost(row(t, conn, id).Password); cost != 5 {
			t.Errorf("cost = %d after the adoption, want 5", cost)
		}
	})
}

// whileHashing has something happen while a hash is made.
type whileHashing struct {
	Passwords
	happens func()
}

func (w whileHashing) Hash(ctx context.Context, plain string) (string, error) {
	w.happens()
	return w.Passwords.Hash(ctx, plain)
}

// A hash that is moved, renewed or undone while somebody proves their password is only another reason to begin again.
func TestASignInStartsOverWhereAdoptWasAtWork(t *testing.T) {
	hash := bcryptOf(t, "correct horse", 4)
	for name, test := range map[string]struct {
		change func(t *testing.T, conn dbtest.Conn, a *Accounts)
		want   error
	}{
		"moved": {func(t *testing.T, conn dbtest.Conn, _ *Accounts) {
			exec(t, conn, "UPDATE users SET password = gh_hash, gh_hash = NULL, gh_hash_of = NULL WHERE gh_hash IS NOT NULL")
		}, nil},
		"hashed again": {func(t *testing.T, _ dbtest.Conn, a *Accounts) {
			keep(t, a, 1, bcryptOf(t, "correct horse", 4), "correct horse")
		}, db.ErrUnavailable}, // each time it starts over
		"undone": {func(t *testing.T, conn dbtest.Conn, _ *Accounts) {
			exec(t, conn, "UPDATE users SET gh_hash = NULL, gh_hash_of = NULL")
		}, ErrBadCredentials},
		"given back": {func(t *testing.T, conn dbtest.Conn, _ *Accounts) {
			exec(t, conn, "UPDATE users SET password = ?, state = 1", "correct horse")
		}, nil},
		"disabled": {func(t *testing.T, conn dbtest.Conn, _ *Accounts) { exec(t, conn, "UPDATE users SET state = 0") }, ErrBadCredentials},
	} {
		dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
			a, r := takenOver(t, conn, 4)
			keep(t, a, stored(t, conn, "ann@example.com", "correct horse"), hash, "correct horse")
			a.passwords = meanwhile{r, func() { test.change(t, conn, a) }}
			if _, err := signIn(a, "ann@example.com", "correct horse", Visitor{}); !errors.Is(err, test.want) {
				t.Errorf("%s: %v, want %v", name, err, test.want)
			}
			n, err := a.Sessions(context.Background(), 1, now)
			if err != nil || (len(n) == 1) != (test.want == nil) {
				t.Errorf("%s: %d sessions, %v", name, len(n), err)
			}
		})
	}
}

// meanwhile has something happen between the check of a password and what follows from it.
type meanwhile struct {
	Passwords
	happens func()
}

func (m meanwhile) Verify(ctx context.Context, hash, plain string) (password.Verdict, error) {
	verdict, err := m.Passwords.Verify(ctx, hash, plain)
	m.happens()
	return verdict, err
}
