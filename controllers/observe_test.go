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
