package controllers

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"gatehouse/db"
	"gatehouse/models/session"
)

func TestSessionEndsWhenIdle(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		b := s.member("ann@example.com")
		s.pass(29 * time.Minute)
		b.get("/api/users/me").want(http.StatusOK)
		s.pass(29 * time.Minute)
		b.get("/api/users/me").want(http.StatusOK)
		s.pass(30 * time.Minute)
		b.get("/api/users/me").want(http.StatusUnauthorized, "session_expired")
	})
}

func TestActivityNeverMovesTheAbsoluteLimit(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		b := s.member("ann@example.com")
		for range 47 {
			s.pass(15 * time.Minute)
			b.get("/api/users/me").want(http.StatusOK)
		}
		b.post("/api/users/reauthenticate", "password=correct+horse").want(http.StatusOK)
		s.pass(15 * time.Minute)
		b.get("/api/users/me").want(http.StatusUnauthorized, "session_expired")
	})
}

func TestRememberedSession(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		b := s.member("ann@example.com")
		r := b.login("ann@example.com", "&remember=true").want(http.StatusOK)
		if got := r.header.Get("Set-Cookie"); !strings.Contains(got, "; Max-Age=2592000;") {
			t.Errorf("Set-Cookie = %q, want Max-Age of 30 days", got)
		}
		s.pass(6 * 24 * time.Hour)
		b.get("/api/users/me").want(http.StatusOK)
		r = b.post("/api/users/reauthenticate", `{"password":"correct horse"}`).want(http.StatusOK)
		if got := r.header.Get("Set-Cookie"); !strings.Contains(got, "; Max-Age=2073600;") {
			t.Errorf("Set-Cookie = %q, want Max-Age of what is left, 24 days", got)
		}
		s.pass(7 * 24 * time.Hour)
		b.get("/api/users/me").want(http.StatusUnauthorized, "session_expired")
	})
}

func TestLastSeenIsWrittenOnceAMinute(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		b := s.member("ann@example.com")
		sent := func() uint64 {
			before := s.conn.Statements()
			b.get("/api/users/me").want(http.StatusOK)
			return s.conn.Statements() - before
		}
		var again uint64 = 1 // for a session that a check has seen, unless it is kept in memory
		if s.conn.Engine() == db.SQLite {
			again = 0
		}
		for _, step := range []struct {
			when string
			want uint64
		}{
			{"the first request", 1},
			{"the second one", again},
			{"one after a minute", again + 1},
			{"the next, after that write", 1},
			{"the one after", again},
		} {
			if step.when == "one after a minute" {
				s.pass(time.Minute)
			}
			if n := sent(); n != step.want {
				t.Errorf("%s took %d statements, want %d", step.when, n, step.want)
			}
		}
	})
}

func TestForwardTakesOneStatement(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		b := s.member("ann@example.com")
		before := s.conn.Statements()
		b.get("/api/auth/forward").want(http.StatusOK)
		if n := s.conn.Statements() - before; n != 1 {
			t.Errorf("%d statements, want 1", n)
		}
	})
}

func TestALeakedRowOpensNoSession(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		b := s.member("ann@example.com")
		var hash []byte
		var publicID string
		err := s.conn.QueryRow(context.Background(), func(r db.Row) error { return r.Scan(&hash, &publicID) }, "SELECT id_hash, public_id FROM sessions")
		if err != nil {
			t.Fatal(err)
		}
		secret := b.cookie()
		for _, stolen := range []string{
			hex.EncodeToString(hash), base64.RawURLEncoding.EncodeToString(hash), publicID, secret + "%20", strings.ToLower(secret), secret[:42], secret + "A",
		} {
			b := s.browser()
			b.get("/api/users/me", "Cookie", "gatehouse="+stolen).want(http.StatusUnauthorized)
		}
		s.browser().get("/api/users/me", "Cookie", "gatehouse="+secret).want(http.StatusOK)
	})
}

func TestDisabledOrDeletedUserIsOutAtOnce(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ann, bob := s.member("ann@example.com"), s.member("bob@example.com")
		s.exec("UPDATE users SET state = 0 WHERE email = ?", "ann@example.com")
		s.exec("DELETE FROM users WHERE email = ?", "bob@example.com")
		ann.get("/api/users/me").want(http.StatusUnauthorized, "not_signed_in")
		bob.get("/api/users/me").want(http.StatusUnauthorized, "not_signed_in")
		bob.get("/api/auth/forward").want(http.StatusUnauthorized)
	})
}

func TestListAndEndSessions(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		here := s.browser()
		here.post("/api/users/signup", "email=ann@example.com&password=correct+horse", "User-Agent", "Firefox\x80 \tnightly").want(http.StatusCreated)
		s.pass(time.Second)
		there := s.browser()
		there.login("ann@example.com").want(http.StatusOK)
		stranger := s.member("bob@example.com")

		r := here.get("/api/users/sessions").want(http.StatusOK)
		list := data[sessionListing](r).Sessions
		if len(list) != 2 || list[0].Current || !list[1].Current {
			t.Fatalf("list = %s", r.body)
		}
		if e := list[1]; e.Kind != "cookie" || e.IP != "127.0.0.1" || e.UserAgent != "Firefox nightly" || !e.Expires.Equal(e.LastSeen.Add(30*time.Minute)) {
			t.Errorf("entry = %+v", e)
		}
		if strings.Contains(r.body, here.cookie()) {
			t.Error("the list shows the secret")
		}
		stranger.send(http.MethodDelete, "/api/users/sessions/"+list[0].ID, "").want(http.StatusNotFound, "not_found")
		there.get("/api/users/me").want(http.StatusOK)
		here.send(http.MethodDelete, "/api/users/sessions/"+list[0].ID, "").want(http.StatusOK)
		there.get("/api/users/me").want(http.StatusUnauthorized)
		here.send(http.MethodDelete, "/api/users/sessions/"+list[0].ID, "").want(http.StatusNotFound)

		there.login("ann@example.com").want(http.StatusOK)
		here.send(http.MethodDelete, "/api/users/sessions", "").want(http.StatusOK)
		there.get("/api/users/me").want(http.StatusUnauthorized)
		here.get("/api/users/me").want(http.StatusOK)
		here.send(http.MethodDelete, "/api/users/sessions/"+list[1].ID, "").want(http.StatusOK)
		here.get("/api/users/me").want(http.StatusUnauthorized)
		if here.cookie() != "" {
			t.Error("the cookie of the session that was ended is still there")
		}
		stranger.get("/api/users/me").want(http.StatusOK)
	})
}

func TestLogoutAgainstRequestsInFlightNeverRevives(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		b := s.member("ann@example.com")
		cookie := b.cookie()
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				for range 20 {
					s.pass(time.Minute) // so that each request also writes last-seen
					_, _ = s.thief(cookie).try(http.MethodGet, "/api/users/me", "")
				}
			})
		}
		b.post("/api/users/logout", "").want(http.StatusOK)
		s.thief(cookie).get("/api/users/me").want(http.StatusUnauthorized)
		wg.Wait()
		s.thief(cookie).get("/api/users/me").want(http.StatusUnauthorized)
		if n := s.count("SELECT COUNT(*) FROM sessions"); n != 0 {
			t.Errorf("%d sessions, want 0", n)
		}
	})
}

func TestCancelledRequestsNeverShowAnotherUser(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		people := map[string]string{}
		for _, email := range []string{"ann@example.com", "bob@example.com", "cyd@example.com"} {
			people[email] = s.member(email).cookie()
		}
		var wg sync.WaitGroup
		for email, cookie := range people {
			for range 4 {
				wg.Go(func() {
					for i := range 60 {
						ctx, cancel := context.WithCancel(context.Background())
						if i%2 == 0 {
							time.AfterFunc(time.Duration(i*20)*time.Microsecond, cancel)
						}
						req, _ := http.NewRequestWithContext(ctx, http.MethodGet, s.URL+"/api/users/me", nil)
						req.Header.Set("Cookie", "gatehouse="+cookie)
						res, err := http.DefaultClient.Do(req)
						if err == nil {
							text := make([]byte, 4096)
							n, _ := res.Body.Read(text)
							res.Body.Close()
							if res.StatusCode == http.StatusOK && n > 0 && !strings.Contains(string(text[:n]), email) {
								t.Errorf("%s was shown %s", email, text[:n])
							}
							if res.StatusCode == http.StatusUnauthorized {
								t.Errorf("%s was called signed out", email)
							}
						}
						cancel()
					}
				})
			}
		}
		wg.Wait()
	})
}

func TestAnEndedSessionSignsNobodyElseOut(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		here, there := s.member("ann@example.com"), s.browser()
		there.login("ann@example.com", "&remember=true").want(http.StatusOK)
		s.pass(30 * time.Minute)
		for _, scope := range []string{"others", "global"} {
			here.post("/api/users/logout", "scope="+scope).want(http.StatusOK)
			there.get("/api/users/me").want(http.StatusOK)
		}
	})
}

func TestAVisitorsSessionIsNoSignIn(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		visitor, secret := session.NewVisitor(session.Device{}, s.time())
		if err := session.In(s.conn).Create(context.Background(), visitor); err != nil {
			t.Fatal(err)
		}
		b := s.thief(string(secret))
		b.get("/api/users/me").want(http.StatusUnauthorized, "not_signed_in")
		b.get("/api/auth/forward").want(http.StatusUnauthorized, "not_signed_in")
	})
}
