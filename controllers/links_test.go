package controllers

import (
	"context"
	"net/http"
	"testing"

	"gatehouse/models/account"
)

func TestALinkDiesWithWhatItWasFor(t *testing.T) {
	for name, act := range map[string]func(s *site, ann *browser){
		"a new password": func(_ *site, ann *browser) {
			ann.post("/api/users/password", "currentPassword=correct+horse&newPassword=another+horse").want(http.StatusOK)
		},
		"other sessions ended": func(_ *site, ann *browser) {
			ann.send(http.MethodDelete, "/api/users/sessions", "").want(http.StatusOK)
		},
		"signed out everywhere": func(_ *site, ann *browser) {
			ann.post("/api/users/logout", "scope=global").want(http.StatusOK)
		},
		"disabled for a while": func(s *site, _ *browser) {
			for _, active := range []bool{false, true} {
				if err := s.accounts.SetActive(context.Background(), account.Operator{}, 1, active, s.time()); err != nil {
					s.t.Fatal(err)
				}
			}
		},
		"sessions ended by an operator": func(s *site, _ *browser) {
			if _, err := s.accounts.EndSessionsOf(context.Background(), account.Operator{}, 1, s.time()); err != nil {
				s.t.Fatal(err)
			}
		},
		"another session ended": func(s *site, ann *browser) {
			s.browser().login("ann@example.com").want(http.StatusOK)
			ended := ""
			for _, one := range data[sessionListing](ann.get("/api/users/sessions").want(http.StatusOK)).Sessions {
				if !one.Current {
					ended = one.ID
				}
			}
			ann.send(http.MethodDelete, "/api/users/sessions/"+ended, "").want(http.StatusOK)
		},
		"a refresh token that came twice": func(s *site, _ *browser) {
			h := s.browser().holder("ann@example.com")
			stolen := h.then()
			h.renew().want(http.StatusOK)
			h.renew().want(http.StatusOK)
			stolen.renew().want(http.StatusUnauthorized, "refresh_reused")
		},
		"all sessions ended, and none was left": func(s *site, ann *browser) {
			ann.post("/api/users/logout", "").want(http.StatusOK)
			if _, _, err := s.accounts.EndAllSessions(context.Background(), account.Operator{}, s.time()); err != nil {
				s.t.Fatal(err)
			}
		},
		"a password of an operator": func(s *site, _ *browser) {
			if err := s.accounts.ReplacePassword(context.Background(), 1, "another horse", s.time()); err != nil {
				s.t.Fatal(err)
			}
		},
		"disabled": func(s *site, _ *browser) { s.exec("UPDATE users SET state = 0") },
		"deleted": func(_ *site, ann *browser) {
			ann.send(http.MethodDelete, "/api/users/me", "").want(http.StatusOK)
		},
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, s *site) {
				ann := s.member("ann@example.com")
				s.browser().forgets("ann@example.com")
				ann.post("/api/users/email", "newEmail=thief@example.com").want(http.StatusAccepted)
				sent := s.wantMails("reset ann@example.com", "email_change thief@example.com")
				s.browser().forgets("ann@example.com") // and what is not sent yet
				ann.post("/api/users/email", "newEmail=thief@example.com").want(http.StatusAccepted)
				act(s, ann)
				for _, m := range append(sent, s.mails()...) {
					s.browser().resets(m.token, "battery staple").want(http.StatusUnprocessableEntity)
					s.browser().post(verifyAPI, `{"token":"`+m.token+`"}`).want(http.StatusUnprocessableEntity)
				}
			})
		})
	}
}

func TestAResetVoidsTheWishForAnotherAddress(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ann := s.member("ann@example.com")
		s.browser().forgets("ann@example.com")
		token := s.wantMails("reset ann@example.com")[0].token
		ann.post("/api/users/email", "newEmail=thief@example.com").want(http.StatusAccepted) // by whoever has the session
		s.browser().resets(token, "battery staple").want(http.StatusOK)
		s.wantMails("password_changed ann@example.com")
	})
}

func TestAResetVoidsWhatElseWasAskedFor(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ann := s.member("ann@example.com")
		ann.post("/api/users/email", "newEmail=thief@example.com").want(http.StatusAccepted)
		s.browser().forgets("ann@example.com")
		sent := s.wantMails("email_change thief@example.com", "reset ann@example.com")
		s.browser().forgets("ann@example.com") // which is not sent yet
		s.browser().resets(sent[1].token, "battery staple").want(http.StatusOK)
		s.wantMails("password_changed ann@example.com")
		s.browser().post(verifyAPI, `{"token":"`+sent[0].token+`"}`).want(http.StatusUnprocessableEntity, "link_invalid")
	})
}

func TestALinkToANewAddressDiesWithTheSession(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ann := s.member("ann@example.com")
		ann.post("/api/users/email", "newEmail=thief@example.com").want(http.StatusAccepted)
		token := s.wantMails("email_change thief@example.com")[0].token
		ann.post("/api/users/logout", "scope=global").want(http.StatusOK)
		s.browser().post(verifyAPI, `{"token":"`+token+`"}`).want(http.StatusUnprocessableEntity, "link_invalid")
	})
}

func TestTheLinkOfASignUpOutlivesItsSessions(t *testing.T) {
	eachVerifying(t, "ask", func(t *testing.T, s *site) {
		ann := s.member("ann@example.com")
		ann.post("/api/users/logout", "scope=global").want(http.StatusOK)
		token := s.wantMails("verify ann@example.com")[0].token
		ann.login("ann@example.com").want(http.StatusOK)
		ann.post("/api/users/logout", "scope=global").want(http.StatusOK)
		s.browser().post(verifyAPI, `{"token":"`+token+`"}`).want(http.StatusOK)
	})
}

func TestALinkIsGoodForTheAddressItWasMailedToAlone(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		s.member("ann@example.com")
		s.browser().forgets("ann@example.com")
		token := s.wantMails("reset ann@example.com")[0].token
		s.exec("UPDATE users SET email = 'else@example.com'")
		s.browser().resets(token, "battery staple").want(http.StatusUnprocessableEntity, "link_invalid")
	})
}

func TestANoticeGoesToWhomTheAccountBelonged(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ann := s.member("ann@example.com")
		ann.post("/api/users/email", "newEmail=new@example.com").want(http.StatusAccepted)
		token := s.wantMails("email_change new@example.com")[0].token
		s.browser().post(verifyAPI, `{"token":"`+token+`"}`).want(http.StatusOK)
		ann.send(http.MethodDelete, "/api/users/me", "").want(http.StatusOK)
		s.wantMails("email_changed ann@example.com")
	})
}

func TestALinkOfSomebodyWhoIsGoneIsInvalid(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ann := s.member("ann@example.com")
		ann.post("/api/users/email", "newEmail=new@example.com").want(http.StatusAccepted)
		s.browser().forgets("ann@example.com")
		sent := s.wantMails("email_change new@example.com", "reset ann@example.com")
		s.exec("DELETE FROM users") // by another program
		s.browser().post(verifyAPI, `{"token":"`+sent[0].token+`"}`).want(http.StatusUnprocessableEntity, "link_invalid")
		s.browser().resets(sent[1].token, "battery staple").want(http.StatusUnprocessableEntity, "link_invalid")
	})
}

func TestWhatADisabledUserAskedForIsNotSentLater(t *testing.T) {
	eachVerifying(t, "ask", func(t *testing.T, s *site) {
		s.member("ann@example.com")
		s.wantMails("verify ann@example.com")
		s.exec("UPDATE users SET state = 0")
		s.browser().forgets("ann@example.com")
		s.browser().post(resendAPI, "email=ann@example.com").want(http.StatusAccepted)
		s.exec("UPDATE users SET state = 1")
		s.wantMails()
	})
}

func TestAnAddressOfSeveralUsersIsSentNothing(t *testing.T) {
	eachVerifying(t, "require", func(t *testing.T, s *site) {
		s.browser().applies("ann@example.com", "correct horse")
		s.browser().verifies(s.wantMails("verify ann@example.com")[0].token, "correct horse").want(http.StatusOK)
		for _, former := range []string{"x@example.com", "y@example.com"} { // as another program changes them
			s.exec("INSERT INTO users (email, gh_email_key, password, role, state) VALUES ('two@example.com', ?, 'x', 'user', 1)", former)
		}
		ann := s.browser()
		ann.login("ann@example.com").want(http.StatusOK)
		ann.post("/api/users/email", "newEmail=two@example.com").want(http.StatusAccepted)
		ann.forgets("two@example.com")
		s.browser().applies("two@example.com", "thief of names")
		s.wantMails()
	})
}

func TestARowOfAnotherProgramIsAskedForNoConfirmation(t *testing.T) {
	eachVerifying(t, "ask", func(t *testing.T, s *site) {
		s.exec("INSERT INTO users (email, password, role, state) VALUES ('ann@example.com', 'x', 'user', 1)")
		s.browser().post(resendAPI, "email=ann@example.com").want(http.StatusAccepted)
		s.wantMails()
	})
}
