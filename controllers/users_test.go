package controllers

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// parallel calls f n times at once and counts the results.
func parallel(n int, f func(i int) int) map[int]int {
	var mu sync.Mutex
	var wg sync.WaitGroup
	results := map[int]int{}
	for i := range n {
		wg.Go(func() {
			result := f(i)
			mu.Lock()
			defer mu.Unlock()
			results[result]++
		})
	}
	wg.Wait()
	return results
}

func TestLoginTakesJSONAndForm(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		s.member("ann@example.com")
		s.pass(time.Hour)
		s.browser().post("/api/users/login", `{"email":"ANN@example.com","password":"correct horse"}`).want(http.StatusOK)
		r := s.browser().post("/api/users/login", "email=ann%40example.com&password=correct+horse").want(http.StatusOK)
		if !strings.HasPrefix(r.body, `{"success":true,"data":{"id":1,"email":"ann@example.com","gender":null,"lastLogin":"2026-03-01T13:00:00Z","name":null,"role":"user","state":1`) {
			t.Errorf("body = %s", r.body)
		}
	})
}

func TestRefusedLoginsLookAlike(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		s.member("ann@example.com")
		s.member("off@example.com")
		s.exec("UPDATE users SET state = 0 WHERE email = ?", "off@example.com")
		s.browser().login("x@example.com").want(http.StatusUnauthorized) // the first of this network
		var verified atomic.Int64
		s.afterVerify = func() { verified.Add(1) }
		for _, path := range []string{"/api/users/login", "/auth/login"} {
			looks := map[string]bool{}
			for _, form := range []string{
				"email=ann@example.com&password=wrong+horse",
				"email=nobody@example.com&password=correct+horse",
				"email=off@example.com&password=correct+horse",
			} {
				verified.Store(0)
				before := s.conn.Statements()
				r := s.browser().post(path, form).want(http.StatusUnauthorized, "invalid_credentials")
				if m := r.failure().Message; m != "Error logged in" || verified.Load() != 1 {
					t.Errorf("%s with %s: message %q after %d verifications", path, form, m, verified.Load())
				}
				looks[fmt.Sprint(r.look(), s.conn.Statements()-before, " statements")] = true
			}
			if len(looks) != 1 {
				t.Errorf("%s: answers differ: %v", path, looks)
			}
		}
		if n := strings.Count(s.log.String(), `"event":"sign_in_failed"`); n != 7 {
			t.Errorf("%d events, want 7", n)
		}
		if n := s.count("SELECT COUNT(*) FROM sessions"); n != 2 {
			t.Errorf("%d sessions, want those of the sign-ups", n)
		}
	})
}

func TestSignInChangesTheSessionID(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		b := s.member("ann@example.com")
		old := b.cookie()
		b.login("ann@example.com").want(http.StatusOK)
		if b.cookie() == old {
			t.Error("the cookie is the same after a sign-in")
		}
		s.thief(old).get("/api/users/me").want(http.StatusUnauthorized, "not_signed_in")
		b.get("/api/users/me").want(http.StatusOK)
	})
}

func TestFailedSignInLeavesTheSession(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		b := s.member("ann@example.com")
		r := b.post("/api/users/login", "email=ann@example.com&password=wrong+horse").want(http.StatusUnauthorized)
		if len(r.header["Set-Cookie"]) > 0 {
			t.Error("a refused sign-in set a cookie")
		}
		b.get("/api/users/me").want(http.StatusOK)
	})
}

func TestUnknownSessionIDIsNeverAdopted(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		s.member("ann@example.com")
		invented := strings.Repeat("A", 43)
		b := s.thief(invented)
		b.get("/api/users/me").want(http.StatusUnauthorized)
		b.login("ann@example.com").want(http.StatusOK)
		if b.cookie() == invented {
			t.Error("the invented id became a session")
		}
		s.thief(invented).get("/api/users/me").want(http.StatusUnauthorized)
	})
}

func TestLogoutEndsTheSession(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		b := s.member("ann@example.com")
		old := b.cookie()
		r := b.post("/api/users/logout", "").want(http.StatusOK)
		if r.body != `{"success":true,"message":"user logout successfully"}` {
			t.Errorf("body = %s", r.body)
		}
		if got := r.header.Get("Set-Cookie"); got != "gatehouse=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax" {
			t.Errorf("Set-Cookie = %q", got)
		}
		if got := r.header.Get("Clear-Site-Data"); got != `"cache"` {
			t.Errorf("Clear-Site-Data = %q", got)
		}
		s.thief(old).get("/api/users/me").want(http.StatusUnauthorized)
		if n := s.count("SELECT COUNT(*) FROM sessions"); n != 0 {
			t.Errorf("%d sessions, want 0", n)
		}
	})
}

func TestLogoutAnswersSuccessToAnybody(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		s.browser().post("/api/users/logout", "").want(http.StatusOK)
		s.browser().post("/api/users/logout", "", "Content-Type", "text/plain").want(http.StatusOK)
		s.thief("rubbish").post("/api/users/logout", "{}").want(http.StatusOK)
		s.browser().post("/api/users/logout", "scope=everything").want(http.StatusUnprocessableEntity, "validation_failed")
	})
}

func TestADisabledUsersLogoutHoldsWhenTheyAreEnabledAgain(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		b := s.member("ann@example.com")
		old := b.cookie()
		s.exec("UPDATE users SET state = 0")
		b.post("/api/users/logout", "").want(http.StatusOK)
		s.exec("UPDATE users SET state = 1")
		s.thief(old).get("/api/users/me").want(http.StatusUnauthorized)
	})
}

func TestLogoutScopes(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		here, there := s.member("ann@example.com"), s.browser()
		there.login("ann@example.com").want(http.StatusOK)
		stranger := s.member("bob@example.com")

		r := here.post("/api/users/logout", "scope=others").want(http.StatusOK)
		if len(r.header["Set-Cookie"]) > 0 {
			t.Error("scope others touched the cookie")
		}
		here.get("/api/users/me").want(http.StatusOK)
		there.get("/api/users/me").want(http.StatusUnauthorized)

		there.login("ann@example.com").want(http.StatusOK)
		here.post("/api/users/logout", "scope=global").want(http.StatusOK)
		there.get("/api/users/me").want(http.StatusUnauthorized)
		stranger.get("/api/users/me").want(http.StatusOK)
	})
}

func TestSessionCapHoldsUnderParallelLogins(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		s.member("ann@example.com")
		statuses := parallel(50, func(int) int {
			r, err := s.browser().try(http.MethodPost, "/api/users/login", "email=ann@example.com&password=correct+horse")
			if err != nil {
				return 0
			}
			return r.status
		})
		if statuses[http.StatusOK] != 50 {
			t.Errorf("statuses = %v, want 50 times 200", statuses)
		}
		if n := s.count("SELECT COUNT(*) FROM sessions"); n != 10 {
			t.Errorf("%d sessions, want 10", n)
		}
	})
}

func TestTheOldestSessionEnds(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		first := s.member("ann@example.com")
		s.pass(time.Second)
		second := s.browser()
		second.login("ann@example.com")
		for range 9 {
			s.pass(time.Second)
			s.browser().login("ann@example.com").want(http.StatusOK)
		}
		first.get("/api/users/me").want(http.StatusUnauthorized)
		second.get("/api/users/me").want(http.StatusOK)
	})
}
