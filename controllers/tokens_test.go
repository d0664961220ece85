package controllers

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"gatehouse/config"
	"gatehouse/models/user"
)

func TestTheOldTokenClientsJourney(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		b := s.browser()
		b.post("/auth/signup", `{"email":"ann@example.com","password":"correct horse","name":"Ann"}`).want(http.StatusCreated)
		first := &holder{browser: b}
		first.take(b.post("/auth/login", `{"email":"ann@example.com","password":"correct horse"}`).want(http.StatusOK))
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			u := data[user.User](b.send(method, "/auth/page", "", "authorization_access", first.access).want(http.StatusOK))
			if u.Email != "ann@example.com" || *u.Name != "Ann" {
				t.Errorf("%s: user = %+v", method, u)
			}
		}
		s.pass(3 * time.Minute)
		r := b.get("/auth/page", "authorization_access", first.access).want(http.StatusUnauthorized, "token_expired")
		if got := r.failure().Refresh; got != "/auth/refresh" {
			t.Errorf("refresh = %q, want /auth/refresh", got)
		}
		r = b.get("/auth/page", first.both()...).want(http.StatusOK)
		second := &holder{browser: b, access: r.header.Get("authorization_access"), refresh: r.header.Get("authorization_refresh")}
		if second.access == "" || second.access == first.access || second.refresh == first.refresh || data[user.User](r).ID != 1 {
			t.Fatalf("headers %v, body %s", r.header, r.body)
		}
		b.get("/auth/page", second.both()...).want(http.StatusOK)
		b.post("/auth/verify", `{"token":"`+second.access+`"}`).want(http.StatusOK)
		if r := b.post("/auth/logout", "", second.both()...).want(http.StatusOK); r.body != `{"success":true,"message":"user logout successfully"}` {
			t.Errorf("logout: %s", r.body)
		}
		second.wantOut("after the logout")
		b.post("/auth/refresh", "", "authorization_refresh", first.refresh).want(http.StatusUnauthorized, "token_revoked")

		restarted := newSite(t, s.conn, nil)
		restarted.pass(3 * time.Minute)
		second.browser = restarted.browser()
		second.wantOut("after a restart")
	})
}

func TestWhatASignInForTokensAnswers(t *testing.T) {
	form := regexp.MustCompile(`^\{"success":true,"data":\{"id":1,"email":"ann@example\.com","gender":null,"lastLogin":"2026-03-01T12:00:30Z","name":null,"role":"user","state":1,"created":"2026-03-01T12:00:00Z"\},` +
		`"accessToken":"[\w.-]+","refreshToken":"[\w.-]+","tokenType":"Bearer","expiresIn":180,"refreshExpiresIn":300\}$`)
	each(t, func(t *testing.T, s *site) {
		b := s.browser()
		signup := "email=ann@example.com&password=correct+horse"
		if u := data[user.User](b.post("/auth/signup", signup).want(http.StatusCreated)); u.LastLogin != nil {
			t.Errorf("lastLogin = %v after a sign-up that signs nobody in", u.LastLogin)
		}
		if n := s.count("SELECT COUNT(*) FROM sessions"); n != 0 {
			t.Errorf("%d sessions after the sign-up, want 0", n)
		}
		b.post("/auth/signup", signup).want(http.StatusConflict, "email_taken")
		s.pass(30 * time.Second)
		r := b.post("/auth/login", signup).want(http.StatusOK)
		h := &holder{browser: b}
		for name, r := range map[string]reply{"login": r, "refresh": h.renewed(r)} { // refresh sets no lastLogin
			if !form.MatchString(r.body) || r.header.Get("Cache-Control") != "no-store" {
				t.Errorf("%s: Cache-Control %q, %s", name, r.header.Get("Cache-Control"), r.body)
			}
		}
		if len(r.header["Authorization_access"])+len(r.header["Authorization_refresh"]) > 0 {
			t.Error("login sent the tokens as headers too")
		}
		// The same people as in the cookie mode.
		if u := data[user.User](b.login("ann@example.com").want(http.StatusOK)); u.ID != 1 {
			t.Errorf("id = %d, want 1", u.ID)
		}
	})
}

// renewed takes the tokens of an answer, and exchanges them a minute later.
func (h *holder) renewed(r reply) reply {
	h.site.t.Helper()
	h.take(r)
	h.site.pass(time.Minute)
	again := h.renew().want(http.StatusOK)
	if a, r := again.header.Get("authorization_access"), again.header.Get("authorization_refresh"); a != h.access || r != h.refresh {
		h.site.t.Errorf("headers %q and %q, want the tokens of the body", a, r)
	}
	return again
}

func TestTokensSayNothingPersonal(t *testing.T) {
	const id = `"[a-z2-7]{26}"`
	edit := func(c *config.Settings) { c.Issuer, c.Audience = "https://auth.example.com", "the app" }
	eachWith(t, &options{edit: edit}, func(t *testing.T, s *site) {
		h := s.holder("ann@example.com")
		for text, want := range map[string][2]string{
			h.access:  {"at+jwt", "1772366580"},
			h.refresh: {"rt+jwt", "1772366700"},
		} {
			header, payload, _ := opened(t, text)
			if !regexp.MustCompile(`^\{"alg":"ES256","kid":"[\w-]{43}","typ":"` + regexp.QuoteMeta(want[0]) + `"\}$`).MatchString(header) {
				t.Errorf("header = %s", header)
			}
			if !regexp.MustCompile(`^\{"iss":"https://auth.example.com","aud":"the app","sub":"1","sid":` + id + `,"jti":` + id + `,"iat":1772366400,"exp":` + want[1] + `\}$`).MatchString(payload) {
				t.Errorf("payload = %s", payload)
			}
		}
		access, refresh := claims(t, h.access), claims(t, h.refresh)
		if access.Session != refresh.Session || access.ID == refresh.ID || access.ID == access.Session {
			t.Errorf("claims = %+v and %+v, want one sid and two jti", access, refresh)
		}
		_, payload, _ := opened(t, h.access)
		r := h.post("/auth/verify", "token="+h.access).want(http.StatusOK)
		if !strings.HasPrefix(r.body, `{"success":true,"data":`+payload+`,"user":{"id":1,`) {
			t.Errorf("verify: %s\nwant the claims %s and the user", r.body, payload)
		}
	})
	each(t, func(t *testing.T, s *site) {
		if c := claims(t, s.holder("ann@example.com").access); c.Issuer != "http://localhost:0" || c.Audience != c.Issuer {
			t.Errorf("iss = %q, aud = %q, want the base URL for both", c.Issuer, c.Audience)
		}
	})
}

func TestNoTokenRouteSetsACookie(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		h := s.holder("ann@example.com")
		b := s.member("bob@example.com")
		cookie := b.cookie()
		for _, headers := range [][]string{nil, h.both(), {"authorization_access", "x", "authorization_refresh", "y"}} {
			for _, path := range []string{"/auth/signup", "/auth/login", "/auth/refresh", "/auth/logout", "/auth/verify", "/auth/page"} {
				for _, body := range []string{"", "email=bob@example.com&password=correct+horse&token=x", "email=bob@example.com&password=wrong+horse"} {
					b.post(path, body, headers...).cookieless(path)
				}
			}
		}
		if b.cookie() != cookie {
			t.Error("the cookie changed")
		}
		b.get("/api/users/me").want(http.StatusOK)
	})
}

func TestTokensExpire(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		s.pass(700 * time.Millisecond) // a token's times are whole seconds: it never lasts longer than it says
		h := s.holder("ann@example.com")
		s.pass(179 * time.Second)
		h.me().want(http.StatusOK)
		s.pass(300 * time.Millisecond)
		for _, r := range []reply{h.me(), h.get("/auth/page", "authorization_access", h.access), h.post("/auth/verify", "token="+h.access)} {
			r.want(http.StatusUnauthorized, "token_expired")
		}
		if r := h.me(); r.failure().Refresh != "" {
			t.Errorf("only the page says where to refresh: %s", r.body)
		}
		s.pass(119 * time.Second)
		h.renew().want(http.StatusOK)
		h.me().want(http.StatusOK)
		s.pass(299 * time.Second)
		h.renew().want(http.StatusOK)
		s.pass(300 * time.Second)
		h.renew().want(http.StatusUnauthorized, "token_expired")
		r := h.get("/auth/page", h.both()...).want(http.StatusUnauthorized, "token_expired")
		if got := r.failure().Refresh; got != "" {
			t.Errorf("refresh = %q, but the refresh token has expired too", got)
		}
	})
}

func TestAFamilyEndsHoweverOftenItIsRefreshed(t *testing.T) {
	edit := func(c *config.Settings) { c.AccessTTL, c.RefreshTTL, c.FamilyLifetime = "20s", "30s", "100s" }
	eachWith(t, &options{edit: edit}, func(t *testing.T, s *site) {
		h := s.holder("ann@example.com")
		for _, step := range []struct {
			wait            time.Duration
			access, refresh int
		}{{25, 20, 30}, {25, 20, 30}, {25, 20, 25}, {20, 5, 5}} {
			s.pass(step.wait * time.Second)
			in := h.renew().want(http.StatusOK).issued()
			c := claims(t, in.AccessToken)
			if in.ExpiresIn != step.access || in.RefreshExpiresIn != step.refresh || int(c.Expires-c.IssuedAt) != step.access {
				t.Errorf("expiresIn = %d and %d, want %d and %d", in.ExpiresIn, in.RefreshExpiresIn, step.access, step.refresh)
			}
		}
		s.pass(4 * time.Second)
		h.me().want(http.StatusOK)
		s.pass(time.Second)
		h.me().want(http.StatusUnauthorized, "token_expired")
		h.renew().want(http.StatusUnauthorized, "token_expired")
	})
	each(t, func(t *testing.T, s *site) {
		h := s.holder("ann@example.com")
		for range 3 {
			s.pass(4 * time.Minute)
			h.renew().want(http.StatusOK)
		}
		const days30 = 30 * 24 * 60 * 60 * 1000
		if n := s.count("SELECT COUNT(*) FROM sessions WHERE absolute_expires = created + ?", days30); n != 1 {
			t.Error("the absolute limit is not 30 days after the sign-in")
		}
	})
}
