package controllers

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/gin-gonic/gin"

	"gatehouse/models/account"
	"gatehouse/models/password"
	"gatehouse/models/session"
	"gatehouse/models/throttle"
)

// Watch is told what is done, to be counted. All words that it is given are fixed ones: nothing that a visitor sent.
type Watch interface {
	// Route returns what is called with each answer of a route; it is asked once for each.
	Route(method, route string) func(status int, took time.Duration)
	// SignIn is told of each password that somebody tried to sign in with.
	SignIn(kind, result string)
	// Throttled is told which counter refused a request.
	Throttled(by string)
}

// counts hands a Watch what is to be counted. Where it is nil, nothing is.
type counts struct {
	watch  Watch
	routes map[string]map[string]func(status int, took time.Duration) // by method and template
}

// other is the route of what has none, and the method of what no route takes.
const other = "other"

// methods are those that a request without a route is counted by; a visitor can make up more.
var methods = []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions}

// newCounts knows no routes yet; see know.
func newCounts(watch Watch) *counts {
	if watch == nil {
		return nil
	}
	return &counts{watch, map[string]map[string]func(int, time.Duration){}}
}

// know finds what counts each of the routes, so that no request has to.
func (n *counts) know(routes gin.RoutesInfo) {
	if n == nil {
		return
	}
	for _, method := range append(slices.Clone(methods), other) {
		n.routes[method] = map[string]func(int, time.Duration){"": n.watch.Route(method, other)}
	}
	for _, r := range routes {
		n.routes[r.Method][r.Path] = n.watch.Route(r.Method, r.Path)
	}
}

func (n *counts) answered(c *gin.Context, took time.Duration) {
	if n == nil {
		return
	}
	count := n.routes[c.Request.Method][c.FullPath()]
	if count == nil {
		count = n.routes[other][""]
	}
	count(c.Writer.Status(), took)
}

// signIn counts a sign-in by how it ended. A form that is not right tries no password, and who has gone sees no answer.
func (n *counts) signIn(kind session.Kind, err error) {
	if n == nil {
		return
	}
	if _, invalid := errors.AsType[*account.InvalidError](err); invalid || errors.Is(err, context.Canceled) {
		return
	}
	result := "error"
	switch {
	case err == nil:
		result = "ok"
	case errors.Is(err, account.ErrBadCredentials):
		result = "wrong"
	case errors.Is(err, account.ErrUnverified):
		result = "unverified"
	case errors.Is(err, throttle.ErrTooMany):
		result = "throttled"
	case errors.Is(err, password.ErrOverloaded), errors.Is(err, throttle.ErrBusy):
		result = "overloaded"
	}
	n.watch.SignIn(string(kind), result)
}

// throttled counts a refusal by what refused.
func (n *counts) throttled(err error) {
	if tooMany, ok := errors.AsType[*throttle.TooManyError](err); ok && n != nil {
		n.watch.Throttled(string(tooMany.Bucket.Kind))
	}
}
