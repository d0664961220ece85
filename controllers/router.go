// Package controllers answers HTTP: it reads a request, calls one method of a model and writes the answer.
// Newcomers start here: New lists every route and what guards it.
package controllers

import (
	"log/slog"
	"net/http"
	"time"

	"github.com/gin-contrib/sessions"
	"github.com/gin-gonic/gin"

	"gatehouse/config"
	"gatehouse/models/account"
	"gatehouse/sessionstore"
)

// Deps is what the routes stand on.
type Deps struct {
	Config   config.Config
	Accounts *account.Accounts
	Ready    func(*http.Request) error // nil while the server can take work
	Log      *slog.Logger
	Now      func() time.Time
}

// New returns the handler of the whole program.
func New(d Deps) (http.Handler, error) {
	gin.SetMode(gin.ReleaseMode) // gin has only this global switch; its debug mode prints every route
	r := gin.New()
	r.HandleMethodNotAllowed = true
	r.RedirectTrailingSlash = false
	r.ContextWithFallback = true
	if err := r.SetTrustedProxies(d.Config.TrustedProxies); err != nil {
		return nil, err
	}

	cookies := newCookies(d.Config)
	store := sessionstore.New(d.Accounts, cookies.options(0), device, d.Now)
	callers := callers{accounts: d.Accounts, cookies: cookies}
	health := health{ready: d.Ready}
	users := users{accounts: d.Accounts, cookies: cookies}
	me := me{accounts: d.Accounts, cookies: cookies}
	passwords := passwords{accounts: d.Accounts, cookies: cookies}
	list := sessionList{accounts: d.Accounts, cookies: cookies}
	forward := forward{callers: callers, pages: d.Config.Pages}

	r.Use(observe(d.Log, d.Now), warnOfProxies(d.Log), secureHeaders(d.Config.Secure()))
	r.NoRoute(func(c *gin.Context) { fail(c, errNotFound) })
	r.NoMethod(func(c *gin.Context) { fail(c, errMethod) })

	get(r, "/healthz", health.Live)
	get(r, "/readyz", health.Ready)

	edge := r.Group("/", limitBody, sameOrigin(d.Config.BaseURL), sessions.Sessions(cookies.name, store))
	get(edge, "/api/auth/forward", forward.Show)
	if d.Config.Pages {
		get(edge, "/", welcome(d.Config.BaseURL))
		get(edge, "/login", welcome(d.Config.BaseURL))
	}

	// For everybody: a credential beside the request is never a reason to refuse these.
	open := edge.Group("/api/users")
	open.POST("/signup", users.Signup)
	open.POST("/login", users.Login)
	open.POST("/logout", users.Logout)

	// For whoever is signed in.
	in := r.Group("/api/users", limitBody, sameOrigin(d.Config.BaseURL), callers.require, sessions.Sessions(cookies.name, store))
	get(in, "/me", me.Show)
	in.PATCH("/me", me.Update)
	in.DELETE("/me", requireFresh, me.Delete)
	in.POST("/reauthenticate", passwords.Reauthenticate)
	in.POST("/password", passwords.Change)
	get(in, "/sessions", list.Show)
	in.DELETE("/sessions", list.DeleteOthers)
	in.DELETE("/sessions/:id", list.Delete)
	return r, nil
}

// get also answers HEAD, as RFC 9110, 9.3.2 wants; net/http leaves out the body.
func get(r gin.IRoutes, path string, h gin.HandlerFunc) {
	r.GET(path, h)
	r.HEAD(path, h)
}
