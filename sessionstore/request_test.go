package sessionstore

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/gin-contrib/sessions"

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

func TestAWithheldSessionIsEmptyAndCannotBeSaved(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		store := newStore(conn)
		cookie := cookieOf(t, visit(store, "", nil, func(s sessions.Session) { s.Set("a", "b"); _ = s.Save() }))
		for _, sent := range []string{cookie, ""} {
			w := visitIn(withholding(context.Background(), "gatehouse"), store, sent, nil, func(s sessions.Session) {
				if s.Get("a") != nil || s.Get(UserKey) != nil {
					t.Errorf("a = %v, user = %v, want nothing", s.Get("a"), s.Get(UserKey))
				}
				s.Set("a", "c")
				for _, maxAge := range []int{0, 60, -1} { // a negative one would end the session
					s.Options(sessions.Options{Path: "/", MaxAge: maxAge})
					if err := s.Save(); !errors.Is(err, ErrCannotSave) {
						t.Errorf("Save with MaxAge %d = %v, want ErrCannotSave", maxAge, err)
					}
				}
			})
			if len(w.Result().Cookies()) != 0 || rows(t, conn) != 1 {
				t.Errorf("%d cookies, %d rows, want 0 and 1", len(w.Result().Cookies()), rows(t, conn))
			}
		}
		visitIn(withholding(context.Background(), "other"), store, cookie, nil, func(s sessions.Session) {
			if s.Get("a") != "b" {
				t.Errorf("a = %v, though another session was withheld", s.Get("a"))
			}
		})
	})
}

func TestAWithheldSessionAsksNothingOfTheDatabase(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		store := newStore(conn)
		cookie := cookieOf(t, visit(store, "", nil, func(s sessions.Session) { s.Set("a", "b"); _ = s.Save() }))
		before := conn.Statements()
		visitIn(withholding(context.Background(), "gatehouse"), store, cookie, nil, func(s sessions.Session) { s.Get("a") })
		if n := conn.Statements() - before; n != 0 {
			t.Errorf("%d statements, want none", n)
		}
	})
}

// Whoever signs in beside a token is known again.
func TestASessionThatBeginsIsShownThoughAnotherWasWithheld(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		current := account.Current{Session: session.Session{PublicID: "x"}, User: &user.User{ID: 7}}
		ctx := withholding(context.Background(), "gatehouse")
		visitIn(ctx, newStore(conn), "", &current, func(s sessions.Session) {
			if u, ok := s.Get(UserKey).(user.User); !ok || u.ID != 7 {
				t.Errorf("user = %v, want 7", s.Get(UserKey))
			}
		})
	})
}
