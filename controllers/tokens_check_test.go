package controllers

import (
	"net/http"
	"testing"
	"time"
)

// checked are the routes that an access token opens, with bodies that they would accept.
var checked = [][3]string{
	{"GET", "/auth/page", ""},
	{"HEAD", "/auth/page", ""},
	{"POST", "/auth/page", ""},
	{"GET", "/api/users/me", ""},
	{"HEAD", "/api/users/me", ""},
	{"GET", "/api/users/sessions", ""},
	{"GET", "/api/users/events", ""},
	{"HEAD", "/api/users/events", ""},
	{"GET", "/api/auth/forward", ""},
	{"PATCH", "/api/users/me", `{"name":"Eve"}`},
	{"DELETE", "/api/users/sessions", ""},
	{"DELETE", "/api/users/sessions/x", ""},
	{"POST", "/api/users/reauthenticate", "password=correct+horse"},
	{"POST", "/api/users/password", "currentPassword=correct+horse&newPassword=battery+staple"},
	{"DELETE", "/api/users/me", ""},
}

func TestEveryRouteAsksTheBlacklist(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		h := s.holder("ann@example.com")
		for _, text := range []string{h.access, h.refresh} { // the family itself stays alive
			s.exec("INSERT INTO blacklist (jti, expires) VALUES (?, ?)", claims(t, text).ID, s.time().Add(time.Hour).UnixMilli())
		}
		for _, route := range checked {
			r := h.ask(route[0], route[1], route[2])
			if r.status != http.StatusUnauthorized || r.body != "" && r.failure().Code != "token_revoked" {
				t.Errorf("%s %s: %d %s, want 401 token_revoked", route[0], route[1], r.status, r.body)
			}
		}
		h.wantOut("a family whose tokens are on the blacklist")
		if n := s.count("SELECT COUNT(*) FROM sessions WHERE refresh_jti = ? AND previous_jti IS NULL", claims(t, h.refresh).ID); n != 1 {
			t.Error("the family changed")
		}
		s.exec("DELETE FROM blacklist")
		h.me().want(http.StatusOK)
		h.renew().want(http.StatusOK)
	})
}

// Who cannot be asked lets nobody in and sends nobody away (ASVS 16.5.3).
func TestAnUnreadableBlacklistIsNeitherAYesNorANo(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		h, b := s.holder("ann@example.com"), s.member("bob@example.com")
		h.http = b.http // so that a cookie goes along
		cookie := b.cookie()
		unavailable := func(name string, r reply) {
			t.Helper()
			if r.status != http.StatusServiceUnavailable || r.body != "" && r.failure().Code != "database_unavailable" || r.header.Get("Retry-After") == "" {
				t.Errorf("%s: %d %s, want 503 database_unavailable", name, r.status, r.body)
			}
			r.cookieless(name)
		}
		all := func() {
			t.Helper()
			for _, route := range checked {
				unavailable(route[0]+" "+route[1], h.ask(route[0], route[1], route[2]))
			}
			unavailable("verify", h.post("/auth/verify", "token="+h.access))
			unavailable("refresh", h.renew())
		}
		s.exec("ALTER TABLE blacklist RENAME TO hidden")
		all()
		s.pass(3 * time.Minute)
		unavailable("page with a refresh token", h.get("/auth/page", h.both()...))
		h.me().want(http.StatusUnauthorized, "token_expired") // for that, nobody need be asked
		b.get("/api/users/me").want(http.StatusOK)
		s.exec("ALTER TABLE hidden RENAME TO blacklist")
		h.renew().want(http.StatusOK)
		h.me().want(http.StatusOK)
		_ = s.conn.Close()
		all()
		if b.cookie() != cookie {
			t.Error("the cookie changed")
		}
	})
}

// Two people's tokens in one request are settled in favour of neither.
func TestTokensOfTwoFamiliesAreNotRefreshedOnTheWay(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ann, bob := s.holder("ann@example.com"), s.holder("bob@example.com")
		s.pass(3 * time.Minute)
		ann.get("/auth/page", "authorization_access", ann.access, "authorization_refresh", bob.refresh).want(http.StatusUnauthorized, "token_invalid")
		for _, h := range []*holder{ann, bob} {
			h.get("/auth/page", h.both()...).want(http.StatusOK)
		}
	})
}

func TestOnlyAnExpiredAccessTokenIsRefreshedOnTheWay(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		h := s.holder("ann@example.com")
		s.exec("INSERT INTO blacklist (jti, expires) VALUES (?, ?)", claims(t, h.access).ID, s.time().Add(time.Hour).UnixMilli())
		for name, test := range map[string]struct {
			headers []string
			code    string
		}{
			"revoked":         {h.both(), "token_revoked"},
			"rubbish":         {[]string{"authorization_access", "x", "authorization_refresh", h.refresh}, "token_invalid"},
			"none":            {[]string{"authorization_refresh", h.refresh}, "token_invalid"},
			"a refresh token": {[]string{"authorization_access", h.refresh, "authorization_refresh", h.refresh}, "token_invalid"},
		} {
			r := h.get("/auth/page", test.headers...)
			if r.status != http.StatusUnauthorized || r.failure().Code != test.code || r.failure().Refresh != "" || len(r.header["Authorization_access"]) > 0 {
				t.Errorf("%s: %d %s, want 401 %s", name, r.status, r.body, test.code)
			}
		}
		if n := s.count("SELECT COUNT(*) FROM sessions WHERE refresh_jti = ? AND previous_jti IS NULL", claims(t, h.refresh).ID); n != 1 {
			t.Error("the refresh token was exchanged")
		}
	})
}

// Also where another program, or a person, puts an end to it in the table.
func TestAFamilyWhoseLimitHasPassedOpensNothing(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		for _, column := range []string{"idle_expires", "absolute_expires"} {
			h := s.holder(column + "@example.com")
			s.exec("UPDATE sessions SET "+column+" = ?", s.time().UnixMilli())
			h.me().want(http.StatusUnauthorized, "token_expired")
			h.get("/auth/page", h.both()...).want(http.StatusUnauthorized, "token_expired")
			h.renew().want(http.StatusUnauthorized, "token_expired")
			h.post("/auth/verify", "token="+h.access).want(http.StatusUnauthorized, "token_expired")
		}
	})
}

func TestACheckTakesOneStatement(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		h := s.holder("ann@example.com")
		sent := func(f func() reply) uint64 {
			before := s.conn.Statements()
			f()
			return s.conn.Statements() - before
		}
		asks := map[string]func() reply{
			"me":      func() reply { return h.me().want(http.StatusOK) },
			"page":    func() reply { return h.ask("GET", "/auth/page", "").want(http.StatusOK) },
			"verify":  func() reply { return h.post("/auth/verify", "token="+h.access).want(http.StatusOK) },
			"forward": func() reply { return h.ask("GET", "/api/auth/forward", "").want(http.StatusOK) },
		}
		for name, f := range asks {
			if n := sent(f); n != 1 {
				t.Errorf("%s took %d statements, want 1", name, n)
			}
		}
		for _, name := range []string{"me", "forward"} { // each after a minute, which writes last-seen too
			s.pass(time.Minute)
			if n := sent(asks["verify"]); n != 1 { // it is not the holder who asks
				t.Errorf("verify took %d statements after a minute, want 1", n)
			}
			if n := sent(asks[name]); n != 2 {
				t.Errorf("%s took %d statements after a minute, want 2", name, n)
			}
			if n := sent(asks["page"]); n != 1 {
				t.Errorf("the next one took %d statements, want 1", n)
			}
		}
	})
}

func TestUseOfAnAccessTokenNeverProlongsItsFamily(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		h := s.holder("ann@example.com")
		end := claims(t, h.refresh).Expires * 1000
		for range 2 {
			s.pass(time.Minute)
			h.me().want(http.StatusOK)
			if n := s.count("SELECT COUNT(*) FROM sessions WHERE last_seen = ? AND idle_expires = ?", s.time().UnixMilli(), end); n != 1 {
				t.Error("last-seen was not written, or the idle limit moved")
			}
		}
		list := data[sessionListing](h.ask("GET", "/api/users/sessions", "")).Sessions
		if e := list[0]; !e.LastSeen.Equal(s.time()) || e.Expires.UnixMilli() != end {
			t.Errorf("entry = %+v", e)
		}
		s.pass(3 * time.Minute)
		h.renew().want(http.StatusUnauthorized, "token_expired")
	})
}
