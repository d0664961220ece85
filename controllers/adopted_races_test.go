package controllers

import (
	"net/http"
	"net/url"
	"sync"
	"testing"

	"golang.org/x/crypto/bcrypt"

	"gatehouse/models/password"
)

// What was verified must still be what counts in the transaction, and the database must not decide whether it is.
func TestAnAdoptedPasswordThatChangesDuringItsProofProvesNothing(t *testing.T) {
	eachOld(t, func(t *testing.T, s *site) {
		b := s.anns()
		changes := map[string]func(){
			"undone":   func() { s.exec("UPDATE users SET gh_hash = NULL, gh_hash_of = NULL") },
			"disabled": func() { s.exec("UPDATE users SET state = 0") },
			"given": func() {
				s.exec("UPDATE users SET password = ?, gh_hash = NULL, gh_hash_of = NULL", testHash(t, "given"))
			},
			"forged":    func() { s.exec("UPDATE users SET gh_hash = ?", testHash(t, "forged horse")) },
			"other row": func() { s.exec("UPDATE users SET gh_hash_of = ?", testMarks.Of(2, oldText)) },
		}
		for _, text := range append([]string{"battery staple", ""}, alike...) {
			changes["text "+text] = func() { s.exec("UPDATE users SET password = ?", text) }
		}
		change := url.Values{"currentPassword": {oldText}, "newPassword": {"a newer password"}}.Encode()
		for name, happens := range changes {
			for path, body := range map[string]string{
				"/api/users/login": annWith(oldText), "/auth/login": annWith(oldText),
				"/api/users/reauthenticate": annWith(oldText), "/api/users/password": change,
			} {
				s.exec("UPDATE users SET password = ?, state = 1, gh_hash = NULL, gh_hash_of = NULL", oldText)
				s.adopt()
				s.afterVerify = sync.OnceFunc(happens)
				r := b.fresh(path).post(path, body)
				s.afterVerify = nil
				want := http.StatusUnauthorized
				if path == "/api/users/password" {
					want = http.StatusUnprocessableEntity
				}
				if r.status != want {
					t.Errorf("%s, %s: %d %s, want %d", path, name, r.status, r.body, want)
				}
				if bcrypt.CompareHashAndPassword([]byte(s.ann().Password), []byte("a newer password")) == nil {
					t.Errorf("%s, %s: the password was changed", path, name)
				}
			}
		}
		if n := s.count("SELECT COUNT(*) FROM sessions"); n != 1 {
			t.Errorf("%d sessions, want the one from before", n)
		}
		s.exec("UPDATE users SET password = ?, state = 1, gh_hash = NULL", oldText)
		s.adopt()
		s.wantIn(oldText, true)
		s.wantIn("a newer password", false)
	})
}

// The program that ends an adoption moves hashes while people use them, and nobody is to notice.
func TestAHashThatIsMovedDuringAProofIsFoundAgain(t *testing.T) {
	eachOld(t, func(t *testing.T, s *site) {
		b := s.anns()
		change := url.Values{"currentPassword": {oldText}, "newPassword": {"a newer password"}}.Encode()
		for path, body := range map[string]string{
			"/api/users/login": annWith(oldText), "/auth/login": annWith(oldText), "/api/users/reauthenticate": annWith(oldText), "/api/users/password": change,
		} {
			s.exec("UPDATE users SET password = ?", oldText)
			s.adopt()
			s.afterVerify = sync.OnceFunc(func() { s.exec("UPDATE users SET password = gh_hash, gh_hash = NULL, gh_hash_of = NULL") })
			b.fresh(path).post(path, body).want(http.StatusOK)
			s.afterVerify = nil
			if u := s.ann(); password.FormatOf(u.Password) != password.Bcrypt || u.OwnHash != "" {
				t.Errorf("%s: password %q, own hash %q, want bcrypt alone", path, u.Password, u.OwnHash)
			}
		}
	})
}

// fresh is a browser without a session for the paths that sign in, and this one for the others.
func (b *browser) fresh(path string) *browser {
	if path == "/api/users/reauthenticate" || path == "/api/users/password" {
		return b
	}
	return b.site.browser()
}
