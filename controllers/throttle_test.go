package controllers

import (
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"gatehouse/models/account"
	"gatehouse/models/throttle"
)

// usual are the limits of a server that nobody has told anything else.
func usual() account.Limits {
	known := throttle.Rule{Free: 5, Delay: time.Second, MaxDelay: 15 * time.Minute, Lock: 100, LockFor: 24 * time.Hour, Window: 24 * time.Hour, AtOnce: 5}
	device := known
	device.Lock = 20
	return account.Limits{
		Account: known, Device: device,
		Network: throttle.Rule{Free: 100, Window: 10 * time.Minute},
		SignUp:  throttle.Rule{Free: 20, Window: time.Hour},
		Mail:    throttle.Rule{Free: 3, Window: time.Hour},
		Wait:    20 * time.Second,
	}
}

// limited runs a test against a site with the usual limits, on every database.
func limited(t *testing.T, test func(t *testing.T, s *site)) {
	t.Helper()
	bounds := usual()
	eachWith(t, &options{bounds: &bounds}, test)
}

// from is a browser with another address of this machine.
func (s *site) from(ip string) *browser {
	b := s.browser()
	transport := &http.Transport{DialContext: (&net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(ip)}}).DialContext}
	s.t.Cleanup(transport.CloseIdleConnections)
	b.http.Transport = transport
	return b
}

// guess tries a wrong password.
func (b *browser) guess(email string) reply {
	b.site.t.Helper()
	return b.post("/api/users/login", "email="+url.QueryEscape(email)+"&password=wrong+horse")
}

// guessing fails so often that the account makes everybody wait, and passes the delays on the way.
func (b *browser) guessing(email string, n int) {
	b.site.t.Helper()
	for i := range n {
		b.guess(email).want(http.StatusUnauthorized)
		if i >= 4 {
			b.site.pass(15 * time.Minute)
		}
	}
}

func (r reply) wantRetryAfter(seconds string) reply {
	r.t.Helper()
	r.want(http.StatusTooManyRequests, "too_many_requests")
	if got := r.header.Get("Retry-After"); got != seconds {
		r.t.Errorf("Retry-After = %q, want %q", got, seconds)
	}
	if r.header.Get("Set-Cookie") != "" || r.header.Get("Clear-Site-Data") != "" {
		r.t.Error("a cookie was touched")
	}
	return r
}

func TestWrongPasswordsHaveToBeWaitedForMoreAndMore(t *testing.T) {
	limited(t, func(t *testing.T, s *site) {
		s.member("ann@example.com")
		for _, email := range []string{"ann@example.com", "nobody@example.com"} {
			for range 5 {
				s.browser().guess(email).want(http.StatusUnauthorized, "invalid_credentials")
			}
			for _, seconds := range []int{1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900} {
				s.browser().guess(email).wantRetryAfter(fmt.Sprint(seconds))
				s.pass(time.Duration(seconds)*time.Second - time.Millisecond)
				s.browser().login(email).wantRetryAfter("1")
				s.pass(time.Millisecond)
				s.browser().guess(email).want(http.StatusUnauthorized)
			}
		}
		s.pass(15 * time.Minute)
		s.browser().login("ann@example.com").want(http.StatusOK)
		for range 5 { // the success has ended the row
			s.browser().guess("ann@example.com").want(http.StatusUnauthorized)
		}
	})
}

func TestAHundredWrongPasswordsLockAnAccountForADay(t *testing.T) {
	bounds := usual()
	bounds.Network.Free, bounds.Account.Lock = 1000, 8
	eachWith(t, &options{bounds: &bounds}, func(t *testing.T, s *site) {
		s.member("ann@example.com")
		s.browser().guessing("ann@example.com", 8)
		s.pass(23*time.Hour + 45*time.Minute - time.Second)
		s.browser().login("ann@example.com").wantRetryAfter("1")
		s.pass(time.Second)
		s.browser().login("ann@example.com").want(http.StatusOK)
	})
}

func TestParallelGuessesReachTheHashFiveTimes(t *testing.T) {
	limited(t, func(t *testing.T, s *site) {
		s.member("ann@example.com")
		var hashed, refused atomic.Int64
		s.afterVerify = func() { hashed.Add(1) }
		var guesses sync.WaitGroup
		for i := range 200 {
			b, path := s.from(fmt.Sprintf("127.0.1.%d", i+1)), "/api/users/login"
			if i%2 == 0 {
				path = "/auth/login"
			}
			guesses.Go(func() {
				r, err := b.try(http.MethodPost, path, `{"email":"Ann@Example.com","password":"wrong horse"}`)
				if err == nil && (r.status == http.StatusTooManyRequests || r.status == http.StatusServiceUnavailable) {
					refused.Add(1)
				}
			})
		}
		guesses.Wait()
		if hashed.Load() != 5 || refused.Load() != 195 {
			t.Errorf("%d reached the hash, %d were refused", hashed.Load(), refused.Load())
		}
	})
}

func TestParallelSignInsOfOneUserAreNotRefused(t *testing.T) {
	limited(t, func(t *testing.T, s *site) {
		s.member("ann@example.com")
		var logins sync.WaitGroup
		for range 20 {
			logins.Go(func() {
				if r, err := s.browser().try(http.MethodPost, "/api/users/login", "email=ann@example.com&password=correct+horse"); err != nil || r.status != http.StatusOK {
					t.Errorf("status = %d, %v", r.status, err)
				}
			})
		}
		logins.Wait()
	})
}

func TestSpellingsOfOneAddressShareOneCounter(t *testing.T) {
	limited(t, func(t *testing.T, s *site) {
		s.member("ann@bücher.example")
		for _, email := range []string{"ann@bücher.example", "ANN@bücher.example", " ann@BÜCHER.example ", "ann@xn--bcher-kva.example", "Ann@xn--bcher-kva.EXAMPLE"} {
			s.browser().guess(email).want(http.StatusUnauthorized)
		}
		s.browser().login("ann@bücher.example").wantRetryAfter("1")
	})
}

func TestEveryWayToProveAPasswordSharesOneCounter(t *testing.T) {
	limited(t, func(t *testing.T, s *site) {
		ann := s.member("ann@example.com")
		thief := s.thief(ann.cookie())
		thief.guess("ann@example.com").want(http.StatusUnauthorized)
		thief.post("/auth/login", `{"email":"ann@example.com","password":"wrong horse"}`).want(http.StatusUnauthorized)
		thief.post("/api/users/reauthenticate", "password=wrong+horse").want(http.StatusUnauthorized)
		thief.post("/api/users/password", "currentPassword=wrong+horse&newPassword=battery+staple").want(http.StatusUnprocessableEntity)
		thief.post("/api/users/reauthenticate", "password=wrong+horse").want(http.StatusUnauthorized)
		thief.guess("ann@example.com").wantRetryAfter("1")
		thief.post("/auth/login", `{"email":"ann@example.com","password":"correct horse"}`).wantRetryAfter("1")
		thief.post("/api/users/reauthenticate", "password=correct+horse").wantRetryAfter("1")
		thief.post("/api/users/password", "currentPassword=correct+horse&newPassword=battery+staple").wantRetryAfter("1")
		thief.get("/api/users/me").want(http.StatusOK)
	})
}

func TestOnlyFailuresOfANetworkCount(t *testing.T) {
	bounds := usual()
	bounds.Network.Free = 3
	eachWith(t, &options{bounds: &bounds}, func(t *testing.T, s *site) {
		s.member("ann@example.com")
		for range 5 {
			s.from("127.0.0.2").login("ann@example.com").want(http.StatusOK)
		}
		for i := range 3 {
			s.from("127.0.0.2").guess(fmt.Sprintf("somebody%d@example.com", i)).want(http.StatusUnauthorized)
		}
		s.from("127.0.0.2").login("ann@example.com").wantRetryAfter("600")
		s.from("127.0.0.3").login("ann@example.com").want(http.StatusOK)
		s.pass(10 * time.Minute)
		s.from("127.0.0.2").login("ann@example.com").want(http.StatusOK)
	})
}

func TestSignUpsOfANetworkAreLimited(t *testing.T) {
	bounds := usual()
	bounds.SignUp.Free = 3
	eachWith(t, &options{bounds: &bounds}, func(t *testing.T, s *site) {
		s.member("ann@example.com")
		s.browser().post("/api/users/signup", "email=ann@example.com&password=short").want(http.StatusUnprocessableEntity) // counts for nothing
		s.browser().post("/api/users/signup", "email=ann@example.com&password=correct+horse").want(http.StatusConflict)
		s.browser().post("/auth/signup", `{"email":"ben@example.com","password":"correct horse"}`).want(http.StatusCreated)
		s.browser().post("/api/users/signup", "email=cleo@example.com&password=correct+horse").wantRetryAfter("3600")
		s.browser().post("/auth/signup", `{"email":"ann@example.com","password":"correct horse"}`).wantRetryAfter("3600")
		s.from("127.0.0.2").post("/api/users/signup", "email=cleo@example.com&password=correct+horse").want(http.StatusCreated)
	})
}

func TestRefusalsWriteOneEventAMinute(t *testing.T) {
	limited(t, func(t *testing.T, s *site) {
		s.member("ann@example.com")
		for range 5 {
			s.browser().guess("ann@example.com").want(http.StatusUnauthorized)
		}
		const throttled = "SELECT COUNT(*) FROM gatehouse_events WHERE kind = 'throttled' AND detail = 'account' AND user_id = 1"
		for range 3 {
			s.browser().guess("ann@example.com").wantRetryAfter("1")
		}
		if n := s.count(throttled); n != 1 {
			t.Errorf("%d events after three refusals", n)
		}
		s.pass(time.Minute)
		s.browser().guess("ann@example.com").want(http.StatusUnauthorized)
		s.browser().guess("ann@example.com").wantRetryAfter("2")
		if n := s.count(throttled); n != 2 {
			t.Errorf("%d events a minute later", n)
		}
		if strings.Count(s.log.String(), `"event":"throttled"`) != 2 {
			t.Error("the log tells of another number")
		}
	})
}

func TestTheRightPasswordForgetsTheWrongOnes(t *testing.T) {
	bounds := usual()
	bounds.Wait = time.Millisecond // an attempt that nobody settles keeps the next one out
	o := verification("require")
	o.bounds = &bounds
	eachWith(t, o, func(t *testing.T, s *site) {
		ann := s.browser()
		ann.applies("ann@example.com", "correct horse")
		token := s.wantMails("verify ann@example.com")[0].token
		for range 4 {
			ann.verifies(token, "wrong horse").want(http.StatusUnprocessableEntity)
		}
		ann.verifies(token, "correct horse").want(http.StatusOK)
		for range 4 {
			ann.guess("ann@example.com").want(http.StatusUnauthorized)
		}
		ann.login("ann@example.com").want(http.StatusOK) // and is a device of its own from now on
		for range 3 {
			for range 4 {
				ann.post("/api/users/reauthenticate", "password=wrong+horse").want(http.StatusUnauthorized)
			}
			ann.post("/api/users/reauthenticate", "password=correct+horse").want(http.StatusOK)
		}
	})
}
