package controllers

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
)

func TestAVisitorWhoLeftIsNoError(t *testing.T) {
	log := &lockedBuffer{}
	r := gin.New()
	r.Use(observe(slog.New(slog.NewJSONHandler(log, nil)), time.Now, nil, nil))
	r.GET("/", handle(func(c *gin.Context) error { return c.Request.Context().Err() }))
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	r.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil).WithContext(ctx))
	if line := log.String(); !strings.Contains(line, `"level":"INFO"`) || !strings.Contains(line, `"gone":true`) {
		t.Errorf("log = %s", line)
	}
}

func TestUnforeseenErrorsAreContained(t *testing.T) {
	log := &lockedBuffer{}
	r := gin.New()
	r.Use(observe(slog.New(slog.NewJSONHandler(log, nil)), time.Now, nil, nil), secureHeaders(false))
	r.GET("/panic", func(*gin.Context) { panic("SELECT secret") })
	r.GET("/error", func(c *gin.Context) { fail(c, errors.New("SELECT secret")) })
	for _, path := range []string{"/panic", "/error"} {
		w := httptest.NewRecorder()
		r.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
		answer := reply{t, w.Code, w.Header(), w.Body.String()}
		answer.want(http.StatusInternalServerError, "internal")
		if strings.Contains(answer.body, "SELECT") || strings.Contains(answer.body, ".go") {
			t.Errorf("%s: body shows the cause: %s", path, answer.body)
		}
		if !strings.Contains(log.String(), answer.failure().RequestID) || !strings.Contains(log.String(), "SELECT secret") {
			t.Errorf("%s: log lacks the cause or the request id:\n%s", path, log)
		}
	}
}

func TestLogLinesHaveNoSecretsAndStayOneLine(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		b := s.member("ann@example.com")
		cookie := b.cookie()
		b.get("/nowhere%0d%0aforged?token=" + cookie)
		b.login("ann@example.com")
		b.post("/api/users/login", "email=ann@example.com&password=wrong+battery")
		log := s.log.String()
		for _, secret := range []string{cookie, b.cookie(), "correct horse", "correct+horse", "wrong battery", "wrong+battery"} {
			if strings.Contains(log, secret) {
				t.Errorf("the log shows %q", secret)
			}
		}
		for line := range strings.Lines(log) {
			if !strings.HasPrefix(line, "{") {
				t.Errorf("a line was forged: %q", line)
			}
		}
		for _, event := range []string{"sign_up", "sign_in", "sign_in_failed"} {
			if !strings.Contains(log, `"event":"`+event+`"`) {
				t.Errorf("no event %s", event)
			}
		}
	})
}

func TestALongPathIsCutInTheLog(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		s.browser().get("/" + strings.Repeat("x", 5000)).want(http.StatusNotFound)
		if strings.Contains(s.log.String(), strings.Repeat("x", longestLogged+1)) {
			t.Error("the log holds the whole path")
		}
	})
}

func TestEverySecurityEventIsLogged(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		b := s.member("ann@example.com")
		b.post("/api/users/reauthenticate", "password=wrong+horse").want(http.StatusUnauthorized)
		b.post("/api/users/reauthenticate", "password=correct+horse").want(http.StatusOK)
		b.post("/api/users/password", "currentPassword=wrong+horse&newPassword=battery+staple").want(http.StatusUnprocessableEntity)
		b.post("/api/users/password", "currentPassword=correct+horse&newPassword=battery+staple").want(http.StatusOK)
		b.send("PATCH", "/api/users/me", "name=Ann").want(http.StatusOK)
		b.send("DELETE", "/api/users/sessions", "").want(http.StatusOK)
		b.send("DELETE", "/api/users/sessions/"+data[sessionListing](b.get("/api/users/sessions")).Sessions[0].ID, "").want(http.StatusOK)
		login := "email=ann@example.com&password=battery+staple"
		b.post("/api/users/login", login).want(http.StatusOK)
		b.post("/api/users/logout", "").want(http.StatusOK)
		b.post("/api/users/login", login).want(http.StatusOK)
		b.send("DELETE", "/api/users/me", "").want(http.StatusOK)
		for _, event := range []string{
			"sign_up", "reauthentication_failed", "reauthenticated", "password_change_failed", "password_changed", "profile_changed", "other_sessions_ended",
			"session_ended", "sign_in", "sign_out", "account_deleted",
		} {
			found := false
			for line := range strings.Lines(s.log.String()) {
				found = found || strings.Contains(line, `"event":"`+event+`","ip":"127.0.0.1","requestId":"`) && strings.Contains(line, `"user":1`)
			}
			if !found {
				t.Errorf("no event %s with the address and the user", event)
			}
		}
	})
}
