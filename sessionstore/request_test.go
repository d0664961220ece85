package sessionstore

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"gatehouse/db/dbtest"
	"gatehouse/models/account"
	"gatehouse/models/session"
	"gatehouse/models/user"
)

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
		req = req.WithContext(WithCurrent(req.Context(), "gatehouse", account.Current{Session: session.Session{PublicID: "x"}, User: &user.User{ID: 7}}))
		s, err := newStore(conn).Get(req, "other")
		if err != nil || s.ID != "" || s.Values[UserKey] != nil {
			t.Errorf("id %q, user %v, %v", s.ID, s.Values[UserKey], err)
		}
	})
}
