package controllers

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestDevicesAreToldInWords(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		b := s.member("ann@example.com")
		for agent, want := range map[string]string{
			onLinux: "Firefox on Linux", onPhone: "Safari on iOS", onWindows: "Edge on Windows", "curl/8.5.0": "curl", "": "Unknown device", "{1}/1.0 (X11; Linux x86_64)": "{1} on Linux", "<svg onload=1>": "&lt;svg onload=1&gt;",
		} {
			c := s.browser()
			c.post("/login", "email=ann@example.com&password=correct+horse", "User-Agent", agent).sentTo("/")
			b.get("/account/sessions").says("<h2>" + want + "</h2>")
			c.post("/logout", "")
			b.get("/account/security").says(want)
		}
	})
}

func TestSessionsAreEndedOnThePage(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		b, other, third, stranger := s.member("ann@example.com"), s.browser(), s.browser(), s.member("bob@example.com")
		s.pass(time.Minute)
		other.login("ann@example.com")
		s.pass(time.Minute)
		third.login("ann@example.com")
		r := b.get("/account/sessions").says(`<dt>Signed in</dt> <dd><time datetime="2026-03-01T12:01:00Z">1 Mar 2026, 12:01 UTC</time></dd>`, "127.0.0.1", "This device", "Sign out everywhere else")
		if own, newest := strings.Index(r.body, "This device"), strings.Index(r.body, "12:02 UTC"); own > newest {
			t.Error("the own session is not the first")
		}
		id := func(b *browser) string {
			for _, e := range data[sessionListing](b.get("/api/users/sessions")).Sessions {
				if e.Current {
					return e.ID
				}
			}
			return ""
		}
		stranger.post("/account/sessions", "id="+id(other)).sentTo("/account/sessions?done=ended") // it was none of theirs
		other.get("/account").want(http.StatusOK)
		gone := id(other)
		b.post("/account/sessions", "id="+gone).sentTo("/account/sessions?done=ended")
		other.get("/account").sentTo("/login?next=%2Faccount")
		b.post("/account/sessions", "id="+gone).sentTo("/account/sessions?done=ended") // clicked twice
		b.post("/account/sessions", "scope=others").sentTo("/account/sessions?done=ended-others")
		third.get("/account").sentTo("/login?next=%2Faccount")
		if r := b.get("/account/sessions?done=ended-others").says("All other sessions have been ended."); strings.Contains(r.body, "everywhere else") {
			t.Error("there is nothing else to end")
		}
		for _, bad := range []string{"", "scope=global", "scope=others&id=x", "id="} {
			b.post("/account/sessions", bad).want(http.StatusBadRequest, "bad_request")
		}
		r = b.post("/account/sessions", "id="+id(b))
		if r.sentTo("/login?done=signed-out"); b.cookie() != "" {
			t.Error("the cookie is still there")
		}
	})
}

func TestTokensAreListedOnThePage(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		b := s.member("ann@example.com")
		if r := b.get("/account/sessions"); strings.Contains(r.body, ">App<") {
			t.Error("a cookie is called an app")
		}
		s.browser().post("/auth/login", "email=ann@example.com&password=correct+horse").want(http.StatusOK)
		b.get("/account/sessions").says(">App<")
	})
}
