package controllers

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"sync"
	"time"

	"github.com/gin-gonic/gin"
)

// observe gives a request its id, contains panics and writes the one line a request has in the log: the path
// without its query, since people put secrets there, and never a header or a body (ASVS 16.2.5).
func observe(log *slog.Logger, now func() time.Time) gin.HandlerFunc {
	return func(c *gin.Context) {
		r := newRequest(log, now())
		c.Set(requestKey, r)
		c.Request = c.Request.WithContext(context.WithValue(c.Request.Context(), clientIPKey{}, c.ClientIP()))
		c.Header("X-Request-Id", r.id)
		start := time.Now()
		defer func() {
			if p := recover(); p != nil {
				if p == http.ErrAbortHandler { //nolint:errorlint // net/http compares it so, too
					panic(p)
				}
				r.cause = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
				c.Abort()
				if !c.Writer.Written() {
					fail(c, r.cause)
				}
			}
			logRequest(c, r, time.Since(start))
		}()
		c.Next()
	}
}

func logRequest(c *gin.Context, r *request, took time.Duration) {
	level, status := slog.LevelInfo, c.Writer.Status()
	if status >= http.StatusInternalServerError {
		level = slog.LevelError
	}
	if !r.log.Enabled(c.Request.Context(), level) {
		return
	}
	attrs := []slog.Attr{
		slog.String("method", c.Request.Method),
		slog.String("path", short(c.Request.URL.Path)),
		slog.Int("status", status),
		slog.Float64("ms", float64(took.Microseconds())/1000),
		slog.String("ip", c.ClientIP()),
		slog.String("requestId", r.id),
	}
	if r.cause != nil && !errors.Is(r.cause, context.Canceled) {
		attrs = append(attrs, slog.String("cause", r.cause.Error()))
	}
	r.log.LogAttrs(c.Request.Context(), level, "request", attrs...)
}

// short keeps a hostile path from filling the disk.
func short(path string) string {
	if len(path) > 200 {
		return path[:200] + "..."
	}
	return path
}

// warnOfProxies says once that a proxy is in front which the operator has not told of: without trusted-proxies
// all visitors seem to have its address.
func warnOfProxies(log *slog.Logger) gin.HandlerFunc {
	var once sync.Once
	return func(c *gin.Context) {
		h := c.Request.Header
		if (h.Get("X-Forwarded-For") != "" || h.Get("Forwarded") != "" || h.Get("X-Real-Ip") != "") &&
			c.ClientIP() == c.RemoteIP() {
			once.Do(func() {
				log.Warn("forwarding headers came from a peer that is no trusted proxy, so they are ignored; "+
					"if it is your proxy, name it with --trusted-proxies", "peer", c.RemoteIP())
			})
		}
	}
}
