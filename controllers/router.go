// Package controllers answers HTTP: it reads a request, calls one method of a model and writes the answer.
// Newcomers start here: router.go lists every route and what guards it.
package controllers

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/gin-contrib/sessions"
	"github.com/gin-gonic/gin"

	"gatehouse/config"
	"gatehouse/models/account"
	"gatehouse/models/mail"
	"gatehouse/models/password"
	"gatehouse/models/token"
	"gatehouse/openapi"
	"gatehouse/sessionstore"
	"gatehouse/views"
)

// Deps is what the routes stand on.
type Deps struct {
	Config   config.Config
	Accounts *account.Accounts
	Keys     *token.Keys                 // published; nil where tokens are signed with a shared secret
	Ready    func(context.Context) error // nil while the server can take work
	Watch    Watch                       // nil where nothing is counted
	Hashing  func() password.QueueStats  // how busy the hash workers are
	Log      *slog.Logger
	Now      func() time.Time
}

// New returns the handler of the whole program.
func New(d Deps) (http.Handler, error) {
	r, err := newEngine(d.Config.TrustedProxies)
	if err != nil {
		return nil, err
	}
	sameOrigin, err := sameOrigin(d.Config.BaseURL, d.Accounts)
	if err != nil {
		return nil, fmt.Errorf("trust the origin of base-url: %w", err)
	}

	cookies := newCookies(d.Config)
	callers := callers{d.Accounts, cookies}
	acts := acts{d.Accounts, cookies}
	users := users{acts}
	tokens := tokens{acts, callers}
	forward := forward{callers, d.Config.Pages}
	proxies := &proxyCheck{trusted: d.Config.TrustedProxies, accounts: d.Accounts, log: d.Log}
	health := health{d.Ready, proxies}
	session := sessions.Sessions(cookies.name, sessionstore.New(d.Accounts, cookies.options(0), deviceOf, d.Now))

	var people *pages
	if d.Config.Pages {
		texts, err := views.New("en", d.Config.SiteName)
		if err != nil {
			return nil, err
		}
		people = &pages{callers, acts, texts}
	}

	counts := newCounts(d.Watch)
	described, err := openapi.Read()
	if err != nil {
		return nil, err
	}
	docs := description{described}

	r.Use(observe(d.Log, d.Now, people, counts), secureHeaders(d.Config.Secure()))
	r.NoRoute(handle(func(*gin.Context) error { return errNotFound }))
	r.NoMethod(handle(func(*gin.Context) error { return errMethod }))

	get(r, "/healthz", health.Live)
	get(r, "/readyz", health.Ready)
	get(r, "/openapi.json", docs.Show)
	get(r, "/docs", docs.Docs)
	get(r, docs.Path, docs.Script)

	edge := r.Group("/", proxies.look, limitBody(d.Now), sameOrigin, callers.readTokens)
	get(edge, "/api/auth/forward", forward.Show)

	// For everybody: a credential beside the request is never a reason to refuse these.
	open := edge.Group("/api/users", session)
	open.POST("/signup", handle(users.Signup))
	open.POST("/login", handle(users.Login))
	open.POST("/logout", handle(users.Logout))
	open.POST("/password/forgot", handle(users.Forgot))
	open.POST("/password/reset", handle(users.Reset))
	open.POST("/email/verify", handle(users.VerifyEmail))
	open.POST("/email/resend", handle(users.ResendVerification))

	auth := edge.Group("/auth")
	auth.POST("/signup", handle(tokens.Signup))
	auth.POST("/login", handle(tokens.Login))
	auth.POST("/refresh", handle(tokens.Refresh))
	auth.POST("/logout", handle(tokens.Logout))
	auth.POST("/verify", handle(tokens.Verify))
	if d.Keys != nil {
		get(edge, "/.well-known/jwks.json", jwks{d.Keys}.Show)
	}

	// For whoever holds an access token, not behind callers.require: one that has expired may be exchanged on the way.
	get(auth, "/page", tokens.Page)
	auth.POST("/page", handle(tokens.Page))

	// For whoever is signed in, by cookie or by token.
	in := edge.Group("/api/users", handle(callers.require), session)
	get(in, "/me", users.Show)
	in.PATCH("/me", handle(users.Update))
	in.DELETE("/me", handle(requireFresh), handle(users.Delete))
	in.POST("/reauthenticate", handle(users.Reauthenticate))
	in.POST("/password", handle(users.ChangePassword))
	in.POST("/email", handle(requireFresh), handle(users.ChangeEmail))
	get(in, "/sessions", users.Sessions)
	in.DELETE("/sessions", handle(users.EndOtherSessions))
	in.DELETE("/sessions/:id", handle(users.EndSession))
	get(in, "/events", users.Events)

	// For admins; nobody else is told that there is anything.
	serveAdmins(admin{acts, d.Hashing}, edge.Group("/api/admin", handle(callers.require), handle(requireAdmin)))
	if people != nil {
		servePages(people, edge, session, d.Hashing)
	}
	counts.know(r.Routes())
	return r, nil
}

func newEngine(trusted config.Proxies) (*gin.Engine, error) {
	gin.SetMode(gin.ReleaseMode) // gin has only this global switch; its debug mode prints every route
	r := gin.New()
	r.HandleMethodNotAllowed = true
	r.RedirectTrailingSlash = false
	r.RemoteIPHeaders = []string{"X-Forwarded-For"}
	if err := r.SetTrustedProxies(trusted.Strings()); err != nil {
		return nil, fmt.Errorf("trust proxies: %w", err)
	}
	return r, nil
}

// serveAdmins lists every JSON route for admins. Changes want a fresh sign-in.
func serveAdmins(h admin, office *gin.RouterGroup) {
	get(office, "/overview", h.Overview)
	get(office, "/events", h.Events)
	get(office, "/users", h.Users)
	get(office, "/users/:id", h.User)
	changes := office.Group("/", handle(requireFresh))
	changes.POST("/users/:id/disable", handle(h.Disable))
	changes.POST("/users/:id/enable", handle(h.Enable))
	changes.POST("/users/:id/role", handle(h.Role))
	changes.POST("/users/:id/unlock", handle(h.Unlock))
	changes.POST("/users/:id/password/forgot", handle(h.SendReset))
	changes.DELETE("/users/:id/sessions", handle(h.EndSessions))
}

// servePages lists every page. Nothing but a POST changes anything.
func servePages(h *pages, edge *gin.RouterGroup, withSession gin.HandlerFunc, hashing func() password.QueueStats) {
	get(edge, h.views.Style.Path, h.Style)
	get(edge, "/.well-known/change-password", h.ChangePassword)

	// For everybody. A form does not ask who sends it: an act finds out what it needs.
	open := edge.Group("/", handle(h.callers.know), withSession)
	forms := edge.Group("/", withSession)
	get(open, "/", h.Home)
	page(open, forms, "/login", login{h})
	page(open, forms, "/signup", signup{h})
	page(open, forms, "/logout", logout{h})
	page(open, forms, "/forgot", forgot{h, "forgot", "/forgot", mail.Reset, h.acts.askReset})
	page(open, forms, "/reset", reset{h})
	page(open, forms, "/verify", verify{h})
	page(open, forms, "/verify/resend", forgot{h, "verify_resend", "/verify/resend", mail.Verify, h.acts.askVerification})

	// For whoever is signed in.
	in := edge.Group("/account", handle(h.require), withSession)
	page(in, in, "", accountProfile{h})
	page(in, in, "/email", accountEmail{h})
	page(in, in, "/password", accountPassword{h})
	page(in, in, "/delete", accountDelete{h})
	page(in, in, "/sessions", accountSessions{h})
	get(in, "/security", accountSecurity{h}.Show)

	// For admins.
	office := edge.Group("/admin", handle(h.require), withSession, handle(requireAdmin))
	get(office, "", adminOverview{h, hashing}.Show)
	get(office, "/users", adminUsers{h}.Show)
	page(office, office, "/users/:id", adminAccount{h})
	get(office, "/events", adminEvents{h}.Show)
}

// page has a page shown behind one guard, and the form that is posted to it taken behind another.
func page(shown, taken gin.IRoutes, path string, p interface {
	Show(c *gin.Context) error
	Submit(c *gin.Context) error
},
) {
	get(shown, path, p.Show)
	taken.POST(path, handle(p.Submit))
}

// handle lets a handler return its error, which is answered in one place.
func handle(h func(*gin.Context) error) gin.HandlerFunc {
	return func(c *gin.Context) {
		if err := h(c); err != nil {
			fail(c, err)
		}
	}
}

// get also answers HEAD, as RFC 9110, 9.3.2 wants; net/http leaves out the body.
func get(r gin.IRoutes, path string, h func(*gin.Context) error) {
	r.GET(path, handle(h))
	r.HEAD(path, handle(h))
}
