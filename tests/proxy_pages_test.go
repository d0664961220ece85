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

// openPage is one of the blocks of docs/behind-a-proxy.md by which everybody sees a page of the app.
func (s *site) openPage(t *testing.T, block int) string {
	t.Helper()
	blocks := blocksUnder(t, example(t, "docs/behind-a-proxy.md"), "## A page for everybody")
	if len(blocks) != 3 {
		t.Fatalf("%d blocks show a page for everybody, want 3", len(blocks))
	}
	return strings.ReplaceAll(blocks[block], "127.0.0.1:8080", s.app.address)
}

func (s *site) openPageKnowsNobody(t *testing.T) {
	for who, client := range map[string]*http.Client{"a visitor": browser(t, s.client), "a user": s.signUp(t, "jon@example.com")} {
		got := s.open(t, client, "GET", "/welcome", "", "Remote-User", "forged", "Remote_User", "forged")
		if got.Path != "/welcome" {
			t.Errorf("%s: the app got %q", who, got.Path)
		}
		for name := range got.Header {
			if strings.HasPrefix(strings.ReplaceAll(name, "_", "-"), "Remote-") {
				t.Errorf("%s: the app got %s", who, name)
			}
		}
	}
	if res, _ := send(t, browser(t, s.client), "GET", s.url+"/welcome/x", ""); res.StatusCode != http.StatusUnauthorized {
		t.Errorf("what is below the page: status = %d, want 401", res.StatusCode)
	}
}
