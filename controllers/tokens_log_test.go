package controllers

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

// The visitor learns only that a token is not valid; the log says why, and not what the token was.
func TestTheLogSaysWhyATokenIsRefused(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		h := s.holder("ann@example.com")
		for text, reason := range map[string]string{
			h.refresh:                 "it is a token for something else, rt+jwt and not at+jwt",
			"x":                       "it is malformed or not signed with the right key",
			strings.Repeat("x", 9000): "it is too long",
		} {
			h.get("/api/users/me", "Authorization", "Bearer "+text).want(http.StatusUnauthorized, "token_invalid")
			if !strings.Contains(s.log.String(), reason) {
				t.Errorf("the log does not say that %s:\n%s", reason, s.log)
			}
		}
		if strings.Contains(s.log.String(), h.refresh) {
			t.Error("the token is in the log")
		}
	})
}

func TestTheLogTellsHowFarALogoutReached(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		h := s.holder("ann@example.com")
		s.pass(3 * time.Minute)
		h.post("/api/users/logout", "scope=global", "Authorization", "Bearer "+h.access).want(http.StatusOK)
		if log := s.log.String(); !strings.Contains(log, `"scope":"local"`) || strings.Contains(log, `"scope":"global"`) {
			t.Errorf("the log says otherwise than that a token that has expired ends its own family alone:\n%s", log)
		}
	})
}
