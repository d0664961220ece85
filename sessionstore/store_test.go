package sessionstore

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gin-contrib/sessions"
	"github.com/gin-contrib/sessions/tester"
	"github.com/gin-gonic/gin"

	"gatehouse/db"
	"gatehouse/db/dbtest"
	"gatehouse/models/account"
	"gatehouse/models/secret"
	"gatehouse/models/session"
	"gatehouse/models/user"
)

func TestMain(m *testing.M) {
	gin.SetMode(gin.ReleaseMode)
	dbtest.Main(m)
}

func newStore(conn dbtest.Conn) *Store {
	limits := session.Limits{Idle: time.Hour, Lifetime: time.Hour, RememberIdle: time.Hour, RememberLifetime: time.Hour, PerUser: 10}
	return New(account.New(conn.DB, nil, nil, secret.Marks{}, account.Rules{Sessions: limits}),
		sessions.Options{Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode},
		func(*http.Request) session.Device { return session.Device{} }, time.Now)
}

// The library's own suite for stores.
func TestConformance(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		store := func(*testing.T) sessions.Store { return newStore(conn) }
		t.Run("GetSet", func(t *testing.T) { tester.GetSet(t, store) })
		t.Run("DeleteKey", func(t *testing.T) { tester.DeleteKey(t, store) })
		t.Run("Flashes", func(t *testing.T) { tester.Flashes(t, store) })
		t.Run("Clear", func(t *testing.T) { tester.Clear(t, store) })
		t.Run("Options", func(t *testing.T) { tester.Options(t, store) })
		t.Run("Many", func(t *testing.T) { tester.Many(t, store) })
	})
}

// visit runs one request through a handler that has a session.
func visit(store sessions.Store, cookie string, current *account.Current, handle func(s sessions.Session)) *httptest.ResponseRecorder {
	return visitIn(context.Background(), store, cookie, current, handle)
}

// visitIn is visit with a request of this context.
func visitIn(ctx context.Context, store sessions.Store, cookie string, current *account.Current, handle func(s sessions.Session)) *httptest.ResponseRecorder {
	r := gin.New()
	r.Use(sessions.Sessions("gatehouse", store))
	r.GET("/", func(c *gin.Context) { handle(sessions.Default(c)) })
	req := httptest.NewRequest(http.MethodGet, "/", nil).WithContext(ctx)
	if cookie != "" {
		req.Header.Set("Cookie", "gatehouse="+cookie)
	}
	if current != nil {
		req = req.WithContext(showing(req.Context(), "gatehouse", *current))
	}
	w := httptest.NewRecorder()
	r.ServeHTTP(w, req)
	return w
}

func cookieOf(t *testing.T, w *httptest.ResponseRecorder) string {
	t.Helper()
	for _, c := range w.Result().Cookies() {
		if c.Name == "gatehouse" {
			return c.Value
		}
	}
	t.Fatal("no cookie was set")
	return ""
}

func rows(t *testing.T, conn dbtest.Conn) (n int) {
	t.Helper()
	err := conn.QueryRow(context.Background(), func(r db.Row) error { return r.Scan(&n) }, "SELECT COUNT(*) FROM sessions")
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestOnlySavingMakesARow(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		store := newStore(conn)
		w := visit(store, "", nil, func(s sessions.Session) { s.Set("a", "b") })
		if n := rows(t, conn); n != 0 || len(w.Result().Cookies()) != 0 {
			t.Errorf("%d rows and %d cookies without Save", n, len(w.Result().Cookies()))
		}
		w = visit(store, "", nil, func(s sessions.Session) {
			s.Set("a", "b")
			if err := s.Save(); err != nil {
				t.Error(err)
			}
		})
		if n := rows(t, conn); n != 1 {
			t.Errorf("%d rows, want 1", n)
		}
		visit(store, cookieOf(t, w), nil, func(s sessions.Session) {
			if s.Get("a") != "b" || s.ID() == "" || s.Get(UserKey) != nil {
				t.Errorf("a = %v, id = %q, user = %v", s.Get("a"), s.ID(), s.Get(UserKey))
			}
		})
	})
}

func TestASavedSessionIsNeverRevived(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		store := newStore(conn)
		cookie := cookieOf(t, visit(store, "", nil, func(s sessions.Session) { s.Set("a", "b"); _ = s.Save() }))
		visit(store, cookie, nil, func(s sessions.Session) {
			s.Set("a", "c")
			if _, err := conn.Exec(context.Background(), "DELETE FROM sessions"); err != nil {
				t.Fatal(err)
			}
			if err := s.Save(); !errors.Is(err, session.ErrNotFound) {
				t.Errorf("Save = %v, want session.ErrNotFound", err)
			}
		})
		if n := rows(t, conn); n != 0 {
			t.Errorf("%d rows, want 0", n)
		}
	})
}

func TestAFaultIsNotASignedOutVisitor(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		store := newStore(conn)
		_ = conn.Close()
		w := visit(store, string(session.NewSecret()), nil, func(s sessions.Session) {
			s.Set("a", "b") // panics on a nil session
			if err := s.Save(); !errors.Is(err, ErrCannotSave) {
				t.Errorf("Save = %v, want ErrCannotSave", err)
			}
			s.Clear()
			if err := s.Save(); !errors.Is(err, ErrCannotSave) {
				t.Errorf("Save after Clear = %v, want ErrCannotSave", err)
			}
		})
		if len(w.Result().Cookies()) != 0 {
			t.Error("a fault set a cookie")
		}
	})
}

func TestTheUserIsShownButNotStored(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		store := newStore(conn)
		s, _ := session.New(7, false, session.Limits{Idle: time.Hour, Lifetime: time.Hour}, session.Device{}, time.Now())
		if err := session.In(conn).Create(context.Background(), s); err != nil {
			t.Fatal(err)
		}
		visit(store, "", &account.Current{Session: s, User: &user.User{ID: 7, Email: "ann@example.com"}}, func(s sessions.Session) {
			if u, ok := s.Get(UserKey).(user.User); !ok || u.ID != 7 {
				t.Errorf("user = %v", s.Get(UserKey))
			}
			s.Set("n", 1)
			s.Set(UserKey, "eve")
			if err := s.Save(); err != nil {
				t.Error(err)
			}
		})
		found, err := session.In(conn).Find(context.Background(), s.Hash)
		if err != nil || len(found) != 1 || string(found[0].Data) != `{"n":1}` {
			t.Errorf("found %+v, %v", found, err)
		}
	})
}

func TestWhatCannotBeStoredIsAnError(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		store := newStore(conn)
		for name, set := range map[string]func(sessions.Session){
			"too large":   func(s sessions.Session) { s.Set("a", strings.Repeat("x", session.MaxData)) },
			"no text key": func(s sessions.Session) { s.Set(1, "x") },
			"no JSON":     func(s sessions.Session) { s.Set("a", func() {}) },
		} {
			visit(store, "", nil, func(s sessions.Session) {
				set(s)
				if s.Save() == nil {
					t.Errorf("%s: saved", name)
				}
			})
		}
		if n := rows(t, conn); n != 0 {
			t.Errorf("%d rows, want 0", n)
		}
	})
}

func TestANegativeMaxAgeEndsTheSession(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		store := newStore(conn)
		cookie := cookieOf(t, visit(store, "", nil, func(s sessions.Session) { s.Set("a", "b"); _ = s.Save() }))
		w := visit(store, cookie, nil, func(s sessions.Session) {
			s.Options(sessions.Options{Path: "/", MaxAge: -1})
			if err := s.Save(); err != nil {
				t.Error(err)
			}
		})
		if cookieOf(t, w) != "" || rows(t, conn) != 0 {
			t.Errorf("cookie %q, %d rows", cookieOf(t, w), rows(t, conn))
		}
	})
}

func TestAStoredValueNeverHidesTheUser(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		current := account.Current{Session: session.Session{PublicID: "x", Data: []byte(`{"user":{"id":8},"a":"b"}`)}, User: &user.User{ID: 7}}
		visit(newStore(conn), "", &current, func(s sessions.Session) {
			if u, ok := s.Get(UserKey).(user.User); !ok || u.ID != 7 || s.Get("a") != "b" {
				t.Errorf("user = %v, a = %v", s.Get(UserKey), s.Get("a"))
			}
		})
	})
}

func TestValuesThatCannotBeReadAreNotSavedOver(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		store := newStore(conn)
		cookie := cookieOf(t, visit(store, "", nil, func(s sessions.Session) { s.Set("a", "b"); _ = s.Save() }))
		if _, err := conn.Exec(context.Background(), "UPDATE sessions SET data = ?", []byte(`["a"]`)); err != nil {
			t.Fatal(err)
		}
		visit(store, cookie, nil, func(s sessions.Session) {
			s.Set("a", "c")
			if err := s.Save(); !errors.Is(err, ErrCannotSave) {
				t.Errorf("Save = %v, want ErrCannotSave", err)
			}
		})
	})
}

// Other programs may write the row too.
func TestAStoredValueIsNoUser(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		store := newStore(conn)
		cookie := cookieOf(t, visit(store, "", nil, func(s sessions.Session) { s.Set("a", "b"); _ = s.Save() }))
		if _, err := conn.Exec(context.Background(), "UPDATE sessions SET data = ?", []byte(`{"a":"c","user":{"id":1}}`)); err != nil {
			t.Fatal(err)
		}
		visit(store, cookie, nil, func(s sessions.Session) {
			if a, u := s.Get("a"), s.Get(UserKey); a != "c" || u != nil {
				t.Errorf("a = %v, user = %v, want c and nobody", a, u)
			}
		})
	})
}

func TestTwoLiveSessionsAreNotSavedOver(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		store := newStore(conn)
		first := cookieOf(t, visit(store, "", nil, func(s sessions.Session) { s.Set("a", "b"); _ = s.Save() }))
		second := cookieOf(t, visit(store, "", nil, func(s sessions.Session) { s.Set("a", "b"); _ = s.Save() }))
		w := visit(store, first+"; gatehouse="+second, nil, func(s sessions.Session) {
			s.Set("a", "c")
			if err := s.Save(); !errors.Is(err, ErrCannotSave) {
				t.Errorf("Save = %v, want ErrCannotSave", err)
			}
		})
		if len(w.Result().Cookies()) != 0 || rows(t, conn) != 2 {
			t.Errorf("%d cookies, %d rows", len(w.Result().Cookies()), rows(t, conn))
		}
	})
}
