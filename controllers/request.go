package controllers

import (
	"crypto/rand"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"gatehouse/models/account"
	"gatehouse/models/session"
)

const requestKey = "gatehouse/request"

// request is what is known of a request beside what gin knows.
type request struct {
	id     string
	now    time.Time // one time for the whole request
	log    *slog.Logger
	caller account.Current // set by the guard of routes that need somebody signed in
	cause  error           // what the log should say about a failure and the visitor should not
}

func newRequest(log *slog.Logger, now time.Time) *request {
	return &request{id: strings.ToLower(rand.Text()), now: now, log: log}
}

// of returns what observe attached to every request.
func of(c *gin.Context) *request { return c.MustGet(requestKey).(*request) }

// event writes the one log line of something that matters to security (ASVS 16.3.1). Never pass it a secret.
func event(c *gin.Context, name string, userID int64, more ...any) {
	r := of(c)
	args := append([]any{"event", name, "user", userID, "ip", c.ClientIP(), "requestId", r.id}, more...)
	r.log.Info("security event", args...)
}

// device tells what a session's owner will see of the program that holds it. The address is the peer's or,
// behind a trusted proxy, the one that observe found.
func device(r *http.Request) session.Device {
	ip, ok := r.Context().Value(clientIPKey{}).(string)
	if !ok {
		ip, _, _ = net.SplitHostPort(r.RemoteAddr)
	}
	return session.Device{IP: ip, UserAgent: r.UserAgent()}
}

type clientIPKey struct{}
