package controllers

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"gatehouse/config"
	"gatehouse/models/account"
	"gatehouse/models/throttle"
)

func TestAPersonSignsInOnThePage(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		s.member("ann@example.com")
		b := s.browser()
		b.get("/login").want(http.StatusOK).says(`<form method="post" action="/login" novalidate>`, `autocomplete="username"`, `autocomplete="current-password"`, `href="/signup"`)
		b.post("/login", "email=ann@example.com&password=correct+horse").sentTo("/")
		b.get("/api/users/me").want(http.StatusOK)
		b.get("/login").want(http.StatusOK).says("You are signed in as ann@example.com.", `href="/"`)
	})
}

func TestAMistakeAtTheSignInIsToldOnThePage(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		s.member("ann@example.com")
		b := s.browser()
		r := b.post("/login", "email=Ann%40example.com&password=wrong+horse&remember=true&next=/x").want(http.StatusUnauthorized)
		r.says(`role="alert">The e-mail address or the password is wrong.`, `value="Ann@example.com"`, `value="true" checked`, `name="next" value="/x"`)
		if strings.Contains(r.body, "wrong horse") {
			t.Error("the password is on the page")
		}
		r.cookieless("a wrong password")
		r = b.post("/login", "email=ann&password=").want(http.StatusUnprocessableEntity)
		r.says(`aria-invalid="true" aria-describedby="email-wrong" autofocus`, "Enter an e-mail address, such as name@example.com.", "Please fill this in.")
	})
}

func TestAMistakeOfSomebodySignedInIsToldToo(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		b := s.member("ann@example.com")
		b.post("/login", "email=ann@example.com&password=wrong+horse").want(http.StatusUnauthorized).says("is wrong.", `action="/login"`)
		b.get("/account").want(http.StatusOK)
	})
}

func TestTheWaitIsToldInWords(t *testing.T) {
	bounds := account.NoLimits()
	bounds.Account = throttle.Rule{Free: 1, Delay: 10 * time.Minute, MaxDelay: 10 * time.Minute, Window: time.Hour}
	eachWith(t, &options{bounds: &bounds}, func(t *testing.T, s *site) {
		s.member("ann@example.com")
		b := s.browser()
		b.post("/login", "email=ann@example.com&password=wrong+horse").want(http.StatusUnauthorized)
		r := b.post("/login", "email=ann@example.com&password=wrong+horse").want(http.StatusTooManyRequests).says("Too many attempts. Try again in 10 minutes.", `value="ann@example.com"`)
		if got := r.header.Get("Retry-After"); got != "600" {
			t.Errorf("Retry-After = %q", got)
		}
	})
}

func TestTheSignInLeadsOnToThisSiteOnly(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		s.member("ann@example.com")
		for next, want := range map[string]string{
			"": "/", "/app?x=1": "/app?x=1", "//evil.example": "/", `/\evil.example`: "/", "https:evil.example": "/", "/%09/evil.example": "/",
			"javascript:alert(1)": "/",
		} {
			b, query := s.browser(), url.Values{"next": {next}}.Encode()
			if r := b.get("/login?" + query); want == "/" && strings.Contains(r.body, "evil") {
				t.Errorf("%s is on the page: %s", next, r.body)
			}
			b.post("/login", "email=ann@example.com&password=correct+horse&"+query).sentTo(want)
		}
	})
}

func TestTheSignUpLeadsWhereTheSignInWould(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		s.browser().get("/login?next=%2Fapp%3Fx%3D1").says(`href="/signup?next=%2Fapp%3Fx%3D1"`)
	})
}

func TestTheSiteIsCalledAsItsOperatorSays(t *testing.T) {
	eachWith(t, &options{edit: func(o *config.Settings) { o.SiteName = "Ann & <b>Bob</b>" }}, func(t *testing.T, s *site) {
		s.browser().get("/login").says("<title>Sign in · Ann &amp; &lt;b&gt;Bob&lt;/b&gt;</title>", `<a class="site" href="/">Ann &amp; &lt;b&gt;Bob&lt;/b&gt;</a>`)
	})
}

func TestWhereSignUpIsClosedThePageDoesNotOfferIt(t *testing.T) {
	eachWith(t, &options{edit: func(o *config.Settings) { o.Signup = "closed" }}, func(t *testing.T, s *site) {
		if r := s.browser().get("/login").want(http.StatusOK); strings.Contains(r.body, "/signup") {
			t.Errorf("%s", r.body)
		}
	})
}

func TestWithoutPagesThereIsNone(t *testing.T) {
	eachWith(t, &options{edit: func(o *config.Settings) { o.Pages = "off" }}, func(t *testing.T, s *site) {
		for _, path := range []string{"/", "/login", "/gatehouse/style.css", "/.well-known/change-password"} {
			s.browser().get(path, "Accept", "text/html").want(http.StatusNotFound, "not_found")
		}
	})
}
