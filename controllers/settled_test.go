package controllers

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"gatehouse/db/dbtest"
)

func TestMailsThatANetworkAsksForAreLimited(t *testing.T) {
	bounds := usual()
	bounds.Network.Free = 3
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		s := newSite(t, conn, &options{bounds: &bounds})
		for i := range 3 {
			s.browser().forgets(fmt.Sprintf("somebody%d@example.com", i))
		}
		s.browser().post(forgotAPI, "email=else@example.com").wantRetryAfter("600")
		s.from("127.0.0.2").forgets("else@example.com")
	})
}

func TestTheRightPasswordForgetsTheWrongOnes(t *testing.T) {
	bounds := usual()
	bounds.Wait = time.Millisecond // an attempt that nobody settles keeps the next one out
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		o := verification("require")
		o.bounds = &bounds
		s := newSite(t, conn, o)
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
