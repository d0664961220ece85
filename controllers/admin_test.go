package controllers

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/db"
	"gatehouse/models/account"
)

// promote makes a user an admin, as `gatehouse users role` does, and returns the id.
func (s *site) promote(email string) int64 {
	s.t.Helper()
	u, err := s.accounts.Lookup(s.t.Context(), email)
	if err == nil {
		err = s.accounts.SetRole(s.t.Context(), account.Operator{}, u.ID, "admin", s.time())
	}
	if err != nil {
		s.t.Fatal(err)
	}
	return u.ID
}

// admin is a browser of an admin who has just signed up.
func (s *site) admin(email string) *browser {
	s.t.Helper()
	b := s.member(email)
	s.promote(email)
	return b
}

// emails are those of a listing.
func emails(page adminUserListing) []string {
	var all []string
	for _, u := range page.Users {
		all = append(all, u.Email)
	}
	return all
}

func TestAdminsFindUsers(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		s.member("ann@example.com")
		s.browser().post("/api/users/signup", `{"email":"Ben_Smith@example.com","password":"correct horse","name":"Benjamin 100% O'Hara!"}`).want(http.StatusCreated)
		s.member("benxsmith@example.org")
		s.exec("UPDATE users SET name = ? WHERE id = 3", "Änne Öztürk")
		if s.conn.Engine() == db.MySQL { // columns that tell upper from lower case, or lack letters
			s.exec("ALTER TABLE users MODIFY name VARCHAR(200) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL, MODIFY email VARCHAR(254) CHARACTER SET latin1 NOT NULL")
		}
		root := s.admin("root@example.com")
		for search, want := range map[string][]string{
			"":                          {"root@example.com", "benxsmith@example.org", "Ben_Smith@example.com", "ann@example.com"},
			"example.org":               {"benxsmith@example.org"},
			"BEN":                       {"benxsmith@example.org", "Ben_Smith@example.com"},
			"n_S":                       {"Ben_Smith@example.com"},
			"100%25":                    {"Ben_Smith@example.com"},
			"1%25%20O":                  nil,
			"JAMIN":                     {"Ben_Smith@example.com"},
			"o'hara":                    {"Ben_Smith@example.com"},
			"!":                         {"Ben_Smith@example.com"},
			"1":                         {"ann@example.com"},
			"ANN@Example.com":           {"ann@example.com"},
			"n@example.com":             {"ann@example.com"},
			"%E2%98%83":                 nil,
			"%C3%84NNE%20%C3%96Z":       {"benxsmith@example.org"}, // as it is stored, but for A to Z
			"'%3BDROP%20TABLE%20x%3B--": nil,
		} {
			page := data[adminUserListing](root.get("/api/admin/users?search=" + search).want(http.StatusOK))
			if got := emails(page); !slices.Equal(got, want) || page.Next != 0 {
				t.Errorf("%s: %q, want %q", search, got, want)
			}
		}
	})
}

// In a table of another program one address may be that of several; none of them hides the others.
func TestAdminsFindAllWhoShareAnAddress(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		root := s.admin("root@example.com")
		for _, email := range []string{"twice@example.com", "TWICE@example.com"} {
			s.exec("INSERT INTO users (email, password, role, state) VALUES (?, ?, ?, ?)", email, "x", "user", 1)
		}
		page := data[adminUserListing](root.get("/api/admin/users?search=twice@example.com").want(http.StatusOK))
		if got := emails(page); !slices.Equal(got, []string{"TWICE@example.com", "twice@example.com"}) {
			t.Errorf("%q", got)
		}
	})
}

func TestAdminsPageThroughUsersByKey(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		root := s.admin("root@example.com")
		if after := data[adminUserListing](root.get("/api/admin/users?search=root@example.com&before=1").want(http.StatusOK)); len(after.Users) != 0 {
			t.Errorf("a user is found again after themselves: %q", emails(after))
		}
		for i := range 2*pageSize - 1 {
			s.exec("INSERT INTO users (email, password, role, state) VALUES (?, 'x', 'user', 1)", fmt.Sprintf("u%d@example.com", i))
		}
		first := data[adminUserListing](root.get("/api/admin/users").want(http.StatusOK))
		second := data[adminUserListing](root.get(fmt.Sprintf("/api/admin/users?before=%d", first.Next)).want(http.StatusOK))
		if len(first.Users) != pageSize || len(second.Users) != pageSize || second.Next != 0 {
			t.Fatalf("pages of %d and %d users, then %d", len(first.Users), len(second.Users), second.Next)
		}
		if all := append(emails(first), emails(second)...); all[0] != "u98@example.com" || all[99] != "root@example.com" || len(slices.Compact(slices.Sorted(slices.Values(all)))) != 100 {
			t.Errorf("%q", all)
		}
		for _, bad := range []string{"0", "-1", "x", "9223372036854775808"} {
			root.get("/api/admin/users?before="+bad).want(http.StatusUnprocessableEntity, "validation_failed")
		}
		root.get("/api/admin/users?before=1&before=2").want(http.StatusBadRequest, "bad_request")
		root.get("/api/admin/users?search=%zz").want(http.StatusBadRequest, "bad_request")
		for _, noText := range []string{"%ff", "ann%00"} {
			root.get("/api/admin/users?search="+noText).want(http.StatusBadRequest, "bad_request")
		}
	})
}

func TestAdminsSeeHowAUserStands(t *testing.T) {
	limited(t, func(t *testing.T, s *site) {
		ann, root := s.member("ann@example.com"), s.admin("root@example.com")
		ann.holder("ann@example.com")
		for range 5 {
			s.browser().post("/api/users/login", "email=ann@example.com&password=wrong").want(http.StatusUnauthorized)
		}
		r := root.get("/api/admin/users/1").want(http.StatusOK)
		is := data[adminDetail](r)
		if is.Email != "ann@example.com" || is.Admin || is.Verification != "waiting" || is.Failures != 5 || len(is.Sessions) != 2 {
			t.Errorf("%+v", is)
		}
		if is.BlockedUntil == nil || !is.BlockedUntil.Equal(s.time().Add(time.Second)) {
			t.Errorf("blocked until %v", is.BlockedUntil)
		}
		if strings.Contains(r.body, "$2a$") || strings.Contains(r.body, ann.cookie()) {
			t.Errorf("it tells a secret: %s", r.body)
		}
		root.post("/api/admin/users/1/unlock", "").want(http.StatusOK)
		if is := data[adminDetail](root.get("/api/admin/users/1").want(http.StatusOK)); is.Failures != 0 || is.BlockedUntil != nil {
			t.Errorf("after unlocking: %+v", is)
		}
		s.browser().login("ann@example.com").want(http.StatusOK)
		s.exec("UPDATE sessions SET idle_expires = ? WHERE user_id = 1", s.time().UnixMilli())
		if is := data[adminDetail](root.get("/api/admin/users/1")); len(is.Sessions) != 0 {
			t.Errorf("sessions that have ended: %+v", is.Sessions)
		}
		s.exec("UPDATE users SET gh_email_verified = 5 WHERE id = 1")
		if is := data[adminDetail](root.get("/api/admin/users/1")); is.Verification != "confirmed" {
			t.Errorf("%+v", is)
		}
		s.exec("UPDATE users SET gh_email_verified = NULL WHERE id = 1")
		if is := data[adminDetail](root.get("/api/admin/users/1")); is.Verification != "not_asked" {
			t.Errorf("%+v", is)
		}
		for _, id := range []string{"99", "0", "-1", "x", "1x", "9223372036854775808", "%31%00"} {
			root.get("/api/admin/users/"+id).want(http.StatusNotFound, "not_found")
		}
	})
}

func TestWhatAdminsChangeCountsAtOnce(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ann, root := s.member("ann@example.com"), s.admin("root@example.com")
		tokens := ann.holder("ann@example.com")
		out := func() {
			t.Helper()
			ann.get("/api/users/me").want(http.StatusUnauthorized)
			tokens.ask("GET", "/api/users/me", "").want(http.StatusUnauthorized, "token_revoked")
			tokens.renew().want(http.StatusUnauthorized)
		}
		root.send("DELETE", "/api/admin/users/1/sessions", "").want(http.StatusOK).says("sessions ended")
		out()
		ann.login("ann@example.com").want(http.StatusOK)
		tokens = ann.holder("ann@example.com")
		root.post("/api/admin/users/1/disable", "{}").want(http.StatusOK)
		out()
		ann.login("ann@example.com").want(http.StatusUnauthorized, "invalid_credentials")
		root.post("/api/admin/users/1/password/forgot", "").want(http.StatusConflict, "account_disabled")
		root.post("/api/admin/users/1/enable", "").want(http.StatusOK)
		ann.login("ann@example.com").want(http.StatusOK)
		root.post("/api/admin/users/1/role", `{"role":"admin"}`).want(http.StatusOK)
		ann.get("/api/admin/users").want(http.StatusOK)
		root.post("/api/admin/users/1/role", "role=editor").want(http.StatusOK)
		ann.get("/api/admin/users").want(http.StatusNotFound, "not_found")
		if r := ann.get("/api/auth/forward?role=editor").want(http.StatusOK); r.header.Get("Remote-Groups") != "editor" {
			t.Errorf("Remote-Groups = %q", r.header.Get("Remote-Groups"))
		}
		root.post("/api/admin/users/1/role", "role=Admin").want(http.StatusUnprocessableEntity, "validation_failed")
		root.post("/api/admin/users/1/role", "").want(http.StatusUnprocessableEntity, "validation_failed")
		for _, path := range []string{"disable", "enable", "unlock", "password/forgot", "role"} {
			root.post("/api/admin/users/99/"+path, "role=x").want(http.StatusNotFound, "not_found")
		}
		root.send("DELETE", "/api/admin/users/99/sessions", "").want(http.StatusNotFound, "not_found")
	})
}

func TestAnAdminHasALinkMailed(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		s.member("ann@example.com")
		root := s.admin("root@example.com")
		root.post("/api/admin/users/1/password/forgot", "").want(http.StatusOK)
		if n := s.count("SELECT COUNT(*) FROM gatehouse_outbox WHERE user_id = 1 AND kind = 'reset'"); n != 1 {
			t.Errorf("%d mails wait", n)
		}
		s.browser().login("ann@example.com").want(http.StatusOK) // nothing has changed yet
	})
}

func TestAdminsCannotShutThemselvesOut(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		root := s.admin("root@example.com")
		for _, path := range []string{"disable", "enable", "role"} {
			root.post("/api/admin/users/1/"+path, "role=user").want(http.StatusConflict, "own_account")
		}
		root.get("/api/admin/users/1").want(http.StatusOK)
		r := root.send("DELETE", "/api/admin/users/1/sessions", "").want(http.StatusOK)
		if root.cookie() != "" || r.header.Get("Clear-Site-Data") == "" {
			t.Error("the cookie of the ended session is kept")
		}
		root.get("/api/admin/users/1").want(http.StatusUnauthorized)
	})
}

func TestChangesOfAdminsWantAFreshSignIn(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ann, root := s.member("ann@example.com"), s.admin("root@example.com")
		s.pass(6 * time.Minute)
		before := s.count("SELECT COUNT(*) FROM gatehouse_events")
		for _, path := range []string{"disable", "enable", "unlock", "password/forgot", "role"} {
			root.post("/api/admin/users/1/"+path, "role=admin").want(http.StatusForbidden, "fresh_sign_in_required")
		}
		root.send("DELETE", "/api/admin/users/1/sessions", "").want(http.StatusForbidden, "fresh_sign_in_required")
		if n := s.count("SELECT COUNT(*) FROM gatehouse_events"); n != before {
			t.Errorf("%d events more", n-before)
		}
		ann.get("/api/users/me").want(http.StatusOK)
		root.get("/api/admin/users/1").want(http.StatusOK)
		root.post("/api/users/reauthenticate", "password=correct+horse").want(http.StatusOK)
		root.post("/api/admin/users/1/disable", "").want(http.StatusOK)
		ann.get("/api/users/me").want(http.StatusUnauthorized)
	})
}
