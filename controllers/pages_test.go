package controllers

import (
	"net/http"
	"strings"
	"testing"
)

func TestTheStartLeadsToTheSignInOrToTheAccount(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		s.browser().get("/").sentTo("/login")
		s.member("ann@example.com").get("/").sentTo("/account")
		c := s.member("ben@example.com") // whom no check has seen yet
		_ = s.conn.Close()
		c.get("/").want(http.StatusServiceUnavailable, "database_unavailable")
		s.browser().get("/").sentTo("/login")
	})
}

func TestPagesAllowNoScriptAndNoOtherSite(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		r := s.browser().get("/login").want(http.StatusOK)
		for name, want := range map[string]string{
			"Content-Security-Policy": "default-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; img-src 'self' data:; style-src 'self'",
			"Content-Type":            "text/html; charset=utf-8", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "strict-origin", "Cache-Control": "no-store",
			"Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin",
		} {
			if got := r.header.Get(name); got != want {
				t.Errorf("%s = %q, want %q", name, got, want)
			}
		}
		if strings.Contains(r.body, "<script") || strings.Contains(r.body, "<style") || strings.Contains(r.body, "style=") {
			t.Errorf("something stands inline: %s", r.body)
		}
	})
}

func TestTheStyleSheetIsKeptUnderItsVersion(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		_, rest, _ := strings.Cut(s.browser().get("/login").body, `rel="stylesheet" href="`)
		path, _, _ := strings.Cut(rest, `"`)
		r := s.browser().get(path).want(http.StatusOK)
		if got := r.header.Get("Cache-Control"); got != "public, max-age=31536000, immutable" || r.header.Get("Content-Type") != "text/css; charset=utf-8" {
			t.Errorf("%s: %q, %q", path, got, r.header.Get("Content-Type"))
		}
		path, _, _ = strings.Cut(path, "?")
		if got := s.browser().get(path + "?v=other").header.Get("Cache-Control"); got != "no-store" {
			t.Errorf("another version: %q", got)
		}
	})
}

func TestFaultsArePagesForPeopleAndJSONForPrograms(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		b := s.browser()
		r := b.get("/nowhere", "Accept", person).want(http.StatusNotFound).says("<h1>Page not found</h1>", "There is nothing at this address.")
		r.says("<code>" + r.header.Get("X-Request-Id") + "</code>")
		b.send("PUT", "/login", "", "Accept", person).want(http.StatusMethodNotAllowed).says("<h1>")
		b.post("/login", strings.Repeat("x", maxBody+1), "Accept", person).want(http.StatusRequestEntityTooLarge).says("<h1>")
		b.post("/login", "email=a&email=b", "Accept", person).want(http.StatusBadRequest).says("<h1>")
		b.get("/nowhere").want(http.StatusNotFound, "not_found")
		for _, path := range []string{"/api", "/api/nowhere", "/auth", "/auth/nowhere", "/.well-known/nowhere", "/healthz/x"} {
			b.get(path, "Accept", person).want(http.StatusNotFound, "not_found")
		}
		b.get("/apis", "Accept", person).want(http.StatusNotFound).says("<h1>")
	})
}
