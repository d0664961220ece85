package controllers

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"gatehouse/db/dbtest"
	"gatehouse/models/token"
)

func TestLogoutEndsTheFamilyByEitherToken(t *testing.T) {
	tests := []struct {
		name        string
		wait        time.Duration
		headers     func(h *holder) []string
		blacklisted int
	}{
		{"both", 0, (*holder).both, 2},
		{"both, dashed", 0, func(h *holder) []string {
			return []string{"authorization-access", h.access, "authorization-refresh", h.refresh}
		}, 2},
		{"access", 0, func(h *holder) []string { return []string{"authorization_access", h.access} }, 1},
		{"bearer", 0, func(h *holder) []string { return []string{"Authorization", "bearer " + h.access} }, 1},
		{"refresh", 0, func(h *holder) []string { return []string{"authorization_refresh", h.refresh} }, 1},
		{"expired access beside a refresh", 3 * time.Minute, (*holder).both, 1},
		{"expired access", 3 * time.Minute, func(h *holder) []string { return []string{"authorization_access", h.access} }, 0},
		{"both expired", 5 * time.Minute, (*holder).both, 0},
		{"one of them rubbish", 0, func(h *holder) []string {
			return []string{"authorization_access", h.access, "authorization_refresh", "x"}
		}, 1},
		{"each as the other", 0, func(h *holder) []string {
			return []string{"authorization_access", h.refresh, "authorization_refresh", h.access}
		}, 2},
		{"one twice", 0, func(h *holder) []string {
			return []string{"authorization_access", h.access, "authorization_refresh", h.access}
		}, 1},
	}
	each(t, func(t *testing.T, s *site) {
		b := s.member("ann@example.com")
		stays := b.holder("ann@example.com")
		for _, test := range tests {
			s.exec("DELETE FROM blacklist")
			h := b.holder("ann@example.com")
			s.pass(test.wait)
			for range 2 { // once more is no mistake
				r := h.post("/auth/logout", "", test.headers(h)...).want(http.StatusOK)
				r.cookieless(test.name)
			}
			alive, blacklisted := s.families()
			if alive != 1 || blacklisted != test.blacklisted {
				t.Errorf("%s: %d families and %d tokens on the blacklist, want 1 and %d", test.name, alive, blacklisted, test.blacklisted)
			}
			if test.wait == 0 {
				h.wantOut(test.name)
			}
			if stays.renew().status != http.StatusOK {
				stays = b.holder("ann@example.com") // after so long a wait
				s.exec("DELETE FROM sessions WHERE kind = ? AND public_id <> ?", "token", claims(t, stays.access).Session)
			}
		}
		if n := strings.Count(s.log.String(), `"event":"sign_out"`); n != len(tests)-1 {
			t.Errorf("%d events, want one for each but the family that had ended", n)
		}
		b.get("/api/users/me").want(http.StatusOK)
	})
}

func TestAnEarlierTokenStillSignsItsFamilyOut(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		h := s.holder("ann@example.com")
		first := h.then()
		s.pass(4 * time.Minute)
		h.renew().want(http.StatusOK)
		s.pass(4 * time.Minute)
		h.renew().want(http.StatusOK)
		first.post("/auth/logout", "", first.both()...).want(http.StatusOK)
		h.wantOut("a later generation")
	})
}

func TestLogoutTakesTheTokensAsTheyWereGiven(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		b := s.member("ann@example.com")
		for name, body := range map[string]func(h *holder) string{
			"the answer of the sign-in": func(h *holder) string {
				return `{"accessToken":"` + h.access + `","refreshToken":"` + h.refresh + `","expiresIn":180}`
			},
			"a form":          func(h *holder) string { return "accessToken=" + h.access },
			"a refresh token": func(h *holder) string { return `{"refreshToken":"` + h.refresh + `"}` },
		} {
			h, beside := b.holder("ann@example.com"), b.holder("ann@example.com")
			h.post("/auth/logout", body(h), "Authorization", "Bearer "+beside.access).want(http.StatusOK).cookieless(name)
			h.wantOut(name)
			beside.wantOut(name + ", the family of the header")
		}
		h := b.holder("ann@example.com")
		h.post("/auth/logout", `{"accessToken":5}`, h.both()...).want(http.StatusUnprocessableEntity, "validation_failed")
		h.me().want(http.StatusOK)
	})
}

func TestADisabledUsersLogoutByTokenHoldsWhenTheyAreEnabledAgain(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		h := s.holder("ann@example.com")
		s.exec("UPDATE users SET state = 0")
		h.post("/auth/logout", "", h.both()...).want(http.StatusOK)
		s.exec("UPDATE users SET state = 1")
		h.wantOut("an enabled user")
	})
}

func TestParallelLogoutsAllSucceed(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		h := s.holder("ann@example.com")
		statuses := parallel(20, func(int) int {
			r, _ := h.try(http.MethodPost, "/auth/logout", "", h.both()...)
			return r.status
		})
		if statuses[http.StatusOK] != 20 {
			t.Errorf("statuses = %v, want 20 times 200", statuses)
		}
		h.wantOut("after 20 logouts")
	})
}

func TestLogoutOfTwoFamiliesEndsBoth(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ann, bob := s.holder("ann@example.com"), s.holder("bob@example.com")
		s.browser().post("/auth/logout", "", "authorization_access", ann.access, "authorization_refresh", bob.refresh).want(http.StatusOK)
		ann.wantOut("ann")
		bob.wantOut("bob")
		bob = bob.holder("bob@example.com") // one family that has ended is no reason to leave the other
		s.browser().post("/auth/logout", "", "authorization_access", ann.access, "authorization_refresh", bob.refresh).want(http.StatusOK)
		bob.wantOut("bob, beside a family that had ended")
	})
}

func TestLogoutPassesOverWhatIsNoTokenOfOurs(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		h := s.holder("ann@example.com")
		// The same names and ids, but the keys of another server.
		other := newSite(t, dbtest.Open(t, s.conn.Engine()), nil).holder("ann@example.com")
		cut := strings.Split(h.access, ".")
		for name, text := range map[string]string{
			"rubbish": "x", "three parts": "a.b.c", "no signature": cut[0] + "." + cut[1] + ".", "payload of another": cut[0] + "." + strings.Split(other.access, ".")[1] + "." + cut[2],
			"cut off": h.access[:len(h.access)-1], "longer": h.access + "A", "too long": h.access + strings.Repeat("x", token.MaxBytes), "another server's": other.access,
		} {
			before := s.conn.Statements()
			for _, headers := range [][]string{{"authorization_access", text}, {"authorization_refresh", text}, {"Authorization", "Bearer " + text, "authorization-refresh", text}} {
				h.post("/auth/logout", "", headers...).want(http.StatusOK)
			}
			if n := s.conn.Statements() - before; n != 0 {
				t.Errorf("%s: %d statements, want none", name, n)
			}
			h.get("/api/users/me", "Authorization", "Bearer "+text).want(http.StatusUnauthorized, "token_invalid")
		}
		h.post("/auth/logout", "").want(http.StatusOK)
		h.post("/auth/logout", "", "Content-Type", "text/plain").want(http.StatusOK)
		h.post("/auth/logout", `{"accessToken":"x","refreshToken":null,"token":"`+h.access+`"}`).want(http.StatusOK)
		h.post("/auth/logout", "").want(http.StatusOK)
		if _, n := s.families(); n != 0 {
			t.Errorf("%d tokens on the blacklist, want 0", n)
		}
		h.me().want(http.StatusOK)
	})
}

func TestLogoutWithTwoDifferentTokensForOneIsRefused(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		h, other := s.holder("ann@example.com"), s.holder("bob@example.com")
		for _, path := range []string{"/auth/logout", "/api/users/logout"} {
			for _, headers := range [][]string{
				{"authorization_access", h.access, "authorization-access", other.access},
				{"authorization_access", h.access, "Authorization", "Bearer " + other.access},
				{"authorization_refresh", h.refresh, "authorization-refresh", "x"},
				{"authorization_access", h.access, "Authorization", "Bearer"},
			} {
				h.post(path, "", headers...).want(http.StatusBadRequest, "bad_request")
			}
		}
		if alive, blacklisted := s.families(); alive != 2 || blacklisted != 0 {
			t.Errorf("%d families and %d tokens on the blacklist, want 2 and 0", alive, blacklisted)
		}
	})
}

func TestALogoutThatCannotBeStoredIsNotConfirmed(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		h := s.holder("ann@example.com")
		b := s.member("bob@example.com")
		for _, table := range []string{"blacklist", "sessions"} {
			s.exec("ALTER TABLE " + table + " RENAME TO hidden")
			for _, r := range []reply{
				b.post("/auth/logout", "", h.both()...), b.post("/auth/logout", "", "authorization_access", h.access), b.post("/auth/logout", "", "authorization_refresh", h.refresh),
				b.post("/api/users/logout", "", h.both()...), b.post("/api/users/logout", "scope=global", h.both()...),
			} {
				if r.status != http.StatusServiceUnavailable || r.failure().Code != "database_unavailable" || r.header.Get("Retry-After") == "" {
					t.Errorf("without the table %s: %d %s, want 503 database_unavailable", table, r.status, r.body)
				}
				r.cookieless(table)
			}
			s.exec("ALTER TABLE hidden RENAME TO " + table)
			h.me().want(http.StatusOK) // half a logout would be worse than none
			if alive, blacklisted := s.families(); alive != 1 || blacklisted != 0 {
				t.Errorf("%s: %d families and %d tokens on the blacklist, want 1 and 0", table, alive, blacklisted)
			}
		}
		_ = s.conn.Close()
		b.post("/auth/logout", "", h.both()...).want(http.StatusServiceUnavailable, "database_unavailable")
		b.post("/auth/logout", "", "authorization_access", "x").want(http.StatusOK) // nothing to end, so nothing to ask
	})
}

func TestLogoutLeavesTheCookieBeside(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		b := s.member("ann@example.com")
		h, cookie := b.holder("ann@example.com"), b.cookie()
		for _, path := range []string{"/auth/logout", "/api/users/logout"} {
			h.post(path, "", h.both()...).want(http.StatusOK).cookieless(path)
			h.wantOut(path)
			h = b.holder("ann@example.com")
		}
		b.post("/api/users/logout", "", "authorization_refresh", h.refresh).want(http.StatusOK).cookieless("a refresh token alone")
		h.wantOut("a refresh token alone")
		b.post("/api/users/logout", "", "Authorization", "Bearer x").want(http.StatusOK).cookieless("a bad token")
		if b.cookie() != cookie {
			t.Error("the cookie changed")
		}
		b.get("/api/users/me").want(http.StatusOK)
	})
}

func TestExpiredTokensLeaveTheBlacklist(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		h := s.holder("ann@example.com")
		h.post("/auth/logout", "", h.both()...).want(http.StatusOK)
		for _, step := range []struct {
			wait time.Duration
			left int
		}{{179 * time.Second, 2}, {time.Second, 1}, {119 * time.Second, 1}, {time.Second, 0}} {
			s.pass(step.wait)
			if err := token.BlacklistIn(s.conn).Clean(context.Background(), 1, s.time()); err != nil {
				t.Fatal(err)
			}
			if _, n := s.families(); n != step.left {
				t.Errorf("%d tokens on the blacklist, want %d", n, step.left)
			}
		}
	})
}

func TestLogsShowNoToken(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		h := s.holder("ann@example.com")
		first := h.then()
		h.get("/auth/page?access_token="+h.access, "authorization_access", h.access)
		h.post("/auth/verify", "token="+h.access)
		h.renew()
		h.get("/auth/page/" + url.PathEscape("x\r\ny"))
		h.post("/auth/logout", "", h.both()...)
		log := s.log.String()
		for _, text := range []string{first.access, first.refresh, h.access, h.refresh} {
			for part := range strings.SplitSeq(text, ".") {
				if strings.Contains(log, part) {
					t.Errorf("the log shows a part of a token: %s", part)
				}
			}
		}
		for _, line := range []string{
			`"event":"sign_up","ip":"127.0.0.1","requestId":`, `"event":"sign_in","ip":"127.0.0.1","requestId":`, `"user":1,"kind":"token"`,
			`"event":"sign_out","ip":"127.0.0.1","requestId":`, `"user":1,"scope":"local"`,
		} {
			if !strings.Contains(log, line) {
				t.Errorf("the log lacks %s", line)
			}
		}
	})
}
