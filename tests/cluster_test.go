package tests

import (
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"testing"
)

func TestWhatOneServerEndsIsOverOnAllAtTheNextRequest(t *testing.T) {
	t.Parallel()
	env := settings(t, emptyMySQL(t))
	a, b := inside(t, env), inside(t, env)
	ann := a.member("ann@example.com")
	elsewhere := func(cookie string) *person { return b.holder(cookie) }

	t.Run("logout", func(t *testing.T) {
		here := a.person()
		here.login("ann@example.com").want(http.StatusOK)
		there := elsewhere(here.cookie())
		there.me().want(http.StatusOK)
		here.logout().want(http.StatusOK)
		there.me().want(http.StatusUnauthorized, "not_signed_in")
	})
	t.Run("revoked session", func(t *testing.T) {
		there := b.person()
		there.login("ann@example.com").want(http.StatusOK)
		id := currentSession(there)
		there.me().want(http.StatusOK)
		ann.send(http.MethodDelete, "/api/users/sessions/"+id, "").want(http.StatusOK)
		there.me().want(http.StatusUnauthorized, "not_signed_in")
		ann.me().want(http.StatusOK)
	})
	t.Run("password change", func(t *testing.T) {
		there := b.person()
		there.login("ann@example.com").want(http.StatusOK)
		stolen := elsewhere(ann.cookie())
		stolen.me().want(http.StatusOK)
		ann.post("/api/users/password", `{"currentPassword":"`+password+`","newPassword":"another good one"}`).want(http.StatusOK)
		there.me().want(http.StatusUnauthorized, "not_signed_in")
		stolen.me().want(http.StatusUnauthorized, "not_signed_in")
		elsewhere(ann.cookie()).me().want(http.StatusOK)
		there.login("ann@example.com").want(http.StatusUnauthorized, "invalid_credentials")
	})
}

func currentSession(p *person) string {
	p.t.Helper()
	var list struct {
		Data struct {
			Sessions []struct {
				ID, IP  string
				Current bool
			}
		}
	}
	if err := json.Unmarshal([]byte(p.get("/api/users/sessions").want(http.StatusOK).body), &list); err != nil {
		p.t.Fatal(err)
	}
	for _, s := range list.Data.Sessions {
		if s.Current {
			return s.ID
		}
	}
	p.t.Fatal("no session is the current one")
	return ""
}

func TestFiveServersStartAtOnceOnAnEmptyDatabase(t *testing.T) {
	t.Parallel()
	env := settings(t, emptyMySQL(t), "GATEHOUSE_DB_MAX_CONNS=4")
	var servers [5]*server
	for i := range servers {
		servers[i] = launch(t, t.TempDir(), env)
	}
	for _, s := range servers {
		s.await()
		s.person().get("/readyz").want(http.StatusOK)
	}
	var wg sync.WaitGroup
	for i, s := range servers {
		wg.Go(func() {
			r, err := s.person().try(http.MethodPost, "/api/users/signup", credentials(fmt.Sprintf("user%d@example.com", i), password))
			if err != nil || r.status != http.StatusCreated {
				t.Errorf("sign-up on server %d: status %d, error %v", i, r.status, err)
				return
			}
			for j, other := range servers {
				r, err := other.person().try(http.MethodGet, "/api/users/me", "", "Cookie", "gatehouse="+r.newCookie())
				if err != nil || r.status != http.StatusOK {
					t.Errorf("session of server %d on server %d: status %d, error %v", i, j, r.status, err)
				}
			}
		})
	}
	wg.Wait()
}
