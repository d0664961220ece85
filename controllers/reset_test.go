package controllers

import (
	"net/http"
	"strings"
	"testing"
)

func TestOpeningALinkSpendsAndLooksUpNothing(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		s.member("ann@example.com")
		s.browser().forgets("ann@example.com")
		token := s.wantMails("reset ann@example.com")[0].token
		before := s.conn.Statements()
		for range 100 {
			s.browser().get("/reset?token=" + token).want(http.StatusOK).keepsTo(token)
			s.browser().send(http.MethodHead, "/reset?token="+token, "").want(http.StatusOK)
			s.browser().get("/verify?token=" + token).want(http.StatusOK).keepsTo(token)
			s.browser().send(http.MethodHead, "/verify?token="+token, "").want(http.StatusOK)
		}
		if n := s.conn.Statements() - before; n != 0 {
			t.Errorf("%d statements", n)
		}
		s.browser().post("/reset", "token="+token+"&newPassword=battery+staple").sentTo("/login?done=reset")
		if strings.Contains(s.log.String(), token) {
			t.Error("the token is in the log")
		}
	})
}

func TestMistakesAtANewPasswordKeepTheLink(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ann := s.member("ann@example.com")
		ann.forgets("ann@example.com")
		token := s.wantMails("reset ann@example.com")[0].token
		for plain, sentence := range map[string]string{
			"sh0rt":     "Use at least 8 characters.",
			"password1": "Too many people use this password.",
			"":          "Please fill this in.",
		} {
			r := s.browser().post("/reset", "token="+token+"&newPassword="+plain).want(http.StatusUnprocessableEntity).keepsTo(token)
			r.says(`id="newPassword"`, `autocomplete="new-password"`, `aria-describedby="newPassword-wrong newPassword-hint"`, sentence)
			if plain != "" {
				r.hides(`"`+plain+`"`, ">"+plain)
			}
		}
		r := s.browser().post("/reset", "token="+token+"&newPassword=battery+staple")
		r.sentTo("/login?done=reset")
		r.cookieless("a reset")
		ann.get("/api/users/me").want(http.StatusUnauthorized)
		s.browser().post("/login", "email=ann@example.com&password=battery+staple").sentTo("/")
	})
}

func TestALinkThatOpensNothingLeadsToANewOne(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		for page, again := range map[string]string{"/reset": "/forgot", "/verify": "/verify/resend"} {
			r := s.browser().post(page, "token=used-up&newPassword=battery+staple").want(http.StatusUnprocessableEntity)
			r.says(`role="alert">This link has expired`, `href="`+again+`"`).hides("used-up", "<form", "not complete")
			r = s.browser().get(page).want(http.StatusOK).says("This link is not complete.", `href="`+again+`"`).hides("<form")
			r.hides(`role="alert"`)
			r = s.browser().post(page, "newPassword=battery+staple").want(http.StatusUnprocessableEntity)
			r.says("This link is not complete.", `href="`+again+`"`).hides("<form")
		}
	})
}
