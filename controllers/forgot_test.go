package controllers

import (
	"fmt"
	"net/http"
	"testing"
)

func TestAForgottenPasswordIsReplacedOnPages(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		s.member("ann@example.com")
		b := s.browser()
		b.get("/forgot").want(http.StatusOK).says(`<form method="post" action="/forgot" novalidate>`, `autocomplete="username"`)
		b.post("/forgot", "email=ann@example.com").sentTo("/forgot?done=mailed")
		b.get("/forgot?done=mailed").want(http.StatusOK).says("<h1>Check your e-mail</h1>", `role="status">If there is an account with this address`, "The link works once, for 30 minutes.").hides("<form")
		token := s.wantMails("reset ann@example.com")[0].token
		b.post("/reset", "token="+token+"&newPassword=battery+staple").sentTo("/login?done=reset")
		b.get("/login?done=reset").says(`role="status">Your password has been changed. Sign in with the new one.`, `action="/login"`)
		b.post("/login", "email=ann@example.com&password=battery+staple").sentTo("/")
	})
}

func TestThePageForForgottenPasswordsIsAlikeForAllAddresses(t *testing.T) {
	limited(t, func(t *testing.T, s *site) {
		s.member("ann@example.com")
		answers, refusals := map[string]bool{}, map[string]bool{}
		for _, path := range []string{"/forgot", "/verify/resend"} {
			clear(answers)
			clear(refusals)
			for i, email := range []string{"ann@example.com", "nobody@example.com"} {
				b := s.from(fmt.Sprintf("127.0.0.%d", 2+i))
				for range 3 {
					r := b.post(path, "email="+email)
					r.sentTo(path + "?done=mailed")
					answers[r.look()] = true
				}
				r := b.post(path, "email="+email).want(http.StatusTooManyRequests).says("Try again in 60 minutes.", `value="`+email+`"`)
				refusals[r.header.Get("Retry-After")] = true
			}
			if len(answers) != 1 || len(refusals) != 1 {
				t.Errorf("%s: answers differ: %v, %v", path, answers, refusals)
			}
		}
	})
}

func TestMistakesAndFaultsAreToldOnThePagesThatMail(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		for _, path := range []string{"/forgot", "/verify/resend"} {
			s.browser().post(path, "email=ann").want(http.StatusUnprocessableEntity).says("Enter an e-mail address", `value="ann"`)
			s.browser().post(path, "").want(http.StatusUnprocessableEntity).says("Please fill this in.")
		}
		_ = s.conn.Close()
		for _, path := range []string{"/forgot", "/verify/resend"} {
			s.browser().post(path, "email=ann@example.com").want(http.StatusServiceUnavailable).says("Try again in 2 seconds.", `value="ann@example.com"`)
		}
	})
}
