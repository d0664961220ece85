package controllers

import (
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"gatehouse/db"
	"gatehouse/models/user"
)

func TestUpdateProfile(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		b := s.member("ann@example.com")
		b.send("PATCH", "/api/users/me", `{"name":"Ann","gender":"f","role":"admin","state":0,"email":"x@example.com"}`).want(http.StatusOK)
		u := data[user.User](b.send("PATCH", "/api/users/me", "gender=").want(http.StatusOK))
		if u.Name == nil || *u.Name != "Ann" || u.Gender != nil || u.Role != "user" || u.Email != "ann@example.com" {
			t.Errorf("user = %+v", u)
		}
		u = data[user.User](b.send("PATCH", "/api/users/me", `{"name":null}`).want(http.StatusOK))
		if u.Name != nil {
			t.Errorf("name = %q, want none", *u.Name)
		}
		b.send("PATCH", "/api/users/me", `{"name":"`+strings.Repeat("x", 101)+`"}`).want(http.StatusUnprocessableEntity, "validation_failed")
		b.send("PATCH", "/api/users/me", `{"name":{}}`).want(http.StatusUnprocessableEntity)
		b.send("PATCH", "/api/users/me", "").want(http.StatusOK)
		s.browser().send("PATCH", "/api/users/me", `{"name":"Eve"}`).want(http.StatusUnauthorized)
	})
}

func TestDeleteAccountNeedsAFreshSignIn(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		b, other := s.member("ann@example.com"), s.browser()
		other.login("ann@example.com")
		s.pass(5 * time.Minute)
		b.send("DELETE", "/api/users/me", "").want(http.StatusForbidden, "fresh_sign_in_required")
		b.post("/api/users/reauthenticate", "password=wrong+horse").want(http.StatusUnauthorized, "invalid_credentials")
		b.send("DELETE", "/api/users/me", "").want(http.StatusForbidden)
		old := b.cookie()
		b.post("/api/users/reauthenticate", "password=correct+horse").want(http.StatusOK)
		s.thief(old).get("/api/users/me").want(http.StatusUnauthorized)
		s.pass(4 * time.Minute)
		b.send("DELETE", "/api/users/me", "").want(http.StatusOK)
		if b.cookie() != "" {
			t.Error("the cookie is still there")
		}
		other.get("/api/users/me").want(http.StatusUnauthorized)
		if s.count("SELECT COUNT(*) FROM users")+s.count("SELECT COUNT(*) FROM sessions") != 0 {
			t.Error("something was left behind")
		}
		fresh := s.member("ann@example.com")
		if id := data[user.User](fresh.get("/api/users/me")).ID; id == 1 {
			t.Error("the id was used again")
		}
	})
}

func TestDeleteAccountInUse(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		kind := "INTEGER"
		if s.conn.Engine() == db.MySQL {
			kind = "BIGINT"
		}
		s.exec("CREATE TABLE orders (id " + kind + " PRIMARY KEY, buyer " + kind + " NOT NULL, FOREIGN KEY (buyer) REFERENCES users (id))")
		b := s.member("ann@example.com")
		s.exec("INSERT INTO orders (id, buyer) SELECT 1, id FROM users")
		b.send("DELETE", "/api/users/me", "").want(http.StatusConflict, "account_in_use")
		b.get("/api/users/me").want(http.StatusOK)
	})
}

func TestPasswordChangeEndsAllOtherSessions(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		b, other := s.member("ann@example.com"), s.browser()
		other.login("ann@example.com")
		old := b.cookie()
		b.post("/api/users/password", `{"currentPassword":"correct horse","newPassword":"battery staple"}`).want(http.StatusOK)
		s.thief(old).get("/api/users/me").want(http.StatusUnauthorized)
		other.get("/api/users/me").want(http.StatusUnauthorized)
		b.get("/api/users/me").want(http.StatusOK)
		s.browser().login("ann@example.com").want(http.StatusUnauthorized)
		s.browser().post("/api/users/login", "email=ann@example.com&password=battery+staple").want(http.StatusOK)
	})
}

func TestRefusedPasswordChangesChangeNothing(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		b, other := s.member("ann@example.com"), s.browser()
		other.login("ann@example.com")
		r := b.post("/api/users/password", `{"currentPassword":"wrong horse","newPassword":"battery staple"}`).want(http.StatusUnprocessableEntity, "validation_failed")
		if r.failure().Fields["currentPassword"] == "" {
			t.Errorf("fields = %v", r.failure().Fields)
		}
		b.post("/api/users/password", `{"currentPassword":"correct horse","newPassword":"short"}`).want(http.StatusUnprocessableEntity, "weak_password")
		b.post("/api/users/password", `{"currentPassword":"correct horse","newPassword":"correct horse"}`).want(http.StatusUnprocessableEntity, "same_password")
		b.post("/api/users/password", `{"newPassword":"battery staple"}`).want(http.StatusUnprocessableEntity, "validation_failed")
		other.get("/api/users/me").want(http.StatusOK)
		s.browser().login("ann@example.com").want(http.StatusOK)
	})
}

func TestSessionEndedDuringPasswordChangeChangesNothing(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		b := s.member("ann@example.com")
		s.afterVerify = func() { s.exec("DELETE FROM sessions") }
		b.post("/api/users/password", `{"currentPassword":"correct horse","newPassword":"battery staple"}`).want(http.StatusUnauthorized, "not_signed_in")
		b.post("/api/users/reauthenticate", "password=correct+horse").want(http.StatusUnauthorized)
		s.afterVerify = nil
		if n := s.count("SELECT COUNT(*) FROM sessions"); n != 0 {
			t.Errorf("%d sessions, want 0: one was revived", n)
		}
		s.browser().login("ann@example.com").want(http.StatusOK)
	})
}

// What is answered from memory are the same bytes as before it was there.
func TestAnAnswerFromMemoryIsTheSame(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		b := s.member("ann@example.com")
		b.send("PATCH", "/api/users/me", `{"name":"Ann <\"&> \u2028"}`).want(http.StatusOK)
		first := b.get("/api/users/me").want(http.StatusOK)
		again := b.get("/api/users/me").want(http.StatusOK)
		if first.body != again.body || !reflect.DeepEqual(first.header["Content-Type"], again.header["Content-Type"]) {
			t.Errorf("first %q\nthen %q", first.body, again.body)
		}
		if u := data[user.User](again); u.Name == nil || *u.Name != "Ann <\"&> \u2028" {
			t.Errorf("user = %+v", u)
		}
	})
}

func TestAnUnusablePasswordIsNotTried(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		b := s.member("ann@example.com")
		for _, plain := range []string{"", `correct horse\u0000`} {
			b.post("/api/users/reauthenticate", `{"password":"`+plain+`"}`).want(http.StatusUnprocessableEntity, "validation_failed")
			r := b.post("/api/users/password", `{"currentPassword":"`+plain+`","newPassword":"battery staple"}`).want(http.StatusUnprocessableEntity)
			if said := r.failure().Fields["currentPassword"]; said == "" || said == "is not right" {
				t.Errorf("%q: %q", plain, said)
			}
		}
	})
}
