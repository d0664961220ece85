package controllers

import (
	"context"
	"encoding/base32"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/gin-gonic/gin"

	"gatehouse/models/password"
	"gatehouse/models/throttle"
)

// observe gives a request its id, contains panics, counts the answer and writes the one line a request has in the log: the path
// without its query, since people put secrets there, and never a header or a body (ASVS 16.2.5).
func observe(log *slog.Logger, now func() time.Time, people *pages, counts *counts) gin.HandlerFunc {
	return func(c *gin.Context) {
		r := &request{id: newRequestID(), now: now(), log: log, pages: people, counts: counts}
		attach(c, r)
		c.Header("X-Request-Id", r.id)
		start := time.Now()
		defer func() {
			if p := recover(); p != nil {
				if p == http.ErrAbortHandler { //nolint:errorlint // net/http compares it like this, too
					panic(p)
				}
				fail(c, fmt.Errorf("panic: %v\n%s", p, debug.Stack()))
			}
			took := time.Since(start)
			counts.answered(c, took)
			logRequest(c, r, took)
		}()
		c.Next()
	}
}

var lowerBase32 = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// newRequestID returns 26 letters and digits of 128 random bits. It names lines of a log and is no secret.
func newRequestID() string {
	var b [16]byte
	binary.NativeEndian.PutUint64(b[:8], rand.Uint64()) //nolint:gosec // no secret
	binary.NativeEndian.PutUint64(b[8:], rand.Uint64()) //nolint:gosec // no secret
	var text [26]byte
	lowerBase32.Encode(text[:], b[:])
	return string(text[:])
}

func logRequest(c *gin.Context, r *request, took time.Duration) {
	level, status := slog.LevelInfo, c.Writer.Status()
	// The visitor did not wait for the answer.
	gone := errors.Is(r.cause, context.Canceled) || r.cause == nil && c.Request.Context().Err() != nil
	switch {
	case gone:
	case errors.Is(r.cause, password.ErrOverloaded), errors.Is(r.cause, throttle.ErrBusy):
		level = slog.LevelWarn
	case status >= http.StatusInternalServerError:
		level = slog.LevelError
	}
	if !r.log.Enabled(c.Request.Context(), level) {
		return
	}
	attrs := []slog.Attr{
		slog.String("method", short(c.Request.Method)),
		slog.String("path", short(c.Request.URL.Path)),
		slog.Int("status", status),
		slog.Float64("ms", float64(took.Microseconds())/1000),
		slog.String("ip", r.ip()),
		slog.String("requestId", r.id),
	}
	if gone {
		attrs = append(attrs, slog.Bool("gone", true))
	} else if r.cause != nil {
		attrs = append(attrs, slog.String("cause", r.cause.Error()))
	}
	r.log.LogAttrs(c.Request.Context(), level, "request", attrs...)
}

// longestLogged keeps a hostile path from filling the disk.
const longestLogged = 200

func short(text string) string {
	if len(text) > longestLogged {
		return text[:longestLogged] + "..."
	}
	return text
}
