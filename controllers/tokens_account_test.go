package controllers

import (
	"net/http"
	"testing"
	"time"

	"gatehouse/models/user"
)

func TestAFreshSignInIsNeededForDeletingAnAccountByToken(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		h := s.holder("ann@example.com")
		other, stranger, quick := h.holder("ann@example.com"), s.holder("bob@example.com"), s.holder("cyd@example.com")
		s.pass(150 * time.Second)
		for _, one := range []*holder{h, other, stranger, quick} {
			one.renew().want(http.StatusOK) // which proves nothing of the password
		}
		s.pass(149 * time.Second)
		quick.ask("DELETE", "/api/users/me", "").want(http.StatusOK)
		s.pass(time.Second)
		h.ask("DELETE", "/api/users/me", "").want(http.StatusForbidden, "fresh_sign_in_required")
		r := h.ask("POST", "/api/users/reauthenticate", "password=wrong+horse").want(http.StatusUnauthorized, "invalid_credentials")
		if got := r.header.Get("WWW-Authenticate"); got != "" {
			t.Errorf("WWW-Authenticate = %q, but the token is good", got)
		}
		h.ask("DELETE", "/api/users/me", "").want(http.StatusForbidden, "fresh_sign_in_required")
		refresh := claims(t, h.refresh)
		if u := data[user.User](h.ask("POST", "/api/users/reauthenticate", "password=correct+horse").want(http.StatusOK)); u.ID != 1 {
			t.Errorf("user = %+v", u)
		}
		if n := s.count("SELECT COUNT(*) FROM sessions WHERE refresh_jti = ? AND idle_expires = ? AND authenticated_at = ?", refresh.ID, refresh.Expires*1000, s.time().UnixMilli()); n != 1 {
			t.Error("the family is not fresh, or its refresh token changed")
		}
		h.renew().want(http.StatusOK)
		other.ask("DELETE", "/api/users/me", "").want(http.StatusForbidden, "fresh_sign_in_required")
		h.ask("DELETE", "/api/users/me", "").want(http.StatusOK)
		h.wantOut("the deleted user")
		other.wantOut("another family of the deleted user")
		stranger.me().want(http.StatusOK)
		if n := s.count("SELECT COUNT(*) FROM users WHERE id = 1") + s.count("SELECT COUNT(*) FROM sessions WHERE user_id = 1"); n != 0 {
			t.Error("something was left behind")
		}
	})
}

func TestAPasswordChangeByTokenEndsEverything(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		b := s.member("ann@example.com")
		h, other, stranger := b.holder("ann@example.com"), b.holder("ann@example.com"), s.holder("bob@example.com")
		for body, code := range map[string]string{
			"currentPassword=wrong+horse&newPassword=battery+staple":  "validation_failed",
			"currentPassword=correct+horse&newPassword=short":         "weak_password",
			"currentPassword=correct+horse&newPassword=correct+horse": "same_password",
		} {
			h.ask("POST", "/api/users/password", body).want(http.StatusUnprocessableEntity, code)
		}
		for _, one := range []*holder{h, other} {
			one.me().want(http.StatusOK)
		}
		u := data[user.User](h.ask("POST", "/api/users/password", `{"currentPassword":"correct horse","newPassword":"battery staple"}`).want(http.StatusOK))
		if u.Email != "ann@example.com" {
			t.Errorf("user = %+v", u)
		}
		h.wantOut("the caller")
		other.wantOut("another family")
		b.get("/api/users/me").want(http.StatusUnauthorized, "not_signed_in")
		stranger.me().want(http.StatusOK)
		if n := s.count("SELECT COUNT(*) FROM sessions WHERE user_id = 1"); n != 0 {
			t.Errorf("%d sessions, want 0", n)
		}
		b.post("/auth/login", "email=ann@example.com&password=correct+horse").want(http.StatusUnauthorized)
		b.post("/auth/login", "email=ann@example.com&password=battery+staple").want(http.StatusOK)
	})
}

func TestAFamilyEndedDuringAProofOfThePasswordStaysEnded(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		s.member("ann@example.com")
		for path, body := range map[string]string{
			"/api/users/password":       "currentPassword=correct+horse&newPassword=battery+staple",
			"/api/users/reauthenticate": "password=correct+horse",
		} {
			h := s.browser().holder("ann@example.com") // the password is always the old one
			s.afterVerify = func() { s.exec("DELETE FROM sessions") }
			h.ask("POST", path, body).want(http.StatusUnauthorized)
			s.afterVerify = nil
			if n := s.count("SELECT COUNT(*) FROM sessions"); n != 0 {
				t.Errorf("%s: %d sessions, want 0: one was revived", path, n)
			}
		}
		s.browser().holder("ann@example.com")
	})
}

func TestLogoutScopesByToken(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		stranger := s.holder("bob@example.com")
		b := s.member("ann@example.com")
		h, other := b.holder("ann@example.com"), b.holder("ann@example.com")

		h.ask("POST", "/api/users/logout", "scope=everything").want(http.StatusUnprocessableEntity, "validation_failed")
		other.ask("POST", "/api/users/logout", "scope=local").want(http.StatusOK)
		other.wantOut("local")
		h.me().want(http.StatusOK)
		b.get("/api/users/me").want(http.StatusOK)

		other = b.holder("ann@example.com")
		other.ask("POST", "/api/users/logout", `{"scope":"others"}`).want(http.StatusOK)
		h.wantOut("others")
		b.get("/api/users/me").want(http.StatusUnauthorized)
		other.me().want(http.StatusOK)
		other.renew().want(http.StatusOK)
		other.renew().want(http.StatusOK)

		b.login("ann@example.com").want(http.StatusOK)
		h = b.holder("ann@example.com")
		other.ask("POST", "/api/users/logout", "scope=global").want(http.StatusOK)
		other.wantOut("global, the caller")
		h.wantOut("global, another family")
		b.get("/api/users/me").want(http.StatusUnauthorized)
		stranger.me().want(http.StatusOK)

		// A token that has expired ends its own family at most, one whose family has ended nothing.
		b.login("ann@example.com").want(http.StatusOK)
		late, kept := b.holder("ann@example.com"), b.holder("ann@example.com")
		s.pass(3 * time.Minute)
		late.ask("POST", "/api/users/logout", "scope=others").want(http.StatusOK)
		late.ask("POST", "/api/users/logout", "scope=global").want(http.StatusOK)
		late.renew().want(http.StatusUnauthorized, "token_revoked")
		kept.renew().want(http.StatusOK)
		for _, scope := range []string{"others", "global"} {
			h.ask("POST", "/api/users/logout", "scope="+scope).want(http.StatusOK)
			b.get("/api/users/me").want(http.StatusOK)
		}
	})
}

func TestSessionsAreListedAndEndedAcrossBothModes(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		stranger := s.holder("bob@example.com")
		b := s.member("ann@example.com")
		b.send("POST", "/auth/login", "email=ann@example.com&password=correct+horse", "User-Agent", "curl/8")
		s.pass(time.Second)
		h := b.holder("ann@example.com")
		theirs := claims(t, stranger.access).Session

		r := h.ask("GET", "/api/users/sessions", "").want(http.StatusOK)
		list := data[sessionListing](r).Sessions
		if len(list) != 3 || !list[0].Current || list[1].Current || list[2].Current {
			t.Fatalf("list = %s", r.body)
		}
		kinds := map[string]sessionEntry{}
		for _, e := range list[1:] {
			kinds[string(e.Kind)] = e
		}
		if e := kinds["token"]; e.UserAgent != "curl/8" || !e.Expires.Equal(s.time().Add(299*time.Second)) || kinds["cookie"].ID == "" {
			t.Errorf("list = %s", r.body)
		}
		h.ask("DELETE", "/api/users/sessions/"+theirs, "").want(http.StatusNotFound, "not_found")
		b.send("DELETE", "/api/users/sessions/"+theirs, "").want(http.StatusNotFound, "not_found")
		stranger.me().want(http.StatusOK)

		// By token: another family, then a cookie.
		h.ask("DELETE", "/api/users/sessions/"+kinds["token"].ID, "").want(http.StatusOK)
		h.ask("DELETE", "/api/users/sessions/"+kinds["token"].ID, "").want(http.StatusNotFound)
		b.get("/api/users/me").want(http.StatusOK)
		h.ask("DELETE", "/api/users/sessions/"+kinds["cookie"].ID, "").want(http.StatusOK)
		b.get("/api/users/me").want(http.StatusUnauthorized, "not_signed_in")

		// By cookie: a family.
		b.login("ann@example.com").want(http.StatusOK)
		b.send("DELETE", "/api/users/sessions/"+claims(t, h.access).Session, "").want(http.StatusOK)
		h.wantOut("a family ended by cookie")
		b.get("/api/users/me").want(http.StatusOK)

		// All but the caller's.
		h, other := b.holder("ann@example.com"), b.holder("ann@example.com")
		h.ask("DELETE", "/api/users/sessions", "").want(http.StatusOK)
		other.wantOut("another family")
		b.get("/api/users/me").want(http.StatusUnauthorized)
		h.me().want(http.StatusOK)

		// The caller's own, and never the cookie beside it.
		b.login("ann@example.com").want(http.StatusOK)
		h.ask("DELETE", "/api/users/sessions/"+claims(t, h.access).Session, "").want(http.StatusOK)
		h.wantOut("the caller")
		b.get("/api/users/me").want(http.StatusOK)
		stranger.me().want(http.StatusOK)
	})
}
