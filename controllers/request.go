package controllers

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"gatehouse/models/account"
	"gatehouse/models/event"
	"gatehouse/models/session"
	"gatehouse/sessionstore"
)

// request is what is known of a request beside what gin knows.
type request struct {
	context.Context // this is the request's context itself, so that each check makes only one
	gin             *gin.Context

	id        string
	now       time.Time // one time for all that is decided, from when the body was there
	log       *slog.Logger
	caller    account.Current     // set by the guard of routes that need somebody signed in
	session   sessionstore.Known  // what sessions.Default shows
	tokens    presented           // what came in the token headers
	jsonForm  bool                // the body looks like JSON, but its type is that of a form
	proxied   bool                // it came by way of a proxy that trusted-proxies does not name, so that its address is that of many
	pages     *pages              // for people, nil where there are none
	counts    *counts             // nil where nothing is counted
	onRefusal func(answered) bool // shows the page of a form once more, and tells whether it did
	cause     error               // what the log should say about a failure and the visitor should not
}

type requestKey struct{}

// attach makes a request known to of, deviceOf, the session store and the history.
func attach(c *gin.Context, r *request) {
	r.Context, r.gin = c.Request.Context(), c
	c.Request = c.Request.WithContext(r)
}

// Value finds the request itself, what is known of its session, and where its acts come from.
func (r *request) Value(key any) any {
	switch key.(type) {
	case requestKey:
		return r
	case sessionstore.Key:
		return &r.session
	case event.Key:
		return r.origin() // made for an act only: most requests are none
	}
	return r.Context.Value(key)
}

// of returns what observe attached to every request.
func of(c *gin.Context) *request { return c.Request.Context().Value(requestKey{}).(*request) }

// ip is the visitor's address, by way of trusted proxies.
func (r *request) ip() string { return r.gin.ClientIP() }

// note writes the one log line of something that matters to security (ASVS 16.3.1), after it was done; the user is 0 where
// nobody is known. Never pass it a secret.
func note(c *gin.Context, kind event.Kind, userID int64, more ...any) {
	r := of(c)
	args := []any{"event", string(kind), "ip", r.ip(), "requestId", r.id}
	if userID != 0 {
		args = append(args, "user", userID)
	}
	r.log.Info("security event", append(args, more...)...)
}

// deviceOf tells what a session's owner will see of the program that holds it.
func deviceOf(r *http.Request) session.Device {
	known := r.Context().Value(requestKey{}).(*request)
	return session.Device{IP: known.ip(), UserAgent: r.UserAgent()}
}

// origin is where the acts of the request come from.
func (r *request) origin() event.Origin {
	d := deviceOf(r.gin.Request).Clipped()
	return event.Origin{Actor: event.Visitor, IP: d.IP, UserAgent: d.UserAgent, RequestID: r.id}
}
