package controllers

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"gatehouse/models/account"
	"gatehouse/openapi/openapitest"
)

// whoMay says who gets past the guard of a route. What the route answers then is not looked at here.
type whoMay int

const (
	everybody whoMay = iota // nobody is refused for what they are
	signedIn
	holders // whoever is signed in by a token
	admins
)

// guards is the table of all JSON routes. Whoever adds one decides here who may use it.
var guards = map[string]whoMay{
	"POST /api/users/signup":          everybody,
	"POST /api/users/login":           everybody,
	"POST /api/users/logout":          everybody,
	"POST /api/users/password/forgot": everybody,
	"POST /api/users/password/reset":  everybody,
	"POST /api/users/email/verify":    everybody,
	"POST /api/users/email/resend":    everybody,
	"GET /api/users/me":               signedIn,
	"PATCH /api/users/me":             signedIn,
	"DELETE /api/users/me":            signedIn,
	"POST /api/users/reauthenticate":  signedIn,
	"POST /api/users/password":        signedIn,
	"POST /api/users/email":           signedIn,
	"GET /api/users/sessions":         signedIn,
	"DELETE /api/users/sessions":      signedIn,
	"DELETE /api/users/sessions/{id}": signedIn,
	"GET /api/users/events":           signedIn,
	"GET /api/auth/forward":           signedIn,
	"POST /auth/signup":               everybody,
	"POST /auth/login":                everybody,
	"POST /auth/logout":               everybody,
	"POST /auth/verify":               everybody,
	"POST /auth/refresh":              everybody, // the token that it is about is no credential beside the request
	"GET /auth/page":                  holders,
	"POST /auth/page":                 holders,
	"GET /.well-known/jwks.json":      everybody,
	"GET /healthz":                    everybody,
	"GET /readyz":                     everybody,
	"GET /openapi.json":               everybody,

	"GET /api/admin/overview":                    admins,
	"GET /api/admin/events":                      admins,
	"GET /api/admin/users":                       admins,
	"GET /api/admin/users/{id}":                  admins,
	"POST /api/admin/users/{id}/disable":         admins,
	"POST /api/admin/users/{id}/enable":          admins,
	"POST /api/admin/users/{id}/role":            admins,
	"POST /api/admin/users/{id}/unlock":          admins,
	"POST /api/admin/users/{id}/password/forgot": admins,
	"DELETE /api/admin/users/{id}/sessions":      admins,
}

// roles are those who send requests; each is made anew for each route.
var roles = map[string]struct {
	token     bool
	become    func(s *site, email string)
	in, admin bool // what they are then
}{
	"a user by cookie":           {become: func(*site, string) {}, in: true},
	"a user by token":            {token: true, become: func(*site, string) {}, in: true},
	"a disabled user by cookie":  {become: disable},
	"a disabled user by token":   {token: true, become: disable},
	"an admin by cookie":         {become: promote, in: true, admin: true},
	"an admin by token":          {token: true, become: promote, in: true, admin: true},
	"a disabled admin by cookie": {become: func(s *site, email string) { promote(s, email); disable(s, email) }},
	"a disabled admin by token":  {token: true, become: func(s *site, email string) { promote(s, email); disable(s, email) }},
	"a former admin by cookie":   {become: demoted, in: true},
	"a former admin by token":    {token: true, become: demoted, in: true},
	"an admin of another program by cookie": {become: func(s *site, email string) {
		s.exec("UPDATE users SET role = 'admin' WHERE email = ?", email)
	}, in: true},
}

func promote(s *site, email string) { s.promote(email) }

func disable(s *site, email string) {
	u, err := s.accounts.Lookup(s.t.Context(), email)
	if err == nil {
		err = s.accounts.SetActive(s.t.Context(), account.Operator{}, u.ID, false, s.time())
	}
	if err != nil {
		s.t.Fatal(err)
	}
}

func demoted(s *site, email string) {
	id := s.promote(email)
	if err := s.accounts.SetRole(s.t.Context(), account.Operator{}, id, "user", s.time()); err != nil {
		s.t.Fatal(err)
	}
}

// TestEveryRouteLetsInWhomItShould sends every role, and a visitor, to every route (ASVS 8.2.1, 8.3.1).
func TestEveryRouteLetsInWhomItShould(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		s.member("other@example.com")
		for _, r := range openapitest.Routes(t) {
			guard, listed := guards[r.Method+" "+r.Path]
			if !listed {
				t.Errorf("nobody has said who may use %s %s", r.Method, r.Path)
				continue
			}
			path := strings.ReplaceAll(r.Path, "{id}", "1") // of somebody else
			passes(t, "a visitor", guard, false, false, false, s.browser().send(r.Method, path, ""))
			for name, role := range roles {
				email := strings.ToLower(newRequestID()) + "@example.com"
				b, headers := s.member(email), []string(nil)
				if role.token {
					h := b.holder(email)
					b, headers = s.browser(), []string{"Authorization", "Bearer " + h.access}
				}
				role.become(s, email)
				passes(t, name, guard, role.token, role.in, role.admin, b.send(r.Method, path, "", headers...))
			}
		}
		if n := len(openapitest.Routes(t)); n != len(guards) {
			t.Errorf("%d routes are described, and %d have a guard", n, len(guards))
		}
	})
}

func passes(t *testing.T, who string, guard whoMay, token, in, admin bool, r reply) {
	t.Helper()
	code := ""
	if r.status >= 400 {
		code = r.failure().Code
	}
	unknown := slices.Contains([]string{"not_signed_in", "session_expired", "token_expired", "token_invalid", "token_revoked"}, code)
	want := "let in"
	switch guard {
	case everybody:
	case signedIn, holders:
		if !in || guard == holders && !token {
			want = "401"
		}
	case admins:
		switch {
		case !in:
			want = "401"
		case !admin:
			want = "404"
		}
	}
	got := "let in"
	switch {
	case r.status == http.StatusUnauthorized && unknown && guard != everybody:
		got = "401"
	case r.status == http.StatusNotFound && guard == admins:
		got = "404"
	case r.status == http.StatusForbidden, guard == everybody && unknown && code != "token_invalid" && code != "not_signed_in":
		got = "refused"
	}
	if got != want {
		t.Errorf("%s is %s, want %s: %d %s", who, got, want, r.status, r.body)
	}
}
