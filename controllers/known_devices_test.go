package controllers

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/url"
	"testing"
	"time"
)

func TestAnAttackDoesNotKeepAKnownDeviceOut(t *testing.T) {
	limited(t, func(t *testing.T, s *site) {
		ann, ben := s.member("ann@example.com"), s.member("ben@example.com")
		ann.post("/api/users/logout", "").want(http.StatusOK)
		s.from("127.0.0.2").guessing("ann@example.com", 6)
		s.from("127.0.0.3").guess("ann@example.com").want(http.StatusUnauthorized)
		s.from("127.0.0.4").login("ann@example.com").want(http.StatusTooManyRequests)
		ben.login("ann@example.com").want(http.StatusTooManyRequests) // known for another account
		ann.login("ann@example.com").want(http.StatusOK)
		s.from("127.0.0.4").login("ann@example.com").want(http.StatusTooManyRequests) // which did not let the others in
	})
}

func TestAKnownDeviceThatGuessesBecomesUnknown(t *testing.T) {
	bounds := usual()
	bounds.Device.Lock = 7
	eachWith(t, &options{bounds: &bounds}, func(t *testing.T, s *site) {
		ann := s.member("ann@example.com")
		s.from("127.0.0.2").guessing("ann@example.com", 10)
		s.from("127.0.0.2").guess("ann@example.com").want(http.StatusUnauthorized)
		for range 5 {
			ann.guess("ann@example.com").want(http.StatusUnauthorized)
		}
		ann.login("ann@example.com").wantRetryAfter("1")
		ann.guessingOn("ann@example.com", 2)
		if n := s.count("SELECT COUNT(*) FROM gatehouse_devices"); n != 0 {
			t.Errorf("%d devices are known", n)
		}
	})
}

// guessingOn goes on after the free failures, a second and more later each time.
func (b *browser) guessingOn(email string, n int) {
	b.site.t.Helper()
	for i := range n {
		b.site.pass(time.Second << i)
		b.guess(email).want(http.StatusUnauthorized)
	}
}

func TestANewPasswordMakesOtherDevicesUnknown(t *testing.T) {
	limited(t, func(t *testing.T, s *site) {
		ann, other := s.member("ann@example.com"), s.browser()
		other.login("ann@example.com").want(http.StatusOK)
		ann.post("/api/users/password", "currentPassword=correct+horse&newPassword=battery+staple").want(http.StatusOK)
		s.from("127.0.0.2").guessing("ann@example.com", 6)
		s.from("127.0.0.2").guess("ann@example.com").want(http.StatusUnauthorized)
		const right = "email=ann@example.com&password=battery+staple"
		other.post("/api/users/login", right).want(http.StatusTooManyRequests)
		ann.post("/api/users/login", right).want(http.StatusOK)
	})
}

func TestTheDeviceCookieTellsNothingAndLetsNobodyIn(t *testing.T) {
	limited(t, func(t *testing.T, s *site) {
		r := s.browser().post("/api/users/signup", "email=ann@example.com&password=correct+horse").want(http.StatusCreated)
		var set *http.Cookie
		for _, c := range (&http.Response{Header: r.header}).Cookies() {
			if c.Name == "gatehouse-device" {
				set = c
			}
		}
		if set == nil || !set.HttpOnly || set.SameSite != http.SameSiteLaxMode || set.Path != "/" || set.MaxAge != 365*24*60*60 || len(set.Value) != 43 {
			t.Fatalf("cookie = %v", set)
		}
		secret, _ := base64.RawURLEncoding.DecodeString(set.Value)
		hash := sha256.Sum256([]byte(set.Value))
		if s.count("SELECT COUNT(*) FROM gatehouse_devices WHERE hash = ?", secret) != 0 || s.count("SELECT COUNT(*) FROM gatehouse_devices WHERE hash = ?", hash[:]) != 1 {
			t.Error("the database knows the secret itself")
		}
		b := s.browser()
		u, _ := url.Parse(s.URL)
		b.http.Jar.SetCookies(u, []*http.Cookie{{Name: "gatehouse", Value: set.Value}, {Name: "gatehouse-device", Value: set.Value}})
		b.get("/api/users/me").want(http.StatusUnauthorized)
	})
}

func TestAStaleKeyMakesNoDeviceKnown(t *testing.T) {
	limited(t, func(t *testing.T, s *site) {
		ann := s.member("ann@example.com")
		s.exec("UPDATE users SET email = 'else@example.com'") // by another program, which knows no keys
		s.browser().post("/api/users/signup", "email=ann@example.com&password=correct+horse").want(http.StatusCreated)
		s.from("127.0.0.2").guessing("ann@example.com", 6)
		s.from("127.0.0.2").guess("ann@example.com").want(http.StatusUnauthorized)
		ann.login("ann@example.com").want(http.StatusTooManyRequests)
	})
}

func TestOfSeveralDeviceCookiesNoneCounts(t *testing.T) {
	limited(t, func(t *testing.T, s *site) {
		r := s.browser().post("/api/users/signup", "email=ann@example.com&password=correct+horse").want(http.StatusCreated)
		own := ""
		for _, c := range (&http.Response{Header: r.header}).Cookies() {
			if c.Name == "gatehouse-device" {
				own = c.Name + "=" + c.Value
			}
		}
		s.from("127.0.0.2").guessing("ann@example.com", 6)
		s.from("127.0.0.2").guess("ann@example.com").want(http.StatusUnauthorized)
		const right, planted = "email=ann@example.com&password=correct+horse", "gatehouse-device=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
		for _, several := range []string{own + "; " + planted, planted + "; " + own} {
			s.browser().post("/api/users/login", right, "Cookie", several).want(http.StatusTooManyRequests)
		}
		s.browser().post("/api/users/login", right, "Cookie", own).want(http.StatusOK)
	})
}
