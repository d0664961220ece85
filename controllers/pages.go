package controllers

import (
	"net/http"

	"github.com/gin-contrib/sessions"
	"github.com/gin-gonic/gin"

	"gatehouse/models/user"
	"gatehouse/sessionstore"
	"gatehouse/views"
)

// pagePolicy lets a page have our style sheet and send its forms to us, and nothing else: no script at all (ASVS 3.4.3).
var pagePolicy = []string{"default-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; img-src 'self' data:; style-src 'self'"}

// originOnly lets a browser tell our origin and never a path. By no-referrer it would call the origin of our own forms null,
// and where it sends no Sec-Fetch-Site, over http or because it is old, they would be refused as those of another site.
var originOnly = []string{"strict-origin"}

// pages answers people, with HTML. Each page is a type with a file of its own, named after its route. Its Show answers GET. Its
// Submit answers POST: it reads the form, says by showAgain what is shown if something is wrong, calls the act that the JSON
// route calls, and sends the browser on by seeOther.
type pages struct {
	callers callers
	acts    acts
	views   *views.Views
}

// show answers with a page. Who is signed in, where the page is and what was done before are added to it.
func (h *pages) show(c *gin.Context, status int, name string, p views.Page) error {
	if u := viewer(c, status); u != nil {
		p.User, p.Admin = u.Email, u.Admin
	}
	p.Path = c.Request.URL.Path
	if done := c.Query("done"); done != "" && status == http.StatusOK && (name != "login" || p.User == "") {
		p.Notice, _ = h.views.Text(name + ".done." + done) // no text, no notice
	}
	html, err := h.views.Render(name, p)
	if err != nil {
		return err
	}
	c.Writer.Header()["Content-Security-Policy"] = pagePolicy
	c.Writer.Header()["Referrer-Policy"] = originOnly
	c.Data(status, "text/html; charset=utf-8", html)
	return nil
}

// viewer is whom a page is shown to, nil for a visitor. A page that refuses does not ask the database once more.
func viewer(c *gin.Context, status int) *user.User {
	if status != http.StatusOK {
		return of(c).caller.User
	}
	return signedInUser(c)
}

// signedInUser returns who is signed in, nil for a visitor.
func signedInUser(c *gin.Context) *user.User {
	if u := of(c).caller.User; u != nil {
		return u
	}
	if _, known := c.Get(sessions.DefaultKey); !known {
		return nil
	}
	if u, ok := sessions.Default(c).Get(sessionstore.UserKey).(user.User); ok {
		return &u
	}
	return nil
}

// seeOther sends the browser to a path of ours, so that going back or loading anew does not send a form twice.
func seeOther(c *gin.Context, path string) {
	c.Redirect(http.StatusSeeOther, path)
	c.Abort()
}

// Home answers GET /.
func (h *pages) Home(c *gin.Context) error {
	if signedInUser(c) == nil {
		seeOther(c, "/login")
	} else {
		seeOther(c, "/account")
	}
	return nil
}

// ChangePassword answers GET /.well-known/change-password, which password managers ask for.
func (*pages) ChangePassword(c *gin.Context) error {
	seeOther(c, "/account/password")
	return nil
}

// Style answers GET /gatehouse/style.css. Pages ask for it with its version, and that one never changes.
func (h *pages) Style(c *gin.Context) error {
	if c.Query("v") == h.views.Style.Version {
		c.Header("Cache-Control", "public, max-age=31536000, immutable")
	}
	c.Data(http.StatusOK, "text/css; charset=utf-8", h.views.Style.Text)
	return nil
}
