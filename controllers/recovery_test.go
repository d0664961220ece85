package controllers

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

const forgotAPI, resetAPI = "/api/users/password/forgot", "/api/users/password/reset"

func (b *browser) forgets(email string) reply {
	b.site.t.Helper()
	return b.post(forgotAPI, `{"email":"`+email+`"}`).want(http.StatusAccepted)
}

func (b *browser) resets(token, plain string) reply {
	b.site.t.Helper()
	return b.post(resetAPI, `{"token":"`+token+`","newPassword":"`+plain+`"}`)
}

func TestAForgottenPasswordIsReplacedByMail(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ann, holder := s.member("ann@example.com"), s.browser()
		tokens := holder.post("/auth/login", `{"email":"ann@example.com","password":"correct horse"}`).want(http.StatusOK)
		s.browser().forgets(" ANN@example.com ")
		ann.get("/api/users/me").want(http.StatusOK) // asking changes nothing
		token := s.wantMails("reset ann@example.com")[0].token
		r := s.browser().resets(token, "battery staple").want(http.StatusOK)
		if len(r.header["Set-Cookie"]) != 0 {
			t.Errorf("somebody was signed in: %v", r.header)
		}
		ann.get("/api/users/me").want(http.StatusUnauthorized)
		access, _, _ := strings.Cut(strings.SplitN(tokens.body, `"accessToken":"`, 2)[1], `"`)
		holder.get("/api/users/me", "Authorization", "Bearer "+access).want(http.StatusUnauthorized)
		s.browser().login("ann@example.com").want(http.StatusUnauthorized)
		s.browser().post("/api/users/login", "email=ann@example.com&password=battery+staple").want(http.StatusOK)
		s.wantMails("password_changed ann@example.com")
		s.browser().resets(token, "another staple").want(http.StatusUnprocessableEntity, "link_invalid")
		for kind, n := range map[string]int{"password_reset_asked": 1, "password_reset": 1} {
			if got := s.count("SELECT COUNT(*) FROM gatehouse_events WHERE user_id = 1 AND kind = ?", kind); got != n {
				t.Errorf("%d events of the kind %s, want %d", got, kind, n)
			}
		}
	})
}

func TestWhatIsNoAddressIsToldSo(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		for _, body := range []string{"{}", "", "email=", "email=ann", `{"email":5}`} {
			if f := s.browser().post(forgotAPI, body).want(http.StatusUnprocessableEntity, "validation_failed").failure(); f.Fields["email"] == "" {
				t.Errorf("%q: fields = %v", body, f.Fields)
			}
		}
		if f := s.browser().post("/api/users/email/resend", `{"email":5}`).want(http.StatusUnprocessableEntity, "validation_failed").failure(); f.Fields["email"] == "" {
			t.Errorf("fields = %v", f.Fields)
		}
	})
}

func TestForgottenPasswordsOfAllAddressesAreAnsweredAlike(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		s.member("ann@example.com")
		s.member("off@example.com")
		s.exec("UPDATE users SET state = 0 WHERE email = ?", "off@example.com")
		s.browser().forgets("first@example.com") // of this network
		answers := map[string]bool{}
		for _, email := range []string{"ann@example.com", "off@example.com", "nobody@example.com"} {
			before := s.conn.Statements()
			r := s.browser().forgets(email)
			answers[fmt.Sprint(r.look(), s.conn.Statements()-before, " statements")] = true
		}
		if len(answers) != 1 {
			t.Errorf("answers differ: %v", answers)
		}
		if n := s.count("SELECT COUNT(*) FROM gatehouse_outbox"); n != 4 {
			t.Errorf("%d rows in the outbox, want one each", n)
		}
		s.wantMails("reset ann@example.com")
	})
}

func TestOnlyTheNewestLinkIsGoodForHalfAnHourAndOnce(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		s.member("ann@example.com")
		s.browser().forgets("ann@example.com")
		first := s.wantMails("reset ann@example.com")[0].token
		s.browser().forgets("ann@example.com")
		second := s.wantMails("reset ann@example.com")[0].token
		for _, bad := range []string{first, second[:42], second + "A", "x", strings.Repeat("A", 43)} {
			s.browser().resets(bad, "battery staple").want(http.StatusUnprocessableEntity, "link_invalid")
		}
		s.browser().resets("", "battery staple").want(http.StatusUnprocessableEntity, "validation_failed")
		s.browser().post("/api/users/email/verify", `{"token":"`+second+`"}`).want(http.StatusUnprocessableEntity, "link_invalid")
		s.browser().resets(second, "short").want(http.StatusUnprocessableEntity, "weak_password") // which spends nothing
		s.browser().resets(second, "password1").want(http.StatusUnprocessableEntity, "weak_password")
		s.browser().resets(second, "ann@example.com").want(http.StatusUnprocessableEntity, "weak_password")
		s.pass(30*time.Minute - time.Millisecond)
		s.browser().resets(second, "battery staple").want(http.StatusOK)
		s.wantMails("password_changed ann@example.com")
		s.browser().forgets("ann@example.com")
		third := s.wantMails("reset ann@example.com")[0].token
		s.pass(30 * time.Minute)
		s.browser().resets(third, "another staple").want(http.StatusUnprocessableEntity, "link_invalid")
	})
}

func TestOfParallelUsesOfALinkOneSucceeds(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		s.member("ann@example.com")
		s.browser().forgets("ann@example.com")
		token := s.wantMails("reset ann@example.com")[0].token
		var done, invalid atomic.Int64
		var uses sync.WaitGroup
		for range 20 {
			uses.Go(func() {
				r, err := s.browser().try(http.MethodPost, resetAPI, `{"token":"`+token+`","newPassword":"battery staple"}`)
				switch {
				case err == nil && r.status == http.StatusOK:
					done.Add(1)
				case err == nil && r.status == http.StatusUnprocessableEntity:
					invalid.Add(1)
				}
			})
		}
		uses.Wait()
		if done.Load() != 1 || invalid.Load() != 19 {
			t.Errorf("%d succeeded, %d were refused", done.Load(), invalid.Load())
		}
	})
}

func TestAResetLetsTheOwnerInAgain(t *testing.T) {
	limited(t, func(t *testing.T, s *site) {
		owner, thief := s.member("ann@example.com"), s.browser()
		thief.login("ann@example.com").want(http.StatusOK) // who knows the old password, and is a known device
		s.from("127.0.0.2").guessing("ann@example.com", 6)
		s.from("127.0.0.2").guess("ann@example.com").want(http.StatusUnauthorized)
		s.browser().login("ann@example.com").want(http.StatusTooManyRequests)
		owner.forgets("ann@example.com")
		owner.resets(s.wantMails("reset ann@example.com")[0].token, "battery staple").want(http.StatusOK)
		s.browser().post("/api/users/login", "email=ann@example.com&password=battery+staple").want(http.StatusOK)
		if n := s.count("SELECT COUNT(*) FROM gatehouse_devices"); n != 2 { // the owner's, and the one of just now
			t.Errorf("%d devices are known, want 2", n)
		}
	})
}

func TestMailsToOneAddressAreLimited(t *testing.T) {
	limited(t, func(t *testing.T, s *site) {
		ben := s.member("ben@example.com")
		s.member("ann@example.com")
		for _, email := range []string{"ann@example.com", "nobody@example.com"} {
			for range 3 { // which are dropped, and must not keep anybody from recovering
				s.from("127.0.0.2").post(resendAPI, "email="+email).want(http.StatusAccepted)
				ben.post("/api/users/email", "newEmail="+email).want(http.StatusAccepted)
			}
			s.from("127.0.0.2").post(resendAPI, "email="+strings.ToUpper(email)).wantRetryAfter("3600")
			ben.post("/api/users/email", "newEmail="+email).wantRetryAfter("3600")
			for range 3 {
				s.browser().forgets(email)
			}
			s.browser().post(forgotAPI, "email="+email).wantRetryAfter("3600")
		}
		s.browser().login("ann@example.com").want(http.StatusOK) // no lockout
		s.pass(time.Hour)
		s.browser().forgets("ann@example.com")
	})
}

func TestGuessesAtLinksCountForTheNetwork(t *testing.T) {
	bounds := usual()
	bounds.Network.Free = 3
	eachWith(t, &options{bounds: &bounds}, func(t *testing.T, s *site) {
		for _, token := range []string{"x", "y"} {
			s.browser().resets(token, "battery staple").want(http.StatusUnprocessableEntity, "link_invalid")
		}
		s.browser().post("/api/users/email/verify", "token=z").want(http.StatusUnprocessableEntity, "link_invalid")
		s.browser().resets("x", "battery staple").wantRetryAfter("600")
		s.browser().guess("ann@example.com").wantRetryAfter("600")
	})
}

func TestForgedHostsNeverReachAMail(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		s.member("ann@example.com")
		for _, header := range [][]string{
			{"X-Forwarded-Host", "evil.example"},
			{"Forwarded", "host=evil.example"},
			{"X-Original-Host", "evil.example"},
			{"Referer", "http://evil.example/"},
			{"X-Forwarded-Proto", "evil"},
		} {
			s.browser().post(forgotAPI, "email=ann@example.com", header...).want(http.StatusAccepted)
		}
		req, _ := http.NewRequest(http.MethodPost, s.URL+forgotAPI, strings.NewReader("email=ann@example.com"))
		req.Host = "evil.example"
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		res, err := s.Client().Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		s.browser().post(forgotAPI, "email=ann@example.com", "Origin", "http://evil.example").want(http.StatusForbidden)
		all := s.mails()
		if len(all) != 6 {
			t.Errorf("%d mails, want 6", len(all))
		}
		for _, m := range all {
			if strings.Contains(m.text, "evil") || !strings.Contains(m.text, "http://auth.example.com/reset?token=") {
				t.Errorf("mail:\n%s", m.text)
			}
		}
	})
}

func TestThePasswordOfAnAccountIsToldToChange(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ann := s.member("ann@example.com")
		ann.post("/api/users/reauthenticate", "password=correct+horse").want(http.StatusOK)
		s.wantMails()
		ann.post("/api/users/password", "currentPassword=correct+horse&newPassword=another+horse").want(http.StatusOK)
		s.wantMails("password_changed ann@example.com")
	})
}

func TestASignInAfterManyFailuresIsTold(t *testing.T) {
	limited(t, func(t *testing.T, s *site) {
		s.member("ann@example.com")
		for range 4 {
			s.browser().guess("ann@example.com").want(http.StatusUnauthorized)
		}
		s.browser().login("ann@example.com").want(http.StatusOK)
		s.wantMails()
		s.from("127.0.0.2").guessing("ann@example.com", 5)
		s.browser().login("ann@example.com").want(http.StatusOK)
		s.wantMails("many_failures ann@example.com")
	})
}

func TestMailsThatANetworkAsksForAreLimited(t *testing.T) {
	bounds := usual()
	bounds.Network.Free = 3
	eachWith(t, &options{bounds: &bounds}, func(t *testing.T, s *site) {
		for i := range 3 {
			s.browser().forgets(fmt.Sprintf("somebody%d@example.com", i))
		}
		s.browser().post(forgotAPI, "email=else@example.com").wantRetryAfter("600")
		s.from("127.0.0.2").forgets("else@example.com")
	})
}
