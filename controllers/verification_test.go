package controllers

import (
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"gatehouse/config"
	"gatehouse/db/dbtest"
)

const verifyAPI, resendAPI = "/api/users/email/verify", "/api/users/email/resend"

// eachVerifying runs a test against a site that deals so with addresses nobody has confirmed.
func eachVerifying(t *testing.T, how string, test func(t *testing.T, s *site)) {
	t.Helper()
	eachWith(t, verification(how), test)
}

func verification(how string) *options {
	return &options{edit: func(c *config.Settings) { c.EmailVerification = how }}
}

func (b *browser) applies(email, plain string) reply {
	b.site.t.Helper()
	return b.post("/api/users/signup", `{"email":"`+email+`","password":"`+plain+`"}`).want(http.StatusAccepted)
}

func (b *browser) verifies(token, plain string) reply {
	b.site.t.Helper()
	return b.post(verifyAPI, `{"token":"`+token+`","password":"`+plain+`"}`)
}

func (s *site) verified(email string) bool {
	s.t.Helper()
	return s.count("SELECT COUNT(*) FROM users WHERE email = ? AND gh_email_verified > 0", email) == 1
}

func TestWhereNobodyIsAskedNothingIsMailed(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		s.member("ann@example.com").post(resendAPI, "email=ann@example.com").want(http.StatusAccepted)
		s.wantMails()
	})
}

func TestWhoIsAskedMayGoOnMeanwhile(t *testing.T) {
	eachVerifying(t, "ask", func(t *testing.T, s *site) {
		ann := s.member("ann@example.com")
		first := s.wantMails("verify ann@example.com")[0].token
		ann.get("/api/users/me").want(http.StatusOK)
		s.browser().login("ann@example.com").want(http.StatusOK)
		s.browser().post(resendAPI, "email=Ann@example.com").want(http.StatusAccepted)
		second := s.wantMails("verify ann@example.com")[0].token
		s.browser().post(verifyAPI, `{"token":"`+first+`"}`).want(http.StatusUnprocessableEntity, "link_invalid")
		s.pass(24*time.Hour - time.Second)
		s.browser().post(verifyAPI, `{"token":"`+second+`"}`).want(http.StatusOK)
		if !s.verified("ann@example.com") {
			t.Error("the address is not confirmed")
		}
		s.browser().post(verifyAPI, `{"token":"`+second+`"}`).want(http.StatusUnprocessableEntity, "link_invalid")
		s.browser().post(resendAPI, "email=ann@example.com").want(http.StatusAccepted)
		s.wantMails()
		s.browser().post("/auth/signup", `{"email":"ben@example.com","password":"correct horse"}`).want(http.StatusCreated)
		s.wantMails("verify ben@example.com")
	})
}

func TestASignUpWaitsForItsLinkAndItsPassword(t *testing.T) {
	eachVerifying(t, "require", func(t *testing.T, s *site) {
		r := s.browser().applies("ann@example.com", "correct horse")
		if len(r.header["Set-Cookie"]) != 0 || strings.Contains(r.body, "ann") {
			t.Errorf("%v %s", r.header, r.body)
		}
		token := s.wantMails("verify ann@example.com")[0].token
		s.browser().login("ann@example.com").want(http.StatusForbidden, "email_unverified")
		s.browser().post("/auth/login", `{"email":"ann@example.com","password":"correct horse"}`).want(http.StatusForbidden, "email_unverified")
		s.browser().guess("ann@example.com").want(http.StatusUnauthorized, "invalid_credentials")
		s.browser().verifies(token, "").want(http.StatusUnprocessableEntity, "validation_failed")
		if r := s.browser().verifies(token, "wrong horse").want(http.StatusUnprocessableEntity, "validation_failed"); r.failure().Fields["password"] != "is not right" {
			t.Errorf("fields = %v", r.failure().Fields)
		}
		if s.verified("ann@example.com") {
			t.Error("it was confirmed without the password")
		}
		s.browser().verifies(token, "correct horse").want(http.StatusOK)
		s.browser().login("ann@example.com").want(http.StatusOK)
	})
}

func TestKnownAndUnknownAddressesSignUpAlike(t *testing.T) {
	eachVerifying(t, "require", func(t *testing.T, s *site) {
		s.browser().applies("ann@example.com", "correct horse")
		s.browser().verifies(s.wantMails("verify ann@example.com")[0].token, "correct horse").want(http.StatusOK)
		answers := map[string]bool{}
		for _, email := range []string{"ann@example.com", "ANN@example.com", "new@example.com", "new@example.com"} {
			for _, path := range []string{"/api/users/signup", "/auth/signup"} {
				r := s.browser().post(path, `{"email":"`+email+`","password":"other horse"}`).want(http.StatusAccepted)
				answers[r.look()] = true
			}
		}
		if len(answers) != 1 {
			t.Errorf("answers differ: %v", answers)
		}
		s.wantMails("account_exists ann@example.com", "account_exists ann@example.com", "account_exists ann@example.com", "account_exists ann@example.com",
			"verify new@example.com")
		s.browser().login("ann@example.com").want(http.StatusOK) // with the password that she had
	})
}

func TestANewerSignUpReplacesTheOneThatWaits(t *testing.T) {
	eachVerifying(t, "require", func(t *testing.T, s *site) {
		s.browser().applies("ann@example.com", "thief of names") // by a stranger
		strangers := s.wantMails("verify ann@example.com")[0].token
		s.browser().applies("Ann@Example.com", "correct horse")
		owners := s.wantMails("verify Ann@example.com")[0].token
		s.browser().verifies(strangers, "thief of names").want(http.StatusUnprocessableEntity, "link_invalid")
		s.browser().verifies(owners, "thief of names").want(http.StatusUnprocessableEntity, "validation_failed")
		s.browser().verifies(owners, "correct horse").want(http.StatusOK)
		s.browser().post("/api/users/login", "email=ann@example.com&password=thief+of+names").want(http.StatusUnauthorized)
		s.browser().login("ann@example.com").want(http.StatusOK)
		if n := s.count("SELECT COUNT(*) FROM users"); n != 1 {
			t.Errorf("%d users", n)
		}
	})
}

func TestParallelSignUpsOfOneAddressAreAnsweredAlikeAndLeaveOne(t *testing.T) {
	eachVerifying(t, "require", func(t *testing.T, s *site) {
		var signUps sync.WaitGroup
		for i := range 20 {
			signUps.Go(func() {
				email := []string{"ann@example.com", "Ann@Example.com"}[i%2]
				if r, err := s.browser().try(http.MethodPost, "/api/users/signup", "email="+email+"&password=correct+horse"); err != nil || r.status != http.StatusAccepted {
					t.Errorf("%s, %v", r.body, err)
				}
			})
		}
		signUps.Wait()
		if n := s.count("SELECT COUNT(*) FROM users"); n != 1 {
			t.Errorf("%d users", n)
		}
		var tokens []string
		for _, m := range s.mails() {
			if m.token != "" {
				tokens = append(tokens, m.token)
			}
		}
		s.browser().verifies(tokens[len(tokens)-1], "correct horse").want(http.StatusOK)
		s.browser().login("ann@example.com").want(http.StatusOK)
	})
}

func TestAnAccountInUseIsNeverReplaced(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		newSite(t, conn, nil).member("ann@example.com") // while nobody was asked
		s := newSite(t, conn, verification("require"))
		s.browser().applies("ann@example.com", "thief of names")
		s.wantMails("account_exists ann@example.com")
		s.browser().login("ann@example.com").want(http.StatusForbidden, "email_unverified")
		s.browser().post(resendAPI, "email=ann@example.com").want(http.StatusAccepted)
		s.browser().verifies(s.wantMails("verify ann@example.com")[0].token, "correct horse").want(http.StatusOK)
		s.browser().login("ann@example.com").want(http.StatusOK)
	})
}

func TestARowOfAnotherProgramIsKnownInAnySpelling(t *testing.T) {
	eachVerifying(t, "require", func(t *testing.T, s *site) {
		s.exec("INSERT INTO users (email, password, role, state) VALUES ('ann@BÜCHER.example', 'x', 'user', 1)")
		s.browser().applies("ann@bücher.example", "thief of names")
		if n := s.count("SELECT COUNT(*) FROM users"); n != 1 {
			t.Errorf("%d users", n)
		}
		if n := s.count("SELECT COUNT(*) FROM gatehouse_outbox"); n != 1 { // a mail that is dropped: all sign-ups cost alike
			t.Errorf("%d rows in the outbox", n)
		}
	})
}

func TestOnlyASignUpThatWaitsIsReplaced(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		// Not signed in yet, as somebody whom an operator has brought in: a stranger must not take the row away.
		newSite(t, conn, nil).browser().post("/auth/signup", `{"email":"ann@example.com","password":"correct horse"}`).want(http.StatusCreated)
		s := newSite(t, conn, verification("require"))
		s.browser().applies("ann@example.com", "thief of names")
		s.wantMails("account_exists ann@example.com")
		s.browser().login("ann@example.com").want(http.StatusForbidden, "email_unverified")
	})
}

func TestTheRightPasswordOfASignUpThatWaitsIsNoFailure(t *testing.T) {
	bounds := usual()
	bounds.Wait = time.Millisecond
	o := verification("require")
	o.bounds = &bounds
	eachWith(t, o, func(t *testing.T, s *site) {
		s.browser().applies("ann@example.com", "correct horse")
		for range 10 {
			s.browser().login("ann@example.com").want(http.StatusForbidden, "email_unverified")
		}
	})
}

func TestANewAddressAsksForThePasswordWhereItIsRequired(t *testing.T) {
	eachVerifying(t, "require", func(t *testing.T, s *site) {
		s.browser().applies("thief@example.com", "correct horse")
		s.browser().verifies(s.wantMails("verify thief@example.com")[0].token, "correct horse").want(http.StatusOK)
		thief := s.browser()
		thief.login("thief@example.com").want(http.StatusOK)
		thief.post("/api/users/email", "newEmail=ann@example.com").want(http.StatusAccepted)
		token := s.wantMails("email_change ann@example.com")[0].token
		s.browser().verifies(token, "").want(http.StatusUnprocessableEntity, "validation_failed") // her click alone
		s.browser().verifies(token, "wrong horse").want(http.StatusUnprocessableEntity, "validation_failed")
		s.browser().verifies(token, "correct horse").want(http.StatusOK)
		s.browser().login("ann@example.com").want(http.StatusOK)
	})
}

func TestASignUpThatWaitsKeepsNobodyFromAnAddress(t *testing.T) {
	eachVerifying(t, "require", func(t *testing.T, s *site) {
		ann := s.browser()
		ann.applies("ann@example.com", "correct horse")
		s.browser().verifies(s.wantMails("verify ann@example.com")[0].token, "correct horse").want(http.StatusOK)
		ann.login("ann@example.com").want(http.StatusOK)
		s.browser().applies("new@example.com", "thief of names")
		ann.post("/api/users/email", "newEmail=new@example.com").want(http.StatusAccepted)
		mails := s.wantMails("verify new@example.com", "email_change new@example.com")
		s.browser().verifies(mails[1].token, "correct horse").want(http.StatusOK)
		s.browser().verifies(mails[0].token, "thief of names").want(http.StatusUnprocessableEntity, "link_invalid")
		s.browser().login("new@example.com").want(http.StatusOK)
	})
}

func TestASignInThatIsNotConfirmedIsAnEvent(t *testing.T) {
	eachVerifying(t, "require", func(t *testing.T, s *site) {
		s.browser().applies("ann@example.com", "correct horse")
		s.browser().login("ann@example.com").want(http.StatusForbidden, "email_unverified")
		if n := s.count("SELECT COUNT(*) FROM gatehouse_events WHERE kind = 'sign_in_unverified' AND user_id = 1"); n != 1 {
			t.Errorf("%d events", n)
		}
		s.browser().applies("Ann@example.com", "other horse") // which replaces it
		if n := strings.Count(s.log.String(), `"event":"sign_up"`); n != 2 {
			t.Errorf("%d sign-ups in the log", n)
		}
		s.browser().verifies(s.wantMails("verify Ann@example.com")[0].token, "other horse").want(http.StatusOK)
		s.browser().applies("ann@example.com", "another horse") // which makes nobody
		if n := strings.Count(s.log.String(), `"event":"sign_up"`); n != 2 {
			t.Errorf("%d sign-ups in the log, of which 2 made a user", n)
		}
	})
}

func TestAClosedSignUpIsToldBeforeTheBodyIsRead(t *testing.T) {
	eachWith(t, &options{edit: func(c *config.Settings) { c.Signup = "closed" }}, func(t *testing.T, s *site) {
		for _, path := range []string{"/api/users/signup", "/auth/signup"} {
			s.browser().post(path, "{").want(http.StatusForbidden, "signup_closed")
		}
	})
}

func TestAResetOfASignUpThatWaitsConfirmsIt(t *testing.T) {
	eachVerifying(t, "require", func(t *testing.T, s *site) {
		s.browser().applies("ann@example.com", "thief of names")
		s.browser().forgets("ann@example.com")
		s.browser().resets(s.wantMails("verify ann@example.com", "reset ann@example.com")[1].token, "correct horse").want(http.StatusOK)
		s.browser().login("ann@example.com").want(http.StatusOK)
	})
}

func TestGuessesAtTheLinkOfASignUpCountForTheAccount(t *testing.T) {
	bounds := usual()
	o := verification("require")
	o.bounds = &bounds
	eachWith(t, o, func(t *testing.T, s *site) {
		s.browser().applies("ann@example.com", "correct horse")
		token := s.wantMails("verify ann@example.com")[0].token
		for range 5 {
			s.browser().verifies(token, "wrong horse").want(http.StatusUnprocessableEntity)
		}
		s.browser().verifies(token, "correct horse").wantRetryAfter("1")
		s.browser().login("ann@example.com").wantRetryAfter("1")
	})
}
