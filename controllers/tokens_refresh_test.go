package controllers

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"gatehouse/models/session"
	"gatehouse/models/token"
	"gatehouse/models/user"
)

func TestRefreshRotatesBothTokens(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		h := s.holder("ann@example.com")
		first := h.then()
		s.pass(2 * time.Minute)
		s.exec("UPDATE users SET role = ?", "editor")
		if u := data[user.User](h.renew().want(http.StatusOK)); u.Role != "editor" {
			t.Errorf("role = %q, want the present one", u.Role)
		}
		old, now := claims(t, first.access), claims(t, h.access)
		if now.ID == old.ID || now.Session != old.Session || now.Subject != old.Subject || now.IssuedAt != old.IssuedAt+120 {
			t.Errorf("access token %+v after %+v", now, old)
		}
		if old, now := claims(t, first.refresh), claims(t, h.refresh); now.ID == old.ID || now.Expires != old.Expires+120 {
			t.Errorf("refresh token %+v after %+v", now, old)
		}
		s.pass(59 * time.Second)
		first.me().want(http.StatusOK) // a refresh does not end the earlier access token
		s.pass(time.Second)
		first.me().want(http.StatusUnauthorized, "token_expired")
		h.me().want(http.StatusOK)
	})
}

func TestTheSameRefreshTokenWithinTenSecondsGetsTheSameSuccessors(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		h := s.holder("ann@example.com")
		s.pass(time.Minute)
		again := h.then()
		h.renew().want(http.StatusOK)
		h.me().want(http.StatusOK) // the access token may be in use
		s.pass(session.Grace)
		in := again.renew().want(http.StatusOK).issued()
		if claims(t, again.access) != claims(t, h.access) || claims(t, again.refresh) != claims(t, h.refresh) {
			t.Errorf("claims = %+v, %+v, want %+v, %+v", claims(t, again.access), claims(t, again.refresh), claims(t, h.access), claims(t, h.refresh))
		}
		if in.ExpiresIn != 170 || in.RefreshExpiresIn != 290 {
			t.Errorf("expiresIn = %d and %d, want what is left: 170 and 290", in.ExpiresIn, in.RefreshExpiresIn)
		}
		if n := strings.Count(s.log.String(), `"event":"refresh_replayed","ip":"127.0.0.1","requestId":"`); n != 1 {
			t.Errorf("%d events, want 1", n)
		}
		h.me().want(http.StatusOK)
		again.me().want(http.StatusOK)
		h.renew().want(http.StatusOK)
		h.me().want(http.StatusOK)
	})
}

func TestAReusedRefreshTokenEndsItsFamily(t *testing.T) {
	tests := []struct {
		name  string
		until func(s *site, h *holder) // h has just refreshed its first tokens, which come again then
	}{
		{"after ten seconds", func(s *site, _ *holder) { s.pass(session.Grace + time.Millisecond) }},
		{"after the successor was used", func(_ *site, h *holder) { h.renew().want(http.StatusOK) }},
		{"two generations later", func(_ *site, h *holder) {
			h.renew().want(http.StatusOK)
			h.renew().want(http.StatusOK)
		}},
	}
	for _, test := range tests {
		for _, path := range []string{"/auth/refresh", "/auth/page"} {
			t.Run(test.name+" at "+path, func(t *testing.T) {
				each(t, func(t *testing.T, s *site) {
					h := s.holder("ann@example.com")
					other, cookie := h.holder("ann@example.com"), s.browser()
					cookie.login("ann@example.com").want(http.StatusOK)
					stolen := h.then()
					s.pass(3 * time.Minute)
					other.renew().want(http.StatusOK)
					h.renew().want(http.StatusOK)
					test.until(s, h)
					r := stolen.post(path, "", stolen.both()...).want(http.StatusUnauthorized, "refresh_reused")
					if len(r.header["Authorization_access"])+len(r.header["Authorization_refresh"]) > 0 || r.failure().Refresh != "" {
						t.Errorf("a thief was helped on: %v %s", r.header, r.body)
					}
					h.wantOut("the rightful holder")
					stolen.renew().want(http.StatusUnauthorized, "token_revoked")
					other.me().want(http.StatusOK)
					cookie.get("/api/users/me").want(http.StatusOK)
					if n := strings.Count(s.log.String(), `"event":"refresh_reused","ip":"127.0.0.1","requestId":"`); n != 1 {
						t.Errorf("%d events, want 1", n)
					}
				})
			})
		}
	}
}

func TestTokensEndWithWhatTheyStandOn(t *testing.T) {
	for name, end := range map[string]func(s *site, b *browser){
		"password change": func(_ *site, b *browser) {
			b.post("/api/users/password", `{"currentPassword":"correct horse","newPassword":"battery staple"}`).want(http.StatusOK)
		},
		"global logout":        func(_ *site, b *browser) { b.post("/api/users/logout", "scope=global").want(http.StatusOK) },
		"logout of others":     func(_ *site, b *browser) { b.post("/api/users/logout", "scope=others").want(http.StatusOK) },
		"other sessions ended": func(_ *site, b *browser) { b.send("DELETE", "/api/users/sessions", "").want(http.StatusOK) },
		"account deleted":      func(_ *site, b *browser) { b.send("DELETE", "/api/users/me", "").want(http.StatusOK) },
		"user disabled":        func(s *site, _ *browser) { s.exec("UPDATE users SET state = 0 WHERE id = 1") },
		"user row gone":        func(s *site, _ *browser) { s.exec("DELETE FROM users WHERE id = 1") },
		"family of another user": func(s *site, _ *browser) {
			s.exec("UPDATE sessions SET user_id = 2 WHERE kind = ? AND user_id = 1", "token")
		},
		"family row gone": func(s *site, _ *browser) { s.exec("DELETE FROM sessions WHERE kind = ? AND user_id = 1", "token") },
		"ten more sign-ins": func(s *site, b *browser) {
			for range 10 {
				s.pass(time.Second)
				b.holder("ann@example.com")
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, s *site) {
				b := s.member("ann@example.com")
				h, stranger := b.holder("ann@example.com"), s.holder("bob@example.com")
				end(s, b)
				h.wantOut(name)
				stranger.me().want(http.StatusOK)
				stranger.renew().want(http.StatusOK)
			})
		})
	}
}

func TestWhereTheRefreshTokenMayStand(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		h, other := s.holder("ann@example.com"), s.holder("bob@example.com")
		bad := func(name string, status int, code, body string, headers ...string) {
			if r := h.post("/auth/refresh", body, headers...); r.status != status || r.failure().Code != code {
				t.Errorf("%s: %d %s, want %d %s", name, r.status, r.body, status, code)
			}
		}
		bad("missing", 422, "validation_failed", "")
		bad("access tokens alone", 422, "validation_failed", "", "authorization_access", h.access, "Authorization", "Bearer "+h.access)
		bad("two headers", 400, "bad_request", "", "authorization_refresh", h.refresh, "authorization-refresh", other.refresh)
		bad("header and JSON", 400, "bad_request", `{"refreshToken":"`+other.refresh+`"}`, "authorization_refresh", h.refresh)
		bad("header and form", 400, "bad_request", "refreshToken="+other.refresh, "authorization-refresh", h.refresh)
		bad("header and a number", 422, "validation_failed", `{"refreshToken":1}`, "authorization_refresh", h.refresh)
		bad("access token", 401, "token_invalid", "", "authorization_refresh", h.access)
		bad("access token in the body", 401, "token_invalid", "refreshToken="+h.access)
		bad("rubbish", 401, "token_invalid", "refreshToken=x")
		bad("too long", 401, "token_invalid", "refreshToken="+h.refresh+strings.Repeat("x", token.MaxBytes))
		for name, send := range map[string]func() reply{
			"header":        func() reply { return h.post("/auth/refresh", "", "authorization_refresh", h.refresh) },
			"dashed header": func() reply { return h.post("/auth/refresh", "", "authorization-refresh", h.refresh) },
			"both headers": func() reply {
				return h.post("/auth/refresh", "{}", "authorization_refresh", h.refresh, "authorization-refresh", h.refresh)
			},
			"JSON": func() reply { return h.post("/auth/refresh", `{"refreshToken":"`+h.refresh+`"}`) },
			"form": func() reply { return h.post("/auth/refresh", "refreshToken="+h.refresh) },
			"header and body": func() reply {
				return h.post("/auth/refresh", "refreshToken="+h.refresh, "authorization_refresh", h.refresh)
			},
			"beside an access": func() reply {
				return h.post("/auth/refresh", "", "authorization_refresh", h.refresh, "authorization_access", "x")
			},
		} {
			before := claims(t, h.refresh).ID
			r := send()
			if r.status != http.StatusOK {
				t.Fatalf("%s: %d %s", name, r.status, r.body)
			}
			if h.take(r); claims(t, h.refresh).ID == before {
				t.Errorf("%s: the token was not exchanged", name)
			}
		}
	})
}

func TestHEADNeverRefreshes(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		h := s.holder("ann@example.com")
		h.send(http.MethodHead, "/auth/page", "", "authorization_access", h.access).want(http.StatusOK)
		s.pass(3 * time.Minute)
		before := s.conn.Statements()
		r := h.send(http.MethodHead, "/auth/page", "", h.both()...).want(http.StatusUnauthorized)
		if len(r.header["Authorization_access"]) > 0 || s.conn.Statements() != before {
			t.Errorf("HEAD did something: %v", r.header)
		}
		if n := s.count("SELECT COUNT(*) FROM sessions WHERE refresh_jti = ? AND previous_jti IS NULL", claims(t, h.refresh).ID); n != 1 {
			t.Error("the family changed")
		}
		h.get("/auth/page", h.both()...).want(http.StatusOK)
	})
}

func TestTheFamilyRowHoldsNoToken(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		h := s.holder("ann@example.com")
		h.renew().want(http.StatusOK)
		for column, want := range map[string]string{"refresh_jti": claims(t, h.refresh).ID, "access_jti": claims(t, h.access).ID, "public_id": claims(t, h.access).Session} {
			if n := s.count("SELECT COUNT(*) FROM sessions WHERE kind = ? AND "+column+" = ?", "token", want); n != 1 {
				t.Errorf("%s is not %s", column, want)
			}
			// What a dump shows of a row is no token.
			h.get("/api/users/me", "Authorization", "Bearer "+want).want(http.StatusUnauthorized, "token_invalid")
			h.get("/api/users/me", "Cookie", "gatehouse="+want).want(http.StatusUnauthorized, "not_signed_in")
		}
	})
}
