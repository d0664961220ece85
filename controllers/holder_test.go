package controllers

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"gatehouse/models/token"
)

// holder is a client of the JWT mode. It has a cookie jar too, so that a cookie nobody should set would be kept.
type holder struct {
	*browser
	access, refresh string
}

// holder is one who has just signed up and in by /auth.
func (s *site) holder(email string) *holder {
	s.t.Helper()
	b := s.browser()
	b.post("/auth/signup", `{"email":"`+email+`","password":"correct horse"}`).want(http.StatusCreated)
	return b.holder(email)
}

// holder signs in by /auth as member or holder signed up.
func (b *browser) holder(email string) *holder {
	b.site.t.Helper()
	h := &holder{browser: b}
	h.take(b.post("/auth/login", "email="+url.QueryEscape(email)+"&password=correct+horse").want(http.StatusOK))
	return h
}

// take keeps the tokens of an answer in place of those before.
func (h *holder) take(r reply) reply {
	h.site.t.Helper()
	in := r.issued()
	h.access, h.refresh = in.AccessToken, in.RefreshToken
	return r
}

func (r reply) issued() issued {
	r.t.Helper()
	var in issued
	if err := json.Unmarshal([]byte(r.body), &in); err != nil || in.AccessToken == "" || in.RefreshToken == "" {
		r.t.Fatalf("no tokens: %v: %s", err, r.body)
	}
	return in
}

// then is a holder of the same tokens, to look back at them later.
func (h *holder) then() *holder {
	earlier := *h
	return &earlier
}

// renew exchanges the refresh token, and holds the new ones if that went well.
func (h *holder) renew() reply {
	h.site.t.Helper()
	r := h.post("/auth/refresh", "", "authorization_refresh", h.refresh)
	if r.status == http.StatusOK {
		h.take(r)
	}
	return r
}

// ask sends a request with the access token. No route answers that with anything about cookies.
func (h *holder) ask(method, path, body string, headers ...string) reply {
	h.site.t.Helper()
	r := h.send(method, path, body, append(headers, "Authorization", "Bearer "+h.access)...)
	r.cookieless(method + " " + path)
	return r
}

func (h *holder) me() reply {
	h.site.t.Helper()
	return h.ask(http.MethodGet, "/api/users/me", "")
}

// both are the headers of the old client.
func (h *holder) both() []string {
	return []string{"authorization_access", h.access, "authorization_refresh", h.refresh}
}

// wantOut checks that the tokens do not count any more, however often they come.
func (h *holder) wantOut(name string) {
	h.site.t.Helper()
	for range 2 {
		for _, r := range []reply{
			h.me(), h.get("/auth/page", h.both()...), h.post("/auth/verify", "token="+h.access), h.renew(),
		} {
			if r.status != http.StatusUnauthorized || r.failure().Code != "token_revoked" {
				h.site.t.Errorf("%s: %d %s, want 401 token_revoked", name, r.status, r.body)
			}
		}
	}
}

// cookieless checks that an answer leaves the browser's cookies and cache alone.
func (r reply) cookieless(name string) {
	r.t.Helper()
	if len(r.header["Set-Cookie"])+len(r.header["Clear-Site-Data"]) > 0 {
		r.t.Errorf("%s: Set-Cookie %q, Clear-Site-Data %q, want neither", name, r.header["Set-Cookie"], r.header["Clear-Site-Data"])
	}
}

// opened returns what a token says, by no code of ours: its header, its payload, and that as claims.
func opened(t *testing.T, text string) (header, payload string, c token.Claims) {
	t.Helper()
	parts := strings.Split(text, ".")
	if len(parts) != 3 {
		t.Fatalf("a token has %d parts, want 3", len(parts))
	}
	var plain [2][]byte
	for i := range plain {
		var err error
		if plain[i], err = base64.RawURLEncoding.DecodeString(parts[i]); err != nil {
			t.Fatal(err)
		}
	}
	if err := json.Unmarshal(plain[1], &c); err != nil {
		t.Fatal(err)
	}
	return string(plain[0]), string(plain[1]), c
}

func claims(t *testing.T, text string) token.Claims {
	t.Helper()
	_, _, c := opened(t, text)
	return c
}

// families counts the families of tokens, and the tokens that were signed out.
func (s *site) families() (alive, blacklisted int) {
	s.t.Helper()
	return s.count("SELECT COUNT(*) FROM sessions WHERE kind = ?", "token"), s.count("SELECT COUNT(*) FROM blacklist")
}
