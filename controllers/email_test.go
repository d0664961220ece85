package controllers

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestANewAddressCountsOnceItIsConfirmed(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ann := s.member("ann@example.com")
		s.pass(time.Minute)
		ann.post("/api/users/email", "newEmail=New@Example.com").want(http.StatusAccepted)
		token := s.wantMails("email_change New@example.com")[0].token
		s.browser().login("new@example.com").want(http.StatusUnauthorized)
		s.browser().forgets("ann@example.com")
		reset := s.wantMails("reset ann@example.com")[0].token
		s.browser().post(verifyAPI, `{"token":"`+token+`"}`).want(http.StatusOK)
		s.wantMails("email_changed ann@example.com")
		if r := ann.get("/api/users/me").want(http.StatusOK); !strings.Contains(r.body, `"email":"New@Example.com"`) {
			t.Errorf("me = %s", r.body)
		}
		s.browser().login("new@example.com").want(http.StatusOK)
		s.browser().login("ann@example.com").want(http.StatusUnauthorized)
		s.browser().resets(reset, "battery staple").want(http.StatusUnprocessableEntity, "link_invalid")
		s.member("ann@example.com").get("/api/users/me").want(http.StatusOK) // the old one is free, and takes nothing with it
	})
}

func TestANewAddressNeedsAFreshSignInAndToBeFree(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ann := s.member("ann@example.com")
		s.member("ben@example.com")
		const path = "/api/users/email"
		s.browser().post(path, "newEmail=new@example.com").want(http.StatusUnauthorized)
		for _, wrong := range []string{"", "newEmail=", "newEmail=nobody", "newEmail=ANN%40example.com", "newEmail=a%40b.example%0d%0aBcc:x"} {
			ann.post(path, wrong).want(http.StatusUnprocessableEntity, "validation_failed")
		}
		taken := ann.post(path, "newEmail=ben@example.com").want(http.StatusAccepted)
		free := ann.post(path, "newEmail=new@example.com").want(http.StatusAccepted)
		if taken.body != free.body {
			t.Errorf("a taken address is told: %s, %s", taken.body, free.body)
		}
		token := s.wantMails("email_change new@example.com")[0].token
		s.member("new@example.com") // who is faster
		s.browser().post(verifyAPI, `{"token":"`+token+`"}`).want(http.StatusUnprocessableEntity, "link_invalid")
		s.pass(5 * time.Minute)
		ann.post(path, "newEmail=newer@example.com").want(http.StatusForbidden, "fresh_sign_in_required")
	})
}

func TestOnlyTheNewestWishForAnAddressCounts(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ann := s.member("ann@example.com")
		ann.post("/api/users/email", "newEmail=one@example.com").want(http.StatusAccepted)
		one := s.wantMails("email_change one@example.com")[0].token
		ann.post("/api/users/email", "newEmail=two@example.com").want(http.StatusAccepted)
		ann.post("/api/users/email", "newEmail=three@example.com").want(http.StatusAccepted)
		s.wantMails("email_change three@example.com")
		s.browser().post(verifyAPI, `{"token":"`+one+`"}`).want(http.StatusUnprocessableEntity, "link_invalid")
	})
}

func TestANewerWishVoidsTheLinkOfTheOlderAtOnce(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		s.member("ben@example.com")
		ann := s.member("ann@example.com")
		ann.post("/api/users/email", "newEmail=one@example.com").want(http.StatusAccepted)
		token := s.wantMails("email_change one@example.com")[0].token
		ann.post("/api/users/email", "newEmail=ben@example.com").want(http.StatusAccepted)
		s.browser().post(verifyAPI, `{"token":"`+token+`"}`).want(http.StatusUnprocessableEntity, "link_invalid")
		s.wantMails() // ben has the address, and is not bothered
	})
}

func TestALinkToAnAddressIsVoidOnceTheUserHasAnother(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ann := s.member("ann@example.com")
		s.browser().forgets("ann@example.com")
		reset := s.wantMails("reset ann@example.com")[0].token
		for _, email := range []string{"new@example.com", "ann@example.com"} { // and back
			ann.post("/api/users/email", "newEmail="+email).want(http.StatusAccepted)
			for _, m := range s.mails() {
				if m.kind == "email_change" {
					s.browser().post(verifyAPI, `{"token":"`+m.token+`"}`).want(http.StatusOK)
				}
			}
		}
		s.browser().login("ann@example.com").want(http.StatusOK)
		s.browser().resets(reset, "battery staple").want(http.StatusUnprocessableEntity, "link_invalid")
	})
}

func TestAnotherAddressIsTwoEvents(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ann := s.member("ann@example.com")
		since := int64(s.count("SELECT MAX(id) FROM gatehouse_events"))
		ann.post("/api/users/email", "newEmail=new@example.com").want(http.StatusAccepted)
		s.browser().post(verifyAPI, `{"token":"`+s.wantMails("email_change new@example.com")[0].token+`"}`).want(http.StatusOK)
		if _, lines := s.told(since); !slices.Equal(lines, []string{"email_change_asked 1", "email_changed 1"}) {
			t.Errorf("events %q", lines)
		}
	})
}

func TestAConfirmedSignUpIsAnEvent(t *testing.T) {
	eachVerifying(t, "ask", func(t *testing.T, s *site) {
		s.member("ann@example.com")
		since := int64(s.count("SELECT MAX(id) FROM gatehouse_events"))
		s.browser().post(verifyAPI, `{"token":"`+s.wantMails("verify ann@example.com")[0].token+`"}`).want(http.StatusOK)
		if _, lines := s.told(since); !slices.Equal(lines, []string{"email_verified 1"}) {
			t.Errorf("events %q", lines)
		}
	})
}

func TestAPasswordThatIsReplacedMeanwhileConfirmsNothing(t *testing.T) {
	eachVerifying(t, "require", func(t *testing.T, s *site) {
		s.browser().applies("ann@example.com", "correct horse")
		token := s.wantMails("verify ann@example.com")[0].token
		s.afterVerify = func() { s.exec("UPDATE users SET password = 'another'") }
		s.browser().verifies(token, "correct horse").want(http.StatusUnprocessableEntity, "validation_failed")
		if s.verified("ann@example.com") {
			t.Error("it was confirmed")
		}
	})
}

func TestAUserWithoutAnAddressGetsOne(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ann := s.member("ann@example.com")
		s.exec("UPDATE users SET email = '', gh_email_key = NULL") // by another program
		ann.post("/api/users/email", "newEmail=new@example.com").want(http.StatusAccepted)
		s.browser().post(verifyAPI, `{"token":"`+s.wantMails("email_change new@example.com")[0].token+`"}`).want(http.StatusOK)
		s.wantMails() // there is nobody to tell
		s.browser().login("new@example.com").want(http.StatusOK)
	})
}
