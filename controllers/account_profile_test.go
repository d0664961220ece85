package controllers

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"gatehouse/models/user"
)

func TestPagesOfAnAccountSendVisitorsToTheSignIn(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		for _, path := range []string{"/account", "/account/email", "/account/password", "/account/delete", "/account/sessions", "/account/security"} {
			want := "/login?next=" + url.QueryEscape(path)
			s.browser().get(path).sentTo(want)
			if path != "/account/security" {
				s.browser().post(path, "password=x").sentTo(want)
			}
			b := s.member("ann" + strings.ReplaceAll(path, "/", "-") + "@example.com")
			if r := b.get(path).want(http.StatusOK).says("<h1>", `action="/logout"`); r.header.Get("Cache-Control") != "no-store" {
				t.Errorf("%s may be kept: %q", path, r.header.Get("Cache-Control"))
			}
			s.pass(31 * time.Minute)
			b.get(path).sentTo("/login?done=expired&next=" + url.QueryEscape(path))
		}
		s.browser().get("/login?next=%2Faccount&done=expired").says(`role="status">Your session has ended.`)
		s.browser().get("/.well-known/change-password").sentTo("/account/password")
		s.browser().get("/account/x.css").want(http.StatusNotFound, "not_found")
	})
}

func TestADeadDatabaseSendsNobodyToTheSignIn(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		b := s.member("ann@example.com")
		_ = s.conn.Close()
		b.get("/account", "Accept", "text/html").want(http.StatusServiceUnavailable).says("<h1>Not available right now</h1>").cookieless("a dead database")
	})
}

func TestTheProfileIsChangedOnThePage(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		b := s.member("ann@example.com")
		b.get("/account").says("<dd>ann@example.com</dd>", `<dt>Last sign-in</dt><dd class="small"><time datetime="2026-03-01T12:00:00Z">1 Mar 2026, 12:00 UTC</time>`,
			`<dt>Member since</dt><dd class="small"><time datetime="2026-03-01T12:00:00Z">1 Mar 2026</time>`)
		b.post("/account", "name="+url.QueryEscape("Ann <svg onload=1>")+"&gender=f").sentTo("/account?done=saved")
		b.get("/account?done=saved").says(`role="status">Your changes have been saved.`, `value="Ann &lt;svg onload=1&gt;"`, `value="f"`)
		if u := data[user.User](b.get("/api/users/me")); *u.Name != "Ann <svg onload=1>" || *u.Gender != "f" {
			t.Errorf("%v", u)
		}
		long := strings.Repeat("x", 101)
		b.post("/account", "name="+long+"&gender=m").want(http.StatusUnprocessableEntity).says(`value="`+long+`"`, `value="m"`, `id="name-wrong">This is too long.`)
		b.post("/account", "name=&gender=").sentTo("/account?done=saved")
		if u := data[user.User](b.get("/api/users/me")); u.Name != nil || u.Gender != nil {
			t.Errorf("%v", u)
		}
	})
}

func TestOnlyKnownNoticesAreShown(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		b := s.member("ann@example.com")
		for _, done := range []string{"expired", "x", "saved&done=x", "<b>"} {
			if r := b.get("/account?done=" + url.QueryEscape(done)); strings.Contains(r.body, `role="status"`) {
				t.Errorf("%s: %s", done, r.body)
			}
		}
	})
}

func TestThePasswordIsChangedOnThePage(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		b := s.member("ann@example.com")
		other := s.browser()
		other.login("ann@example.com")
		before := b.cookie()
		b.get("/account/password").says(`autocomplete="current-password"`, `autocomplete="new-password"`, `type="text" autocomplete="username" value="ann@example.com" readonly`)
		r := b.post("/account/password", "currentPassword=wrong+horse&newPassword=battery+staple").want(http.StatusUnprocessableEntity)
		r.says(`id="currentPassword-wrong">This password is wrong.`).cookieless("a wrong password")
		b.post("/account/password", "currentPassword=correct+horse&newPassword=password").want(http.StatusUnprocessableEntity).says(`id="newPassword-wrong"`, "choose a different password")
		b.post("/account/password", "currentPassword=correct+horse&newPassword=correct+horse").want(http.StatusUnprocessableEntity).says("This is already your password.")
		b.post("/account/password", "username=x&currentPassword=correct+horse&newPassword=battery+staple").sentTo("/account?done=password")
		if b.cookie() == before {
			t.Error("the session kept its secret")
		}
		b.get("/account").want(http.StatusOK)
		other.get("/account").sentTo("/login?next=%2Faccount")
		s.browser().post("/login", "email=ann@example.com&password=battery+staple").sentTo("/")
	})
}

func TestANewAddressIsAskedForOnThePage(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		b := s.member("ann@example.com")
		s.pass(6 * time.Minute) // the sign-up is no fresh proof any more
		before := b.cookie()
		b.post("/account/email", "newEmail=ann@example.org&password=wrong+horse").want(http.StatusUnprocessableEntity).
			says(`value="ann@example.org"`, `id="password-wrong">This password is wrong.`).cookieless("a wrong password")
		b.post("/account/email", "newEmail=ann&password=correct+horse").want(http.StatusUnprocessableEntity).says(`id="newEmail-wrong">Enter an e-mail address`)
		s.wantMails()
		b.post("/account/email", "newEmail=Ann@example.com&password=correct+horse").want(http.StatusUnprocessableEntity).says("This is already your address.")
		s.wantMails()
		b.post("/account/email", "username=x&newEmail=ann@example.org&password=correct+horse").sentTo("/account?done=email-asked")
		s.wantMails("email_change ann@example.org")
		if b.cookie() == before {
			t.Error("the session kept its secret though the password was proved anew")
		}
	})
}

func TestAnAccountIsDeletedOnThePage(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		b := s.member("ann@example.com")
		s.pass(6 * time.Minute)
		b.get("/account/delete").says("ann@example.com", "cannot be undone")
		b.post("/account/delete", "password=wrong+horse").want(http.StatusUnprocessableEntity).says("This password is wrong.")
		b.post("/account/delete", "").want(http.StatusUnprocessableEntity).says("Please fill this in.")
		b.get("/account").want(http.StatusOK)
		r := b.post("/account/delete", "username=x&password=correct+horse")
		if r.sentTo("/login?done=deleted"); r.header.Get("Clear-Site-Data") != `"cache"` || b.cookie() != "" {
			t.Errorf("Clear-Site-Data = %q, cookie %q", r.header.Get("Clear-Site-Data"), b.cookie())
		}
		s.browser().login("ann@example.com").want(http.StatusUnauthorized)
	})
}

// TestPagesAskForThePasswordAsOftenAsTheLimitsAllow guesses on two pages, which count together.
func TestPagesAskForThePasswordAsOftenAsTheLimitsAllow(t *testing.T) {
	limited(t, func(t *testing.T, s *site) {
		b := s.member("ann@example.com")
		for _, path := range []string{"/account/delete", "/account/email", "/account/delete", "/account/email", "/account/delete"} {
			b.post(path, "newEmail=x@example.com&password=wrong+horse").want(http.StatusUnprocessableEntity)
		}
		b.post("/account/email", "newEmail=x@example.com&password=correct+horse").want(http.StatusTooManyRequests).
			says("Try again in 1 second.", `value="x@example.com"`).cookieless("a refusal")
	})
}

func TestAnAccountOfAnOlderProgramHasNoDateThatIsNotKnown(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		s.member("ann@example.com")
		s.exec("UPDATE users SET gh_created = NULL")
		b := s.browser()
		b.login("ann@example.com")
		b.get("/account").want(http.StatusOK).says("Last sign-in").hides("Member since")
	})
}
