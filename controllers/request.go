package controllers

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"gatehouse/models/account"
	"gatehouse/models/session"
	"gatehouse/sessionstore"
)

// request is what is known of a request beside what gin knows.
type request struct {
	context.Context // this is the request's context itself, so that each check makes only one
	gin             *gin.Context

	id      string
	now     time.Time // one time for all that is decided, from when the body was there
	log     *slog.Logger
	caller  account.Current    // set by the guard of routes that need somebody signed in
	session sessionstore.Known // what sessions.Default shows
	tokens  presented          // what came in the token headers
	cause   error              // what the log should say about a failure and the visitor should not
}

type requestKey struct{}

// attach makes a request known to of, device and the session store.
func attach(c *gin.Context, r *request) {
	r.Context, r.gin = c.Request.Context(), c
	c.Request = c.Request.WithContext(r)
}

// Value finds the request itself and what is known of its session.
func (r *request) Value(key any) any {
	switch key.(type) {
	case requestKey:
		return r
	case sessionstore.Key:
		return &r.session
	}
	return r.Context.Value(key)
}

// of returns what observe attached to every request.
func of(c *gin.Context) *request { return c.Request.Context().Value(requestKey{}).(*request) }

// ip is the visitor's address, by way of trusted proxies.
func (r *request) ip() string { return r.gin.ClientIP() }

// event writes the one log line of something that matters to security (ASVS 16.3.1); the user is 0 where nobody is
// known. Never pass it a secret.
func event(c *gin.Context, name string, userID int64, more ...any) {
	r := of(c)
	args := []any{"event", name, "ip", r.ip(), "requestId", r.id}
	if userID != 0 {
		args = append(args, "user", userID)
	}
	r.log.Info("security event", append(args, more...)...)
}

// device tells what a session's owner will see of the program that holds it.
func device(r *http.Request) session.Device {
	known := r.Context().Value(requestKey{}).(*request)
	return session.Device{IP: known.ip(), UserAgent: r.UserAgent()}
}
