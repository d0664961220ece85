package controllers

import (
	"net/http"
	"sync"
	"testing"
)

func TestUserChangedDuringASignIn(t *testing.T) {
	other := testHash(t, "other horse")
	for name, change := range map[string]func(s *site){
		"password": func(s *site) { s.exec("UPDATE users SET password = ?", other) },
		"disabled": func(s *site) { s.exec("UPDATE users SET state = 2") },
		"deleted":  func(s *site) { s.exec("DELETE FROM users") },
	} {
		for _, path := range []string{"/api/users/login", "/auth/login"} {
			t.Run(name+" at "+path, func(t *testing.T) {
				each(t, func(t *testing.T, s *site) {
					s.member("ann@example.com")
					s.afterVerify = sync.OnceFunc(func() { change(s) })
					s.browser().post(path, "email=ann@example.com&password=correct+horse").want(http.StatusUnauthorized, "invalid_credentials")
					if n := s.count("SELECT COUNT(*) FROM sessions"); n != 1 {
						t.Errorf("%d sessions, want the one of the sign-up", n)
					}
				})
			})
		}
	}
}

func TestUserChangedDuringAProofOfThePassword(t *testing.T) {
	other := testHash(t, "other horse")
	right := testHash(t, "correct horse")
	each(t, func(t *testing.T, s *site) {
		b := s.member("ann@example.com")
		cookie := b.cookie()
		for _, change := range []func(){
			func() { s.exec("UPDATE users SET password = ?", other) },
			func() { s.exec("UPDATE users SET state = 2") },
		} {
			for path, body := range map[string]string{
				"/api/users/password":       `{"currentPassword":"correct horse","newPassword":"battery staple"}`,
				"/api/users/reauthenticate": `{"password":"correct horse"}`,
			} {
				s.exec("UPDATE users SET password = ?, state = 1", right)
				s.afterVerify = change
				r := b.post(path, body)
				s.afterVerify = nil
				if r.status != map[string]int{"/api/users/password": 422, "/api/users/reauthenticate": 401}[path] || b.cookie() != cookie {
					t.Errorf("%s: %d %s", path, r.status, r.body)
				}
				s.exec("UPDATE users SET state = 1")
				s.browser().post("/api/users/login", "email=ann@example.com&password=battery+staple").want(http.StatusUnauthorized)
			}
		}
	})
}

func TestRowsThatChangeDuringSignIn(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		hash := testHash(t, "correct horse")
		insert := func(email string, key any) {
			s.exec("INSERT INTO users (email, password, role, state, gh_email_key) VALUES (?, ?, ?, ?, ?)", email, hash, "user", 1, key)
		}
		during := func(f func()) { s.afterVerify = sync.OnceFunc(f) }

		insert("two@example.com", nil)
		during(func() { insert("TWO@example.com", nil) })
		s.browser().login("two@example.com").want(http.StatusUnauthorized, "invalid_credentials")

		insert("moving@example.com", nil)
		during(func() {
			s.exec("UPDATE users SET email = ? WHERE email = ?", "moved@example.com", "moving@example.com")
		})
		s.browser().login("moving@example.com").want(http.StatusOK)
		if n := s.count("SELECT COUNT(*) FROM users WHERE gh_email_key = ?", "moving@example.com"); n != 0 {
			t.Error("a row got the key of an address it no longer has")
		}
		s.afterVerify = nil

		insert("gone@example.com", "owner@example.com")
		insert("owner@example.com", nil)
		s.browser().login("owner@example.com").want(http.StatusOK)

		s.member("ann@example.com")
		insert("ANN@example.com", nil)
		s.browser().login("ann@example.com").want(http.StatusUnauthorized, "invalid_credentials")
	})
}
