package controllers

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/db"
	"gatehouse/models/session"
)

// state is all that acts of visitors change, but for the history and last-seen times.
func (s *site) state() string {
	s.t.Helper()
	return fmt.Sprintf("%q\n%q\n%q",
		s.rows("SELECT id, email, password, name, lastLogin, gh_revision FROM users ORDER BY id"),
		s.rows("SELECT public_id, id_hash, user_id, authenticated_at, refresh_jti FROM sessions ORDER BY public_id"),
		s.rows("SELECT jti FROM blacklist ORDER BY jti"))
}

func TestWhatCannotBeToldIsNotDoneToVisitors(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		b, h := s.member("ann@example.com"), s.holder("ben@example.com")
		mine := data[sessionListing](b.get("/api/users/sessions")).Sessions[0].ID
		old := h.then()
		h.renew().want(http.StatusOK)
		trigger := "CREATE TRIGGER no_events BEFORE INSERT ON gatehouse_events BEGIN SELECT RAISE(ABORT, 'no events'); END"
		if s.conn.Engine() == db.MySQL {
			trigger = "CREATE TRIGGER no_events BEFORE INSERT ON gatehouse_events FOR EACH ROW SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'no events'"
		}
		if _, err := s.conn.SQL().ExecContext(t.Context(), trigger); err != nil {
			t.Fatal(err)
		}
		before := s.state()
		for _, act := range [][3]string{
			{"POST", "/api/users/signup", "email=cyd@example.com&password=correct+horse"},
			{"POST", "/auth/signup", "email=cyd@example.com&password=correct+horse"},
			{"POST", "/api/users/login", "email=ann@example.com&password=correct+horse"},
			{"POST", "/api/users/login", "email=ann@example.com&password=wrong+horse"},
			{"POST", "/auth/login", "email=ann@example.com&password=correct+horse"},
			{"POST", "/auth/login", "email=nobody@example.com&password=correct+horse"},
			{"POST", "/api/users/logout", ""},
			{"POST", "/api/users/logout", "scope=global"},
			{"PATCH", "/api/users/me", "name=Ann"},
			{"POST", "/api/users/reauthenticate", "password=correct+horse"},
			{"POST", "/api/users/reauthenticate", "password=wrong+horse"},
			{"POST", "/api/users/password", "currentPassword=correct+horse&newPassword=battery+staple"},
			{"POST", "/api/users/password", "currentPassword=wrong+horse&newPassword=battery+staple"},
			{"DELETE", "/api/users/sessions/" + mine, ""},
			{"DELETE", "/api/users/sessions", ""},
			{"DELETE", "/api/users/me", ""},
		} {
			if r := b.send(act[0], act[1], act[2]); r.status < 500 || len(r.header["Set-Cookie"]) > 0 {
				t.Errorf("%v: %d %v", act, r.status, r.header)
			}
		}
		if r := h.post("/auth/logout", "", h.both()...); r.status < 500 {
			t.Errorf("a logout with tokens: %d", r.status)
		}
		if r := old.renew(); r.status < 500 || strings.Contains(r.body, "Token") {
			t.Errorf("tokens were given out once more: %d %s", r.status, r.body)
		}
		s.pass(session.Grace + time.Second)
		if r := old.renew(); r.status < 500 {
			t.Errorf("a reused token: %d", r.status)
		}
		if after := s.state(); after != before {
			t.Errorf("something was done:\n%s\nwas\n%s", after, before)
		}
	})
}

func TestAVisitorsActThatFailsIsNoEvent(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		b, other := s.member("ann@example.com"), s.browser()
		other.login("ann@example.com").want(http.StatusOK)
		s.afterVerify = func() { s.exec("DELETE FROM sessions WHERE user_id = 1") }
		b.post("/api/users/password", "currentPassword=correct+horse&newPassword=battery+staple").want(http.StatusUnauthorized, "not_signed_in")
		s.afterVerify = nil
		b.login("ann@example.com").want(http.StatusOK)

		s.afterVerify = func() { s.exec("UPDATE users SET state = 2") }
		s.browser().login("ann@example.com").want(http.StatusUnauthorized)
		s.afterVerify = nil
		s.exec("UPDATE users SET state = 1")

		b.login("ann@example.com").want(http.StatusOK)
		kind := "INTEGER"
		if s.conn.Engine() == db.MySQL {
			kind = "BIGINT"
		}
		s.exec("CREATE TABLE orders (buyer " + kind + " NOT NULL, FOREIGN KEY (buyer) REFERENCES users (id))")
		s.exec("INSERT INTO orders (buyer) VALUES (1)")
		b.send("DELETE", "/api/users/me", "").want(http.StatusConflict, "account_in_use")
		_, lines := s.told(0)
		lines = lines[1:] // the server's key
		want := []string{"sign_up 1", "sign_in 1 cookie", "sign_in 1 cookie", "sign_in_failed 1", "sign_in 1 cookie"}
		if !slices.Equal(lines, want) {
			t.Errorf("events %q, want %q", lines, want)
		}
	})
}
