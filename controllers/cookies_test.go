package controllers

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"gatehouse/config"
	"gatehouse/models/session"
)

func TestCookieOverHTTPS(t *testing.T) {
	eachWith(t, &options{tls: true, edit: func(c *config.Settings) { c.BaseURL = "https://example.com" }}, func(t *testing.T, s *site) {
		b := s.browser()
		r := b.post("/api/users/signup", "email=ann@example.com&password=correct+horse").want(http.StatusCreated)
		if got := r.header.Get("Set-Cookie"); !strings.HasPrefix(got, "__Host-gatehouse=") || !strings.HasSuffix(got, "; Path=/; HttpOnly; Secure; SameSite=Lax") {
			t.Errorf("Set-Cookie = %q", got)
		}
		if got := r.header.Get("Strict-Transport-Security"); got != "max-age=31536000" {
			t.Errorf("Strict-Transport-Security = %q", got)
		}
		b.get("/api/users/me").want(http.StatusOK)
		s.browser().get("/api/users/me", "Cookie", "gatehouse="+b.cookie()).want(http.StatusUnauthorized)
	})
}

func TestCookieOverHTTP(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		r := s.browser().post("/api/users/signup", "email=ann@example.com&password=correct+horse").want(http.StatusCreated)
		value, rest, _ := strings.Cut(strings.TrimPrefix(r.header.Get("Set-Cookie"), "gatehouse="), ";")
		if len(value) != 43 || rest != " Path=/; HttpOnly; SameSite=Lax" {
			t.Errorf("Set-Cookie = %q", r.header.Get("Set-Cookie"))
		}
		if strings.Contains(r.body, value) {
			t.Error("the body shows the secret")
		}
		if u, _ := url.Parse(s.URL); u.Scheme != "http" {
			t.Fatal("this test is about http")
		}
	})
}

func TestSeveralSessionCookies(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ann, bob := s.member("ann@example.com").cookie(), s.member("bob@example.com").cookie()
		dead := strings.Repeat("A", 43)
		both := "gatehouse=" + ann + "; gatehouse=" + bob
		b := s.browser()
		b.get("/api/users/me", "Cookie", "gatehouse="+dead+"; gatehouse="+ann).want(http.StatusOK)
		b.get("/api/users/me", "Cookie", "gatehouse="+ann+"; gatehouse="+ann).want(http.StatusOK)
		b.get("/api/users/me", "Cookie", both).want(http.StatusBadRequest, "ambiguous_session")
		b.get("/api/auth/forward", "Cookie", both).want(http.StatusBadRequest, "ambiguous_session")
		b.post("/api/users/logout", "", "Cookie", both).want(http.StatusOK)
		s.thief(ann).get("/api/users/me").want(http.StatusUnauthorized)
		s.thief(bob).get("/api/users/me").want(http.StatusUnauthorized)
	})
}

func TestLogoutEndsTheSessionBehindAHundredForgedCookies(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ann := s.member("ann@example.com").cookie()
		var cookies []string
		for range 100 {
			cookies = append(cookies, "gatehouse="+string(session.NewSecret()))
		}
		header := strings.Join(cookies, "; ") + "; gatehouse=" + ann
		s.browser().get("/api/users/me", "Cookie", header).want(http.StatusOK)
		s.browser().post("/api/users/logout", "", "Cookie", header).want(http.StatusOK)
		s.thief(ann).get("/api/users/me").want(http.StatusUnauthorized)
	})
}

func TestSignInEndsEverySessionItCameWith(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ann, bob := s.member("ann@example.com").cookie(), s.member("bob@example.com").cookie()
		s.browser().post("/api/users/login", "email=ann@example.com&password=correct+horse",
			"Cookie", "gatehouse="+ann+"; gatehouse="+bob).want(http.StatusOK)
		s.thief(ann).get("/api/users/me").want(http.StatusUnauthorized)
		s.thief(bob).get("/api/users/me").want(http.StatusUnauthorized)
	})
}
