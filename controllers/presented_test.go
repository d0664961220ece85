package controllers

import (
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/gin-contrib/sessions"
	"github.com/gin-gonic/gin"

	"gatehouse/config"
	"gatehouse/models/account"
	"gatehouse/models/secret"
	"gatehouse/sessionstore"
)

func TestTokensOfTheHeaders(t *testing.T) {
	const a, b = "Authorization_access", "Authorization-Access"
	tests := []struct {
		name            string
		header          http.Header
		access, refresh string
		any, refused    bool
	}{
		{"none", http.Header{}, "", "", false, false},
		{"a line twice", http.Header{a: {"x", "x"}}, "x", "", true, false},
		{"two lines", http.Header{a: {"x", "y"}}, "", "", true, true},
		{"two bearers", http.Header{"Authorization": {"Bearer x", "Bearer y"}}, "", "", true, true},
		{"a bearer beside basic", http.Header{"Authorization": {"Basic x", "Bearer y"}}, "y", "", true, false},
		{"an empty bearer beside a token", http.Header{a: {"x"}, "Authorization": {"Bearer "}}, "", "", true, true},
		{"a tab after bearer", http.Header{"Authorization": {"bearer\tx"}}, "x", "", true, false},
		{"a comma after bearer", http.Header{"Authorization": {"Bearer,x"}}, ",x", "", true, false},
		{"letters after bearer", http.Header{"Authorization": {"Bearerx y"}}, "", "", false, false},
		{"nothing after bearer", http.Header{"Authorization": {"Bearer"}}, "", "", true, false},
		{"an empty line beside a token", http.Header{a: {""}, b: {" x\t"}}, "x", "", true, false},
		{"only empty lines", http.Header{a: {""}, b: {" "}, "Authorization": {""}}, "", "", false, false},
		{"two refresh tokens", http.Header{"Authorization_refresh": {"x"}, "Authorization-Refresh": {"y"}}, "", "", true, true},
		{"one of each", http.Header{b: {"x"}, "Authorization-Refresh": {"y"}}, "x", "y", true, false},
		{"other spellings", http.Header{"Authorization.access": {"x"}, "Authorizationaccess": {"x"}, "X-Authorization-Access": {"x"}, "Access_token": {"x"}}, "", "", false, false},
	}
	for _, test := range tests {
		p := tokensOf(test.header)
		if p.any != test.any || (p.err != nil) != test.refused || p.err == nil && (p.access != test.access || p.refresh != test.refresh) {
			t.Errorf("%s: %+v, want %q, %q, any %v, refused %v", test.name, p, test.access, test.refresh, test.any, test.refused)
		}
	}
}

var bearer = regexp.MustCompile(`(?is)^bearer([^\pL].*)?$`)

// FuzzTokensOf holds that the headers show one token of a kind, in every place the same, or are refused; and that no
// request which carries one passes for a request without.
func FuzzTokensOf(f *testing.F) {
	f.Add("x", "x", "Bearer x", "y", "y")
	f.Add("x", "y", "", "", "")
	f.Add(" x ", "", "bearer   x\t", "y", "z")
	f.Add("", "", "Bearer", "", " ")
	f.Add("", "", "Basic x", "", "")
	f.Add("", "\u0085", "Bearer\u00a0x", "", "")
	f.Fuzz(func(t *testing.T, underscore, dash, authorization, refreshUnderscore, refreshDash string) {
		p := tokensOf(http.Header{
			"Authorization_access": {underscore}, "Authorization-Access": {dash}, "Authorization": {authorization},
			"Authorization_refresh": {refreshUnderscore}, "Authorization-Refresh": {refreshDash},
		})
		access, refresh := filled(underscore, dash), filled(refreshUnderscore, refreshDash)
		if m := bearer.FindStringSubmatch(strings.TrimSpace(authorization)); m != nil {
			access = append(access, strings.TrimSpace(m[1]))
		}
		if p.any != (len(access)+len(refresh) > 0) {
			t.Fatalf("any = %v of %q and %q", p.any, access, refresh)
		}
		if agree := len(slices.Compact(access)) < 2 && len(slices.Compact(refresh)) < 2; agree != (p.err == nil) {
			t.Fatalf("err = %v of %q and %q", p.err, access, refresh)
		}
		if p.err != nil {
			return
		}
		for name, pair := range map[string]struct {
			got  string
			from []string
		}{"access": {p.access, access}, "refresh": {p.refresh, refresh}} {
			if len(pair.from) == 0 && pair.got != "" || len(pair.from) > 0 && pair.got != pair.from[0] {
				t.Fatalf("%s = %q of %q", name, pair.got, pair.from)
			}
		}
	})
}

func filled(values ...string) (all []string) {
	for _, v := range values {
		if v = strings.TrimSpace(v); v != "" {
			all = append(all, v)
		}
	}
	return all
}

// A handler that uses sessions.Default is told nothing of a cookie beside a token, nor of the token's own family, and
// cannot store anything for it.
func TestSessionsDefaultIsEmptyBesideAToken(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		h, cookie := s.holder("ann@example.com"), s.member("bob@example.com").cookie()
		cfg, err := config.Settings{Listen: "127.0.0.1:0"}.Check(nil)
		if err != nil {
			t.Fatal(err)
		}
		issuer, _ := s.issuer(cfg)
		cookies, accounts := newCookies(cfg), account.New(s.conn.DB, nil, issuer, secret.Marks{}, account.Rules{})
		callers := callers{accounts, cookies}
		var seen any
		var saved error
		look := func(c *gin.Context) {
			session := sessions.Default(c)
			seen = session.Get(sessionstore.UserKey)
			session.Set("a", "b")
			saved = session.Save()
		}
		r := gin.New()
		r.Use(observe(slog.New(slog.DiscardHandler), s.time, nil, nil), callers.readTokens)
		session := sessions.Sessions(cookies.name, sessionstore.New(accounts, cookies.options(0), deviceOf, s.time))
		r.GET("/open", session, look)
		r.GET("/in", handle(callers.require), session, look)
		for _, path := range []string{"/open", "/in"} {
			for _, name := range []string{"", "Authorization_access", "Authorization-Access"} {
				req := httptest.NewRequest(http.MethodGet, path, nil)
				req.Header.Set("Cookie", "gatehouse="+cookie)
				if name != "" {
					req.Header.Set(name, h.access)
				}
				w := httptest.NewRecorder()
				seen, saved = nil, nil
				r.ServeHTTP(w, req)
				if hidden := seen == nil && errors.Is(saved, sessionstore.ErrCannotSave); w.Code != http.StatusOK || hidden != (name != "") {
					t.Errorf("%s beside %q: %d, user %v, Save = %v", path, name, w.Code, seen, saved)
				}
				reply{t, w.Code, w.Header(), ""}.cookieless(name)
			}
		}
		if n := s.count("SELECT COUNT(*) FROM sessions WHERE kind = ? AND data IS NOT NULL", "token"); n != 0 {
			t.Error("values were stored in the row of a family")
		}
	})
}
