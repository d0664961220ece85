package controllers

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"gatehouse/config"
	"gatehouse/models/account"
	"gatehouse/models/throttle"
	"gatehouse/models/user"
)

func TestAPersonSignsUpOnThePage(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		b := s.browser()
		b.get("/signup?next=/app").want(http.StatusOK).says(`<form method="post" action="/signup" novalidate>`, `name="next" value="/app"`, `href="/login?next=%2Fapp"`,
			`id="email" name="email" type="email" autocomplete="username"`, `id="password" name="password" type="password" autocomplete="new-password"`,
			`aria-describedby="password-hint"`, "At least 8 characters.", `id="name" name="name" type="text" autocomplete="name"`, "(optional)")
		b.post("/signup", "email=ann@example.com&password=correct+horse&name=Ann&next=/app").sentTo("/app")
		if u := data[user.User](b.get("/api/users/me").want(http.StatusOK)); u.Email != "ann@example.com" || u.Name == nil || *u.Name != "Ann" {
			t.Errorf("%+v signed up", u)
		}
		b.get("/signup").want(http.StatusOK).says("You are signed in as ann@example.com.").hides(`action="/signup"`)
		for i, next := range []string{"", "//evil.example", "https://evil.example", `/\evil.example`} {
			r := s.browser().post("/signup", url.Values{"email": {string(rune('a'+i)) + "@example.com"}, "password": {"correct horse"}, "next": {next}, "name": {""}}.Encode())
			r.sentTo("/")
		}
	})
}

func TestATakenAddressIsToldBesideItsField(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		s.member("ann@example.com")
		r := s.browser().post("/signup", "email=Ann%40Example.com&password=second+horse&name=Anna&next=/x").want(http.StatusConflict)
		r.says(`role="alert">There is already an account with this e-mail address.`, `aria-invalid="true" aria-describedby="email-wrong" autofocus`, "Sign in instead, or use a different address.",
			`value="Ann@Example.com"`, `value="Anna"`, `href="/login?next=%2Fx"`, `href="/forgot"`).hides("second horse")
		r.cookieless("a taken address")
	})
}

func TestMistakesAtTheSignUpAreToldOnThePage(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		r := s.browser().post("/signup", "email=ann@example.com&password=sh0rt&name=Ann").want(http.StatusUnprocessableEntity)
		r.says("Please choose a different password.", `aria-describedby="password-wrong password-hint" autofocus`, "Use at least 8 characters.", "A few words work well.", `value="ann@example.com"`).hides("sh0rt", "Sign in instead")
		r = s.browser().post("/signup", "email=ann&password=").want(http.StatusUnprocessableEntity)
		r.says("<title>Problem: Create an account", "<h1>Create an account", "Enter an e-mail address", "Please fill this in.")
		if n := s.count("SELECT COUNT(*) FROM users"); n != 0 {
			t.Errorf("%d users", n)
		}
	})
}

func TestTheHintTellsTheLengthThatIsAskedFor(t *testing.T) {
	eachWith(t, &options{edit: func(o *config.Settings) { o.PasswordMinLength = "12" }}, func(t *testing.T, s *site) {
		s.browser().get("/signup").says("At least 12 characters.")
		s.browser().get("/reset?token=x").says("At least 12 characters.")
	})
}

func TestAClosedSignUpIsAPageThatSaysSo(t *testing.T) {
	eachWith(t, &options{edit: func(o *config.Settings) { o.Signup = "closed" }}, func(t *testing.T, s *site) {
		for _, r := range []reply{
			s.browser().get("/signup", "Accept", person),
			s.browser().get("/signup?done=mailed", "Accept", person),
			s.browser().post("/signup", "email=ann@example.com&password=correct+horse", "Accept", person),
		} {
			r.want(http.StatusForbidden).says("<h1>No new accounts</h1>", "New accounts cannot be created here at the moment.").hides("<form")
		}
		s.browser().send(http.MethodHead, "/signup", "", "Accept", person).want(http.StatusForbidden)
	})
}

func TestASignUpThatWaitsIsSentToTheMailbox(t *testing.T) {
	eachVerifying(t, "require", func(t *testing.T, s *site) {
		b := s.browser()
		for _, plain := range []string{"correct horse", "another horse"} { // the second with an address that is in use by then
			r := b.post("/signup", url.Values{"email": {"ann@example.com"}, "password": {plain}, "next": {"/app"}}.Encode())
			r.sentTo("/signup?done=mailed")
			r.cookieless("a sign-up that waits")
			if m := s.mails(); len(m) == 1 && m[0].kind == "verify" {
				s.browser().verifies(m[0].token, plain).want(http.StatusOK)
			} else if len(m) != 1 || m[0].kind != "account_exists" {
				t.Errorf("mails: %v", m)
			}
		}
		b.get("/signup?done=mailed").want(http.StatusOK).says("<h1>Check your e-mail</h1>", `role="status">We have sent you an e-mail.`, `href="/verify/resend"`).hides("<form")
		b.get("/signup?done=other").want(http.StatusOK).says("<form").hides(`role="status"`)
	})
}

func TestTooManySignUpsAreToldOnThePage(t *testing.T) {
	bounds := account.NoLimits()
	bounds.SignUp = throttle.Rule{Free: 1, Window: 2 * time.Hour}
	eachWith(t, &options{bounds: &bounds}, func(t *testing.T, s *site) {
		s.browser().post("/signup", "email=ann@example.com&password=correct+horse").sentTo("/")
		r := s.browser().post("/signup", "email=ben@example.com&password=correct+horse").want(http.StatusTooManyRequests)
		r.says("Too many attempts. Try again in 2 hours.", `value="ben@example.com"`)
		if got := r.header.Get("Retry-After"); got != "7200" {
			t.Errorf("Retry-After = %q", got)
		}
	})
}

func TestWhatPeopleTypeIsPlainTextOnPages(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		const hostile = `"'><svg onload=1>`
		form := url.Values{"email": {hostile}, "password": {hostile}, "name": {hostile}, "next": {"/x" + hostile}, "token": {hostile}}
		for _, path := range []string{"/signup", "/login", "/forgot", "/verify/resend", "/reset", "/verify"} {
			s.browser().post(path, form.Encode()).want(http.StatusUnprocessableEntity).hides("<svg")
			s.browser().get(path + "?" + form.Encode() + "&done=" + url.QueryEscape(hostile)).want(http.StatusOK).hides("<svg")
		}
		ann := s.browser()
		ann.post("/signup", url.Values{"email": {"ann@example.com"}, "password": {"correct horse"}, "name": {`<svg onload=1>`}}.Encode()).sentTo("/")
		s.exec("UPDATE users SET email = ? WHERE id = 1", `<svg onload=1>@example.com`)
		ann.get("/logout").want(http.StatusOK).says("signed in as &lt;svg onload=1&gt;@example.com").hides("<svg")
	})
}
