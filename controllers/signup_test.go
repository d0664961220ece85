package controllers

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"gatehouse/config"
	"gatehouse/models/user"
)

func TestSignupSignsIn(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		b := s.browser()
		r := b.post("/api/users/signup", `{"email":" Ann@Example.com ","password":"correct horse","name":"Ann","gender":"f","role":"admin","id":7,"state":0}`)
		r.want(http.StatusCreated)
		want := `{"success":true,"data":{"id":1,"email":"Ann@Example.com","gender":"f","lastLogin":"2026-03-01T12:00:00Z","name":"Ann","role":"user","state":1,"created":"2026-03-01T12:00:00Z"}}`
		if r.body != want {
			t.Errorf("body = %s\nwant   %s", r.body, want)
		}
		if n := s.count("SELECT COUNT(*) FROM users WHERE gh_email_verified = 0 AND gh_admin IS NULL"); n != 1 {
			t.Error("the address counts as verified, or the user as an admin")
		}
		if got := data[user.User](b.get("/api/users/me").want(http.StatusOK)); got.ID != 1 {
			t.Errorf("id = %d, want 1", got.ID)
		}
	})
}

func TestSignupRefusesTakenAddressInAnySpelling(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		s.member("ann@example.com")
		for _, spelling := range []string{"ann@example.com", " ANN@EXAMPLE.COM", "Ann@Example.Com"} {
			s.browser().post("/api/users/signup", `{"email":"`+spelling+`","password":"correct horse"}`).want(http.StatusConflict, "email_taken")
		}
	})
}

func TestSignupClosed(t *testing.T) {
	eachWith(t, &options{edit: func(c *config.Settings) { c.Signup = "closed" }}, func(t *testing.T, s *site) {
		s.browser().post("/api/users/signup", "email=a@example.com&password=correct+horse").want(http.StatusForbidden, "signup_closed")
		if n := s.count("SELECT COUNT(*) FROM users"); n != 0 {
			t.Errorf("%d users, want 0", n)
		}
	})
}

func TestNewDatabaseHasNoUsers(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		if n := s.count("SELECT COUNT(*) FROM users"); n != 0 {
			t.Errorf("%d users, want 0", n)
		}
	})
}

func TestParallelSignupsOfOneAddressMakeOneUser(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		statuses := parallel(50, func(i int) int {
			email := "ann@example.com"
			if i%2 == 0 {
				email = "ANN@Example.com"
			}
			r, err := s.browser().try(http.MethodPost, "/api/users/signup", `{"email":"`+email+`","password":"correct horse"}`)
			if err != nil {
				return 0
			}
			return r.status
		})
		if statuses[http.StatusCreated] != 1 || statuses[http.StatusConflict] != 49 {
			t.Errorf("statuses = %v, want one 201 and 49 times 409", statuses)
		}
		if n := s.count("SELECT COUNT(*) FROM users"); n != 1 {
			t.Errorf("%d users, want 1", n)
		}
	})
}

func TestPasswordsAreTakenExactly(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		for i, p := range []string{
			strings.Repeat("🐎", 64), " spaces stay ", strings.Repeat("a", 72), strings.Repeat("a", 73), strings.Repeat("b", 1024), "just lower case",
		} {
			email := fmt.Sprintf("user%d@example.com", i)
			s.browser().post("/api/users/signup", `{"email":"`+email+`","password":"`+p+`"}`).want(http.StatusCreated)
			s.browser().post("/api/users/login", `{"email":"`+email+`","password":"`+p+`"}`).want(http.StatusOK)
			runes := []rune(p)
			for _, wrong := range []string{string(runes[:len(runes)-1]) + "x", p + "x", strings.TrimSpace(p) + " "} {
				if wrong == p {
					continue
				}
				s.browser().post("/api/users/login", `{"email":"`+email+`","password":"`+wrong+`"}`).want(http.StatusUnauthorized)
			}
		}
		s.browser().post("/api/users/signup", `{"email":"x@example.com","password":"`+strings.Repeat("b", 1025)+`"}`).want(http.StatusUnprocessableEntity, "weak_password")
		s.browser().post("/api/users/signup", `{"email":"x@example.com","password":"seven77"}`).want(http.StatusUnprocessableEntity, "weak_password")
	})
}

func TestAPasswordThatIsGuessedFirstIsTooWeak(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		b := s.member("ann@example.com")
		for plain, sentence := range map[string]string{
			"password1":       "is one of the most used passwords",
			"Gatehouse2026":   "must not be your e-mail address, a part of it or the name of this site",
			"example.com":     "must not be your e-mail address, a part of it or the name of this site",
			"ann@example.com": "must not be your e-mail address, a part of it or the name of this site",
		} {
			for path, field := range map[string]string{"/api/users/signup": "password", "/auth/signup": "password", "/api/users/password": "newPassword"} {
				body := `{"email":"ann@example.com","currentPassword":"correct horse","` + field + `":"` + plain + `"}`
				r := b.post(path, body).want(http.StatusUnprocessableEntity, "weak_password")
				if fields := r.failure().Fields; len(fields) != 1 || fields[field] != sentence {
					t.Errorf("%s with %q: %v, want %q", path, plain, fields, sentence)
				}
			}
		}
		s.browser().login("ann@example.com").want(http.StatusOK)
	})
}
