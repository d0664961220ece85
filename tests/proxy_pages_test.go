package tests

import (
	"net/http"
	"strings"
	"testing"
)

// pagesAreWhole wants the pages, and the addresses that belong to them, to be Gatehouse's and open to everybody.
func (s *site) pagesAreWhole(t *testing.T) {
	client, before := browser(t, s.client), s.app.asked.Load()
	for path, want := range map[string]int{
		"/login": http.StatusOK, "/login/nowhere": http.StatusNotFound, "/account": http.StatusSeeOther, "/.well-known/change-password": http.StatusSeeOther,
	} {
		if res, _ := send(t, client, "GET", s.url+path, "", "Accept", "text/html"); res.StatusCode != want {
			t.Errorf("%s: status = %d, want %d", path, res.StatusCode, want)
		}
	}
	_, page := send(t, client, "GET", s.url+"/login", "", "Accept", "text/html")
	_, rest, _ := strings.Cut(page, `<link rel="stylesheet" href="`)
	style, _, _ := strings.Cut(rest, `"`)
	if res, _ := send(t, client, "GET", s.url+style, "", "Accept", "text/css"); res.Header.Get("Content-Type") != "text/css; charset=utf-8" {
		t.Errorf("%s: status = %d, want the style sheet", style, res.StatusCode)
	}
	if got := s.app.asked.Load(); got != before {
		t.Errorf("the app was asked %d times, want none", got-before)
	}
}
