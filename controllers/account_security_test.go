package controllers

import (
	"net/http"
	"strings"
	"testing"

	"gatehouse/models/event"
	"gatehouse/views"
)

func TestAnEventOfANewerServerIsShownByItsName(t *testing.T) {
	v, err := views.New("en", "Acme")
	if err != nil {
		t.Fatal(err)
	}
	if got := (accountSecurity{&pages{views: v}}).entry(event.Listing{Kind: "new_kind"}).What; got != "new_kind" {
		t.Errorf("an unknown kind is %q", got)
	}
}

func TestTheHistoryIsOnThePage(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		b := s.member("ann@example.com")
		s.browser().post("/login", "email=ann@example.com&password=wrong+horse", "User-Agent", onLinux).want(http.StatusUnauthorized)
		r := b.get("/account/security").want(http.StatusOK).says("Account created", "Sign-in with a wrong password", "Refused", "Firefox on Linux, 127.0.0.1", "1 Mar 2026, 12:00 UTC")
		if strings.Count(r.body, "Refused") != 1 || strings.Contains(r.body, "Older") {
			t.Errorf("%s", r.body)
		}
		if r := s.member("bob@example.com").get("/account/security"); strings.Contains(r.body, "wrong password") {
			t.Error("somebody else's history is shown")
		}
	})
}

func TestTheHistoryOnThePageGoesOn(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		b := s.member("ann@example.com")
		for range pageSize {
			b.post("/account", "name=Ann").sentTo("/account?done=saved")
		}
		r := b.get("/account/security").says("Name or gender changed")
		if strings.Contains(r.body, "Account created") {
			t.Error("all is on one page")
		}
		_, rest, _ := strings.Cut(r.body, `href="/account/security?before=`)
		before, _, _ := strings.Cut(rest, `"`)
		b.get("/account/security?before=" + before).want(http.StatusOK).says("Account created")
		b.get("/account/security?before=x", "Accept", "text/html").want(http.StatusUnprocessableEntity).says("<h1>")
	})
}
