package controllers

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/gin-contrib/sessions"
	"github.com/gin-gonic/gin"

	"gatehouse/config"
	"gatehouse/models/account"
	"gatehouse/models/session"
	"gatehouse/sessionstore"
)

// cookies writes and reads the session cookie (ASVS 3.3.1 to 3.3.4). Over https its name starts with __Host-,
// so that no other host and no plain http can set it, and a cookie of the plain name is ignored.
type cookies struct {
	name    string
	secure  bool
	browser time.Duration // how long a browser is known
}

func newCookies(cfg config.Config) cookies {
	return cookies{name: cfg.CookieName(), secure: cfg.Secure(), browser: cfg.Limits.DeviceLifetime}
}

// browserName is the name of the cookie that tells one browser from another. It opens nothing: by it, a browser that has
// signed in before is let try while strangers guess. It stays at logout.
func (k cookies) browserName() string { return k.name + "-device" }

// options are the attributes of a cookie; a life of zero leaves out Max-Age.
func (k cookies) options(life time.Duration) sessions.Options {
	return sessions.Options{Path: "/", MaxAge: int(life / time.Second), Secure: k.secure, HttpOnly: true, SameSite: http.SameSiteLaxMode}
}

// visitor returns who sends a request, before anybody looks up who that is.
func (k cookies) visitor(c *gin.Context) account.Visitor {
	r := of(c)
	return account.Visitor{Secrets: k.secrets(c), Browser: k.browserSecret(c), Device: deviceOf(c.Request), Proxied: r.proxied}
}

// browserSecret is "" where there is none; of several, of which somebody has planted one, none counts.
func (k cookies) browserSecret(c *gin.Context) session.Secret {
	secrets := sessionstore.Secrets(c.Request, k.browserName())
	if len(secrets) != 1 {
		return ""
	}
	return secrets[0]
}

func (k cookies) secrets(c *gin.Context) []session.Secret {
	return sessionstore.Secrets(c.Request, k.name)
}

// signedIn sends the secret of a session that has just begun or got a new one, and lets sessions.Default show it. Who
// holds tokens gets no secret and no cookie.
func (k cookies) signedIn(c *gin.Context, in account.SignedIn) {
	if in.Secret == "" {
		return
	}
	k.set(c, k.name, string(in.Secret), k.options(in.CookieLife(of(c).now)))
	if in.Browser != "" {
		k.set(c, k.browserName(), string(in.Browser), k.options(k.browser))
	}
	k.present(c, &in.Current)
}

// present lets sessions.Default show this session for the rest of the request.
func (k cookies) present(c *gin.Context, current *account.Current) {
	of(c).session.Show(k.name, current)
}

// withhold makes sessions.Default empty, and impossible to save, for the rest of the request.
func (k cookies) withhold(c *gin.Context) { of(c).session.Withhold(k.name) }

// forget makes the browser drop the cookie and what it cached of this site while signed in (ASVS 14.3.1). The cookie of
// a request that came with tokens is not touched.
func (k cookies) forget(c *gin.Context) {
	if of(c).tokens.any {
		return
	}
	k.set(c, k.name, "", k.options(-time.Second))
	k.present(c, &account.Current{})
	c.Header("Clear-Site-Data", `"cache"`)
}

// set sends one cookie of a name, the last (RFC 6265, 4.1.1).
func (k cookies) set(c *gin.Context, name, value string, o sessions.Options) {
	h := c.Writer.Header()
	h["Set-Cookie"] = slices.DeleteFunc(h["Set-Cookie"], func(set string) bool { return strings.HasPrefix(set, name+"=") })
	http.SetCookie(c.Writer, sessionstore.Cookie(name, value, o.ToGorillaOptions()))
}
