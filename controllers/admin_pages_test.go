package controllers

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"gatehouse/config"
	"gatehouse/models/event"
)

var adminPaths = []string{"/admin", "/admin/users", "/admin/users/1", "/admin/events"}

func TestThePagesOfAdminsAreForThemAlone(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ann, root := s.member("ann@example.com"), s.admin("root@example.com")
		s.exec("UPDATE users SET role = 'admin' WHERE id = 1") // by another program
		tokens := ann.holder("ann@example.com")
		for _, path := range adminPaths {
			s.browser().get(path, "Accept", person).sentTo("/login?next=" + strings.ReplaceAll(path, "/", "%2F"))
			ann.get(path, "Accept", person).want(http.StatusNotFound).says("<h1>")
			tokens.ask("GET", path, "", "Accept", person).want(http.StatusNotFound)
			root.get(path, "Accept", person).want(http.StatusOK).says(`aria-label="Administration"`, `<a href="/admin"`)
			if path == "/admin/users/1" {
				for _, act := range []string{"disable", "enable", "role", "unlock", "send-reset", "end-sessions", "prove"} {
					ann.post(path, "act="+act+"&role=admin&password=correct+horse", "Accept", person).want(http.StatusNotFound)
				}
			}
		}
		ann.get("/account").want(http.StatusOK).hides("/admin")
		s.exec("UPDATE users SET gh_admin = NULL WHERE id = 2")
		root.get("/admin/users/1", "Accept", person).want(http.StatusNotFound)
	})
}

func TestWithoutPagesAdminsHaveNone(t *testing.T) {
	eachWith(t, &options{edit: func(s *config.Settings) { s.Pages = "off" }}, func(t *testing.T, s *site) {
		root := s.admin("root@example.com")
		for _, path := range adminPaths {
			root.get(path).want(http.StatusNotFound)
		}
		root.get("/api/admin/users").want(http.StatusOK)
	})
}

func TestAdminsFindUsersOnThePage(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		root := s.admin("root@example.com")
		for i := range pageSize + 1 {
			s.exec("INSERT INTO users (email, password, role, state) VALUES (?, 'x', 'user', 0)", fmt.Sprintf("u%d@example.com", i))
		}
		page := root.get("/admin/users?search=example.com").want(http.StatusOK).says("u50@example.com", "Disabled", "Has not signed in yet", "before=3&amp;search=example.com").hides("root@example.com</a>")
		if n := strings.Count(page.body, "<li>"); n != pageSize {
			t.Errorf("%d users", n)
		}
		root.get("/admin/users?search=example.com&before=3").want(http.StatusOK).says("u0@example.com", "root@example.com</a>", "Administrator").hides("before=")
		s.exec("UPDATE users SET email = '' WHERE id = 2") // by another program
		root.get("/admin/users?search=2").want(http.StatusOK).says(`<a href="/admin/users/2">account 2</a>`)
		root.get("/admin/users/2").want(http.StatusOK).says("<h1>Account 2</h1>")
		root.get("/admin/users?search=%3Csvg").want(http.StatusOK).says("Nobody was found", "&lt;svg")
		root.get("/admin/users?before=x", "Accept", person).want(http.StatusUnprocessableEntity).says("<h1>")
	})
}

func TestAdminsChangeAUserOnThePage(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ann, root := s.member("ann@example.com"), s.admin("root@example.com")
		const path = "/admin/users/1"
		root.get(path).want(http.StatusOK).says("ann@example.com", "Not confirmed yet", `value="disable"`, `value="user"`).hides(`value="enable"`, `name="password"`)
		root.post(path, "act=disable").sentTo(path + "?done=disable")
		ann.get("/api/users/me").want(http.StatusUnauthorized)
		root.get(path+"?done=disable").says("has been disabled", "Disabled", `value="enable"`, "Not signed in anywhere").hides(`value="disable"`, `value="send-reset"`)
		root.post(path, "act=send-reset", "Accept", person).want(http.StatusConflict).says("Enable it first", `value="user"`)
		root.post(path, "act=enable").sentTo(path + "?done=enable")
		root.post(path, "act=role&role=a,b", "Accept", person).want(http.StatusUnprocessableEntity).says("Do not use commas", `value="a,b"`)
		root.post(path, "act=role&role=Admin", "Accept", person).want(http.StatusUnprocessableEntity).says("Role must be written admin.")
		root.post(path, "act=role&role=editor").sentTo(path + "?done=role")
		root.get(path).says("<dd>editor</dd>")
		root.post(path, "act=send-reset").sentTo(path + "?done=send-reset")
		if n := s.count("SELECT COUNT(*) FROM gatehouse_outbox WHERE user_id = 1 AND kind = 'reset'"); n != 1 {
			t.Errorf("%d mails wait", n)
		}
		ann.login("ann@example.com").want(http.StatusOK)
		root.get(path).says("127.0.0.1")
		root.post(path, "act=end-sessions").sentTo(path + "?done=end-sessions")
		ann.get("/api/users/me").want(http.StatusUnauthorized)
		root.post(path, "act=unlock").sentTo(path + "?done=unlock")
		for _, unknown := range []string{"", "act=delete"} {
			root.post(path, unknown, "Accept", person).want(http.StatusBadRequest)
		}
		root.post("/admin/users/99", "act=disable", "Accept", person).want(http.StatusNotFound)
		root.post(path, "act=disable", "Sec-Fetch-Site", "cross-site").want(http.StatusForbidden)
		if n := s.count("SELECT COUNT(*) FROM gatehouse_events WHERE actor = 'admin' AND actor_id = 2 AND user_id = 1"); n != 6 {
			t.Errorf("%d events of the admin", n)
		}
	})
}

func TestChangesOnThePageWantThePassword(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ann, root := s.member("ann@example.com"), s.admin("root@example.com")
		const path = "/admin/users/1"
		s.pass(6 * time.Minute)
		root.get(path).want(http.StatusOK).says(`name="password"`, `value="prove"`).hides(`value="disable"`, `name="role"`)
		root.post(path, "act=disable", "Accept", person).want(http.StatusForbidden).says("Enter your password first", `name="password"`)
		root.post(path, "act=prove&password=wrong", "Accept", person).want(http.StatusUnprocessableEntity).says("This password is wrong")
		ann.get("/api/users/me").want(http.StatusOK)
		root.post(path, "act=prove&password=correct+horse").sentTo(path + "?done=prove")
		root.get(path+"?done=prove").says("You can make changes now", `value="disable"`)
		root.post(path, "act=disable").sentTo(path + "?done=disable")
		ann.get("/api/users/me").want(http.StatusUnauthorized)
	})
}

func TestThePageOfTheOwnAccountShutsNobodyOut(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		root := s.admin("root@example.com")
		root.get("/admin/users/1").want(http.StatusOK).says("your own account").hides(`value="disable"`, `name="role"`)
		root.post("/admin/users/1", "act=disable", "Accept", person).want(http.StatusConflict).says("Ask another administrator")
		root.post("/admin/users/1", "act=role&role=user", "Accept", person).want(http.StatusConflict)
		root.post("/admin/users/1", "act=end-sessions").sentTo("/login?done=signed-out")
		if root.cookie() != "" {
			t.Error("the cookie is kept")
		}
	})
}

func TestAdminsReadEventsOnThePage(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		s.member("ann@example.com")
		root := s.admin("root@example.com")
		root.post("/admin/users/1", "act=role&role=editor").want(http.StatusSeeOther)
		s.browser().post("/api/users/login", "email=ann@example.com&password=wrong", "User-Agent", onLinux).want(http.StatusUnauthorized)
		root.get("/admin/events?user=ann@example.com&kind=&since=").want(http.StatusOK).
			says("Role changed", "by administrator 2", "(role editor)", "Firefox on Linux, 127.0.0.1", "Refused", `href="/admin/users/1"`, `value="ann@example.com"`).hides("Account 2<")
		root.get("/admin/events?kind=role_changed").want(http.StatusOK).says(`<option value="role_changed" selected>`, "by the server").hides("Wrong password</p>")
		root.get("/admin/events?since=2027-01-01").want(http.StatusOK).says("Nothing yet")
		root.get("/admin/events?user=nobody@example.com&since=x", "Accept", person).want(http.StatusUnprocessableEntity).
			says("There is no account with this address", "Enter a day", `value="nobody@example.com"`).hides("Nothing yet")
		root.get("/admin/events?user=nobody", "Accept", person).want(http.StatusUnprocessableEntity).says("Enter a number, or an e-mail address.")
		for range pageSize {
			if err := event.In(s.conn).Add(t.Context(), event.SignIn, 1, "", s.time()); err != nil {
				t.Fatal(err)
			}
		}
		page := root.get("/admin/events?user=1&since=2026-03-01").want(http.StatusOK).says("&amp;since=2026-03-01&amp;user=1")
		if n := strings.Count(page.body, "<li>"); n != pageSize {
			t.Errorf("%d events", n)
		}
	})
}

func TestTheOverviewIsDrawn(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		root := s.admin("root@example.com")
		root.login("root@example.com").want(http.StatusOK)
		s.browser().post("/api/users/login", "email=root@example.com&password=wrong").want(http.StatusUnauthorized)
		r := root.get("/admin").want(http.StatusOK).says("Last 24 hours: 1 signed in, 1 failed", "Last 30 days: 1 signed in, 1 failed", "12:00 UTC: 1 signed in, 1 failed", "0 of 2", "<li>None.</li>")
		if n := strings.Count(r.body, "<g>"); n != 24+30 {
			t.Errorf("%d bars", n)
		}
		if policy := r.header.Get("Content-Security-Policy"); !strings.Contains(policy, "style-src 'self'") || strings.Contains(r.body, " style=") {
			t.Errorf("policy %q", policy)
		}
	})
}
