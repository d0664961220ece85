package account

import (
	"context"
	"errors"
	"testing"

	"gatehouse/db/dbtest"
	"gatehouse/models/session"
)

// A sign-in that has written the user's row, but not its session yet, is waited for here too.
func TestSigningOutEverywhereEndsTheSessionOfASignInUnderWay(t *testing.T) {
	ctx := context.Background()
	for name, test := range map[string]struct {
		act  func(a *Accounts, ann SignedIn) error
		left int
	}{
		"everywhere": {func(a *Accounts, ann SignedIn) error {
			_, err := a.SignOut(ctx, Global, ann.visitor(), now)
			return err
		}, 0},
		"everywhere else": {func(a *Accounts, ann SignedIn) error {
			_, err := a.SignOut(ctx, Others, ann.visitor(), now)
			return err
		}, 1},
		"by the list of sessions": {func(a *Accounts, ann SignedIn) error { return a.EndOthers(ctx, ann.Current, now) }, 1},
	} {
		dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
			a, _ := newAccounts(t, conn, 4)
			ann := signUp(t, a, "ann@example.com", Visitor{})
			left := endDuringSignIn(t, conn, a, ann, func() error { return test.act(a, ann) })
			if len(left) != test.left || test.left == 1 && left[0].PublicID != ann.Session.PublicID {
				t.Errorf("%s: %d sessions are left, want %d", name, len(left), test.left)
			}
		})
	}
}

// The session was live when its request came in, and has been ended before that does what it asks for.
func TestASessionThatHasEndedLeavesNoWishBehind(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		a, _ := newAccounts(t, conn, 4)
		ann := signUp(t, a, "ann@example.com", Visitor{})
		stolen, err := signIn(a, "ann@example.com", "correct horse", Visitor{})
		if err != nil {
			t.Fatal(err)
		}
		ask := func(c Current) error { return a.AskEmailChange(t.Context(), c, "thief@example.com", Visitor{}, now) }
		if err := ask(stolen.Current); err != nil {
			t.Fatal(err)
		}
		if err := a.EndSession(t.Context(), ann.Current, stolen.Session.PublicID, now); err != nil {
			t.Fatal(err)
		}
		wantBelongings(t, conn, ann.User.ID, 1, 2, 0, 0) // devices stay
		if err := ask(stolen.Current); !errors.Is(err, session.ErrNotFound) {
			t.Errorf("%v, want session.ErrNotFound", err)
		}
		wantBelongings(t, conn, ann.User.ID, 1, 2, 0, 0)

		if err := ask(ann.Current); err != nil {
			t.Fatal(err)
		}
		if err := a.EndSession(t.Context(), ann.Current, ann.Session.PublicID, now); err != nil {
			t.Fatal(err)
		}
		wantBelongings(t, conn, ann.User.ID, 0, 2, 0, 1) // who signs out still wants the other address
	})
}
