package controllers

import (
	"net/http"
	"testing"
)

func TestSigningOutTakesTheButton(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ann, other := s.member("ann@example.com"), s.browser()
		other.login("ann@example.com").want(http.StatusOK)
		cookie := ann.cookie()
		ann.get("/logout").want(http.StatusOK).says("You are signed in as ann@example.com.", `<form method="post" action="/logout"><button>Sign out</button></form>`)
		ann.send(http.MethodHead, "/logout", "").want(http.StatusOK)
		ann.post("/logout", "", "Origin", "https://evil.example").want(http.StatusForbidden)
		ann.get("/api/users/me").want(http.StatusOK) // nothing has changed
		r := ann.post("/logout", "")
		r.sentTo("/login?done=signed-out")
		if got := r.header.Get("Clear-Site-Data"); got != `"cache"` {
			t.Errorf("Clear-Site-Data = %q", got)
		}
		if ann.cookie() != "" {
			t.Error("the browser keeps the cookie")
		}
		s.thief(cookie).get("/api/users/me").want(http.StatusUnauthorized)
		ann.get("/login?done=signed-out").want(http.StatusOK).says(`role="status">You have signed out.`)
		other.get("/api/users/me").want(http.StatusOK)
	})
}

func TestWhoIsNotSignedInSignsOutAllTheSame(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		b := s.browser()
		b.get("/logout").want(http.StatusOK).says(`<form method="post" action="/logout">`)
		r := b.post("/logout", "")
		r.sentTo("/login?done=signed-out")
		if got := r.header.Get("Clear-Site-Data"); got != `"cache"` {
			t.Errorf("Clear-Site-Data = %q", got)
		}
	})
}

func TestASignOutThatCannotBeStoredIsToldAndKeepsTheCookie(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ann := s.member("ann@example.com")
		cookie := ann.cookie()
		_ = s.conn.Close()
		r := ann.post("/logout", "").want(http.StatusServiceUnavailable)
		r.says("The site is not available right now. Try again in 2 seconds.", `<form method="post" action="/logout">`)
		if ann.cookie() != cookie || r.header.Get("Clear-Site-Data") != "" {
			t.Errorf("it looks as if it were done: %v", r.header)
		}
	})
}
