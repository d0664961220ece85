package controllers

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"gatehouse/models/user"
)

func TestAnAccessTokenIsAsGoodAsACookie(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		h := s.holder("ann@example.com")
		h.ask("PATCH", "/api/users/me", `{"name":"Ann Ünal"}`).want(http.StatusOK)
		for _, headers := range [][]string{
			{"authorization_access", h.access},
			{"authorization-access", h.access},
			{"Authorization", "Bearer " + h.access},
			{"Authorization", "bEARER   " + h.access + " "},
			{"authorization_access", h.access, "authorization-access", h.access, "Authorization", "Bearer " + h.access},
			{"authorization_access", h.access, "Authorization", "Basic eDp5"},
			{"authorization_access", h.access, "authorization_refresh", "rubbish"},
			h.both(),
		} {
			if u := data[user.User](h.get("/api/users/me", headers...)); u.ID != 1 {
				t.Errorf("%v: user = %+v", headers, u)
			}
			r := h.get("/api/users/sessions", headers...).want(http.StatusOK)
			list := data[sessionListing](r).Sessions
			if len(list) != 1 || list[0].Kind != "token" || !list[0].Current || list[0].ID != claims(t, h.access).Session || list[0].IP != "127.0.0.1" {
				t.Errorf("%v: sessions = %s", headers, r.body)
			}
			r = h.get("/api/auth/forward?role=user", headers...).want(http.StatusOK)
			for name, want := range map[string]string{"User": "ann@example.com", "Email": "ann@example.com", "Id": "1", "Name": "Ann Ünal", "Groups": "user"} {
				if got := r.header.Get("Remote-" + name); got != want {
					t.Errorf("%v: Remote-%s = %q, want %q", headers, name, got, want)
				}
			}
			h.get("/api/auth/forward?role=admin", headers...).want(http.StatusForbidden, "forbidden")
			h.get("/auth/page", headers...).want(http.StatusOK)
		}
	})
}

// Also beside a good cookie, which is neither a second chance nor touched.
func TestABadTokenIsNotSavedByAGoodCookie(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		h, b := s.holder("ann@example.com"), s.member("bob@example.com")
		late, out, cookie := h.holder("ann@example.com"), h.holder("ann@example.com"), b.cookie()
		out.ask("POST", "/auth/logout", "").want(http.StatusOK)
		s.pass(3 * time.Minute)
		h.renew()
		sessions := s.count("SELECT COUNT(*) FROM sessions")
		for _, test := range []struct {
			name    string
			headers []string
			code    string
		}{
			{"rubbish", []string{"authorization_access", "x"}, "token_invalid"},
			{"rubbish, dashed", []string{"authorization-access", "x"}, "token_invalid"},
			{"rubbish bearer", []string{"Authorization", "Bearer x"}, "token_invalid"},
			{"empty bearer", []string{"Authorization", "Bearer"}, "token_invalid"},
			{"no space after bearer", []string{"Authorization", "Bearer,x"}, "token_invalid"},
			{"refresh token as bearer", []string{"Authorization", "Bearer " + h.refresh}, "token_invalid"},
			{"refresh token as access token", []string{"authorization_access", h.refresh}, "token_invalid"},
			{"refresh token alone", []string{"authorization_refresh", h.refresh}, "token_invalid"},
			{"dashed refresh token alone", []string{"authorization-refresh", h.refresh}, "token_invalid"},
			{"rubbish refresh token alone", []string{"authorization_refresh", "x"}, "token_invalid"},
			{"two tokens in one header", []string{"authorization_access", h.access + ", " + h.access}, "token_invalid"},
			{"bearer in the access header", []string{"authorization_access", "Bearer " + h.access}, "token_invalid"},
			{"session cookie as bearer", []string{"Authorization", "Bearer " + cookie}, "token_invalid"},
			{"session cookie as access token", []string{"authorization_access", cookie}, "token_invalid"},
			{"expired", []string{"Authorization", "Bearer " + late.access}, "token_expired"},
			{"signed out", []string{"Authorization", "Bearer " + out.access}, "token_expired"},
		} {
			for _, path := range []string{"/api/users/me", "/api/users/sessions", "/api/users/events", "/api/auth/forward"} {
				r := b.get(path, test.headers...)
				if r.status != http.StatusUnauthorized || r.failure().Code != test.code {
					t.Errorf("%s at %s: %d %s, want 401 %s", test.name, path, r.status, r.body, test.code)
				}
				if got := r.header.Get("WWW-Authenticate"); got != `Bearer error="invalid_token"` {
					t.Errorf("%s at %s: WWW-Authenticate = %q", test.name, path, got)
				}
				if l := r.header.Get("Location"); (l == "/login?next=%2F") != (path == "/api/auth/forward") {
					t.Errorf("%s at %s: Location = %q", test.name, path, l)
				}
				r.cookieless(test.name)
			}
			r := b.get("/login", test.headers...).want(http.StatusOK)
			if r.cookieless(test.name); strings.Contains(r.body, "signed in as") {
				t.Errorf("%s: the page says %s", test.name, r.body)
			}
			b.get("/healthz", test.headers...).want(http.StatusOK)
		}
		if n := s.count("SELECT COUNT(*) FROM sessions"); n != sessions || b.cookie() != cookie {
			t.Errorf("%d sessions, want %d; or the cookie changed", n, sessions)
		}
		if r := b.get("/api/users/me").want(http.StatusOK); data[user.User](r).Email != "bob@example.com" {
			t.Errorf("me = %s", r.body)
		}
	})
}

func TestTwoDifferentAccessTokens(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		h, other := s.holder("ann@example.com"), s.holder("bob@example.com")
		b := s.member("cyd@example.com")
		for _, two := range [][]string{
			{"authorization_access", h.access, "authorization-access", other.access},
			{"authorization_access", h.access, "Authorization", "Bearer " + other.access},
			{"authorization_access", h.access, "Authorization", "Bearer"},
			{"authorization_access", h.access, "authorization_refresh", h.refresh, "authorization-refresh", other.refresh},
		} {
			for _, path := range []string{"/api/users/me", "/api/users/sessions", "/api/users/events", "/api/auth/forward", "/auth/page"} {
				b.get(path, two...).want(http.StatusBadRequest, "bad_request").cookieless(path)
			}
			// These ask nobody who they are.
			b.get("/login", two...).want(http.StatusOK)
			b.post("/auth/login", "email=cyd@example.com&password=correct+horse", two...).want(http.StatusOK)
			b.post("/auth/signup", "email=cyd@example.com&password=correct+horse", two...).want(http.StatusConflict, "email_taken")
			b.post("/auth/verify", "token="+h.access, two...).want(http.StatusOK)
		}
	})
}

func TestSignInIgnoresTokensBesideIt(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		h := s.holder("ann@example.com")
		for name, headers := range map[string][]string{
			"good": h.both(), "rubbish": {"Authorization", "Bearer x"}, "two": {"authorization_access", "x", "authorization-access", "y"},
		} {
			b := s.browser()
			b.post("/api/users/signup", "email="+name+"@example.com&password=correct+horse", headers...).want(http.StatusCreated)
			first := b.cookie()
			b.post("/api/users/login", "email="+name+"@example.com&password=correct+horse", headers...).want(http.StatusOK)
			if first == "" || b.cookie() == first {
				t.Errorf("%s: cookie = %q after sign-up, %q after sign-in, want two", name, first, b.cookie())
			}
			s.thief(first).get("/api/users/me").want(http.StatusUnauthorized)
			if u := data[user.User](b.get("/api/users/me")); u.Email != name+"@example.com" {
				t.Errorf("%s: signed in as %s", name, u.Email)
			}
			r := b.post("/api/users/login", "email=ann@example.com&password=wrong+horse", headers...).want(http.StatusUnauthorized, "invalid_credentials")
			if got := r.header.Get("WWW-Authenticate"); got != "" {
				t.Errorf("%s: WWW-Authenticate = %q, but it is the password that was refused", name, got)
			}
		}
		h.me().want(http.StatusOK)
	})
}

func TestATokenIsReadFromHeadersOnly(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		h := s.holder("ann@example.com")
		h.renew().want(http.StatusOK)
		sessions := s.count("SELECT COUNT(*) FROM sessions")
		for _, query := range []string{"?access_token=", "?token=", "?authorization_access=", "?authorization-access="} {
			for _, path := range []string{"/auth/page", "/api/users/me"} {
				h.get(path+query+h.access).want(http.StatusUnauthorized, "not_signed_in")
			}
			h.post("/auth/verify"+query+h.access, "").want(http.StatusUnprocessableEntity)
		}
		for _, query := range []string{"?refreshToken=", "?refresh_token=", "?authorization_refresh="} {
			h.post("/auth/refresh"+query+h.refresh, "").want(http.StatusUnprocessableEntity)
		}
		for _, name := range []string{"gatehouse", "access_token", "authorization_access", "Authorization"} {
			for _, path := range []string{"/auth/page", "/api/users/me", "/api/auth/forward"} {
				r := h.get(path, "Cookie", name+"="+h.access).want(http.StatusUnauthorized, "not_signed_in")
				if got := r.header.Get("WWW-Authenticate"); got != "" {
					t.Errorf("WWW-Authenticate = %q where there is no token", got)
				}
			}
		}
		h.post("/auth/page", "access_token="+h.access).want(http.StatusUnauthorized, "not_signed_in")
		h.get("/api/users/me", "X-Forwarded-Authorization", "Bearer "+h.access, "Remote-User", "ann@example.com").want(http.StatusUnauthorized, "not_signed_in")
		if n := s.count("SELECT COUNT(*) FROM sessions"); n != sessions {
			t.Errorf("%d sessions, want %d", n, sessions)
		}
	})
}

func TestCookiesBesideATokenAreNotWeighed(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		h := s.holder("ann@example.com")
		bob, cyd := s.member("bob@example.com").cookie(), s.member("cyd@example.com").cookie()
		cookies := []string{"Cookie", "gatehouse=" + bob + "; gatehouse=" + cyd}
		if u := data[user.User](h.ask("GET", "/api/users/me", "", cookies...).want(http.StatusOK)); u.ID != 1 {
			t.Errorf("user = %+v", u)
		}
		h.ask("GET", "/api/auth/forward", "", cookies...).want(http.StatusOK)
		h.ask("POST", "/api/users/logout", "scope=global", cookies...).want(http.StatusOK)
		h.wantOut("after the logout")
		s.thief(bob).get("/api/users/me").want(http.StatusOK)
		s.thief(cyd).get("/api/users/me").want(http.StatusOK)
	})
}

func TestAnotherSchemeIsNoToken(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		b := s.member("ann@example.com")
		for _, value := range []string{"Basic YW5uOmNvcnJlY3QgaG9yc2U=", "Digest x", "eyJhbGciOiJFUzI1NiJ9.e30.x", "Beare x", "Bearerx", "Negotiate", ""} {
			b.get("/api/users/me", "Authorization", value, "authorization_access", " ", "authorization-refresh", "").want(http.StatusOK)
			r := s.browser().get("/api/users/me", "Authorization", value).want(http.StatusUnauthorized, "not_signed_in")
			if said := r.failure().Message; strings.Contains(said, "write Bearer") != (value != "") {
				t.Errorf("%q is told %q", value, said)
			}
		}
		b.post("/api/users/logout", "", "Authorization", "Basic x").want(http.StatusOK)
		if b.cookie() != "" {
			t.Error("the cookie is still there")
		}
	})
}

func TestVerifyTakesAccessTokensAlone(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		h, b := s.holder("ann@example.com"), s.member("bob@example.com")
		for _, text := range []string{h.refresh, b.cookie(), "x", h.access + " ", " " + h.access, strings.ToUpper(h.access)} {
			b.post("/auth/verify", `{"token":"`+text+`"}`).want(http.StatusUnauthorized, "token_invalid")
		}
		// Whoever asks: what stands beside the request does not count.
		for _, headers := range [][]string{nil, {"Authorization", "Bearer x"}, {"authorization_refresh", h.refresh}} {
			b.post("/auth/verify", `{"token":"`+h.access+`"}`, headers...).want(http.StatusOK)
		}
	})
}

func TestAChangeOfTheUserActsAtTheNextRequest(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		h := s.holder("ann@example.com")
		h.ask("GET", "/api/auth/forward?role=user", "").want(http.StatusOK)
		s.exec("UPDATE users SET role = ?, name = ?", "editor", "Ann")
		h.ask("GET", "/api/auth/forward?role=user", "").want(http.StatusForbidden)
		if r := h.ask("GET", "/api/auth/forward?role=editor", "").want(http.StatusOK); r.header.Get("Remote-Groups") != "editor" {
			t.Errorf("Remote-Groups = %q, want editor", r.header.Get("Remote-Groups"))
		}
		if r := h.post("/auth/verify", "token="+h.access).want(http.StatusOK); !strings.Contains(r.body, `"name":"Ann","role":"editor"`) {
			t.Errorf("verify: %s", r.body)
		}
		s.exec("UPDATE users SET state = 2")
		h.wantOut("a disabled user")
		h.ask("GET", "/api/auth/forward", "").want(http.StatusUnauthorized, "token_revoked")
	})
}
