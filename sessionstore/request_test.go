package sessionstore

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"

	"gatehouse/db/dbtest"
	"gatehouse/models/account"
	"gatehouse/models/session"
	"gatehouse/models/user"
)

// showing and withholding are contexts of requests of which that is known.
func showing(ctx context.Context, name string, current account.Current) context.Context {
	known := &Known{}
	known.Show(name, &current)
	return context.WithValue(ctx, Key{}, known)
}

func withholding(ctx context.Context, name string) context.Context {
	known := &Known{}
	known.Withhold(name)
	return context.WithValue(ctx, Key{}, known)
}

func TestRubbishIsNotLookedUp(t *testing.T) {
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.Header.Set("Cookie", "gatehouse=rubbish")
	if n := len(Secrets(r, "gatehouse")); n != 0 {
		t.Errorf("%d secrets in rubbish", n)
	}
}

func TestAnotherCookiesSessionIsNotShown(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		req := httptest.NewRequest(http.MethodGet, "/", nil)
		req = req.WithContext(showing(req.Context(), "gatehouse", account.Current{Session: session.Session{PublicID: "x"}, User: &user.User{ID: 7}}))
		s, err := newStore(conn).Get(req, "other")
		if err != nil || s.ID != "" || s.Values[UserKey] != nil {
			t.Errorf("id %q, user %v, %v", s.ID, s.Values[UserKey], err)
		}
	})
}
