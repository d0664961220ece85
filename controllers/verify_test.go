package controllers

import (
	"net/http"
	"testing"
)

func TestAnAddressIsConfirmedByAButton(t *testing.T) {
	eachVerifying(t, "ask", func(t *testing.T, s *site) {
		ann := s.member("ann@example.com")
		token := s.wantMails("verify ann@example.com")[0].token
		s.browser().get("/verify?token=" + token).want(http.StatusOK).keepsTo(token).says(`<form method="post" action="/verify" novalidate>`).hides(`type="password"`)
		if s.verified("ann@example.com") {
			t.Fatal("opening the page confirmed the address")
		}
		ann.post("/verify", "token="+token).sentTo("/account?done=verified")
		if !s.verified("ann@example.com") {
			t.Error("the address is not confirmed")
		}
		s.member("ben@example.com")
		s.browser().post("/verify", "token="+s.wantMails("verify ben@example.com")[0].token).sentTo("/login?done=verified")
		s.browser().get("/login?done=verified").says(`role="status">Your e-mail address has been confirmed.`)
		s.browser().post("/verify", "token="+token).want(http.StatusUnprocessableEntity).says("Confirmed already?", `href="/login"`)
	})
}

func TestThePageAsksForThePasswordWhereConfirmingIsRequired(t *testing.T) {
	eachVerifying(t, "require", func(t *testing.T, s *site) {
		b := s.browser()
		b.post("/signup", "email=ann@example.com&password=correct+horse").sentTo("/signup?done=mailed")
		token := s.wantMails("verify ann@example.com")[0].token
		b.get("/verify?token=" + token).want(http.StatusOK).keepsTo(token).says(`type="password" autocomplete="current-password"`)
		r := b.post("/verify", "token="+token+"&password=wrong+horse").want(http.StatusUnprocessableEntity).keepsTo(token)
		r.says(`aria-invalid="true" aria-describedby="password-wrong" autofocus`, "This password is wrong.").hides("wrong horse")
		b.post("/verify", "token="+token).want(http.StatusUnprocessableEntity).keepsTo(token).says("Please fill this in.")
		if s.verified("ann@example.com") {
			t.Fatal("it was confirmed without the password")
		}
		r = b.post("/verify", "token="+token+"&password=correct+horse")
		r.sentTo("/login?done=verified")
		r.cookieless("a confirmation")
		b.post("/login", "email=ann@example.com&password=correct+horse").sentTo("/")
	})
}

func TestWhoMustConfirmIsLedToAnotherMail(t *testing.T) {
	eachVerifying(t, "require", func(t *testing.T, s *site) {
		b := s.browser()
		b.applies("ann@example.com", "correct horse")
		s.wantMails("verify ann@example.com")
		b.post("/login", "email=ann@example.com&password=correct+horse").want(http.StatusForbidden).says("Confirm your e-mail address first", `href="/verify/resend"`)
		b.get("/verify/resend").want(http.StatusOK).says(`<form method="post" action="/verify/resend" novalidate>`, `autocomplete="username"`)
		b.post("/verify/resend", "email=ann@example.com").sentTo("/verify/resend?done=mailed")
		b.get("/verify/resend?done=mailed").says("<h1>Check your e-mail</h1>", `role="status">If this address is waiting`, "The link works once, for 24 hours.").hides("<form")
		token := s.wantMails("verify ann@example.com")[0].token
		b.post("/verify", "token="+token+"&password=correct+horse").sentTo("/login?done=verified")
	})
}
