package controllers

import (
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"gatehouse/models/password"
)

func TestRetryAfterOfABusyServer(t *testing.T) {
	r := gin.New()
	r.Use(observe(slog.New(slog.DiscardHandler), time.Now, nil, nil))
	r.GET("/", handle(func(*gin.Context) error {
		return errors.Join(errors.New("verify"), &password.OverloadedError{RetryAfter: 7 * time.Second})
	}))
	w := httptest.NewRecorder()
	r.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
	if got := w.Header().Get("Retry-After"); w.Code != http.StatusServiceUnavailable || got != "7" {
		t.Errorf("%d, Retry-After = %q, want 503 and 7", w.Code, got)
	}
}
