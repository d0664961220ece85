package controllers

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/gin-contrib/sessions"
	"github.com/gin-gonic/gin"

	"gatehouse/models/session"
	"gatehouse/models/user"
	"gatehouse/sessionstore"
	"gatehouse/views"
)

// pagePolicy lets a page have our style sheet and send its forms to us, and nothing else: no script at all (ASVS 3.4.3).
var pagePolicy = []string{"default-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; img-src 'self' data:; style-src 'self'"}

// pages answers people, with HTML. What a page does is done by the same methods as for programs; the two differ in how they
// read and answer.
type pages struct {
	callers callers
	users   users
	views   *views.Views
}

// routes lists every page. Nothing but a POST changes anything.
func (h *pages) routes(edge *gin.RouterGroup, withSession gin.HandlerFunc) {
	visitors := edge.Group("/", handle(h.callers.know), withSession)
	posts := edge.Group("/", withSession)

	get(edge, views.StylePath, h.Style)
	get(edge, "/.well-known/change-password", h.ChangePassword)
	get(visitors, "/", h.Home)
	withForm(visitors, posts, "/login", login{h})
	withForm(visitors, posts, "/signup", signup{h})
	withForm(visitors, posts, "/logout", logout{h})
	withForm(visitors, posts, "/forgot", forgot{h})
	withForm(visitors, posts, "/reset", reset{h})
	withForm(visitors, posts, "/verify", verify{h})
	withForm(visitors, posts, "/verify/resend", resend{h})

	// For whoever is signed in.
	in := edge.Group("/account", handle(h.require), withSession)
	withForm(in, in, "", profile{h})
	withForm(in, in, "/email", newEmail{h})
	withForm(in, in, "/password", newPassword{h})
	withForm(in, in, "/delete", farewell{h})
	withForm(in, in, "/sessions", devices{h})
	get(in, "/security", security{h}.Show)
}

// formPage is one that GET shows and whose form is posted to itself.
type formPage interface {
	Show(c *gin.Context) error
	Submit(c *gin.Context) error
}

// withForm has a page shown behind one guard, and its form taken behind another.
func withForm(shown, taken gin.IRoutes, path string, p formPage) {
	get(shown, path, p.Show)
	taken.POST(path, handle(p.Submit))
}

// show answers with a page. Who is signed in, where the page is and what was done before are added to it.
func (h *pages) show(c *gin.Context, status int, name string, p views.Page) error {
	if u := shownTo(c, status); u != nil {
		p.User = u.Email
	}
	p.Path = c.Request.URL.Path
	if done := c.Query("done"); done != "" && status == http.StatusOK {
		p.Notice, _ = h.views.Text(name + ".done." + done) // no text, no notice
	}
	html, err := h.views.Render(name, p)
	if err != nil {
		return err
	}
	c.Writer.Header()["Content-Security-Policy"] = pagePolicy
	c.Data(status, "text/html; charset=utf-8", html)
	return nil
}

// shownTo returns who a page is shown to, nil for a visitor. A page that refuses does not ask the database once more.
func shownTo(c *gin.Context, status int) *user.User {
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

// require lets only somebody signed in pass. Others are sent to sign in, and come back to the page.
func (h *pages) require(c *gin.Context) error {
	err := h.callers.require(c)
	if absent(err) {
		toLogin(c, errors.Is(err, session.ErrExpired))
		return nil
	}
	return err
}

// toLogin sends somebody to sign in who then comes back here.
func toLogin(c *gin.Context, expired bool) {
	to := withNext("/login", c.Request.URL.Path)
	if expired {
		to += "&done=expired"
	}
	seeOther(c, to)
}

// seeOther sends the browser to a path of ours, so that going back or loading anew does not send a form twice.
func seeOther(c *gin.Context, path string) {
	c.Redirect(http.StatusSeeOther, path)
	c.Abort()
}

// landing is where somebody who signed in goes: the path of this site that was asked for, or its start, which is the guarded
// app's where a proxy sends it there, and else leads to their account.
func landing(next string) string {
	path, _ := localPath(next)
	return path
}

// withNext returns a page of ours that leads on to a path; to the start, where that is not said.
func withNext(page, next string) string {
	if next == "/" {
		return page
	}
	return page + "?" + url.Values{"next": {next}}.Encode()
}

// again makes a refusal show the page of the form once more, with what is wrong beside it: what was typed into the fields
// to keep, and data, made for this refusal. Call it before the act.
func (h *pages) again(c *gin.Context, name string, f *form, keep []string, data func(refusal) any) {
	of(c).again = func(is refusal, fields map[string]string) bool {
		if is.status == http.StatusUnauthorized && is.code != "invalid_credentials" {
			toLogin(c, is.code == "session_expired")
			return true
		}
		if !formStatus(is) {
			return false
		}
		p := views.Page{Form: views.Form{Values: map[string]string{}, Problems: map[string]string{}, Problem: h.problem(c, is)}}
		for _, k := range keep {
			p.Form.Values[k] = f.text(k)
		}
		for k, sentence := range fields {
			p.Form.Problems[k] = h.views.Sentence(sentence)
		}
		if field, ok := beside[is.code]; ok {
			p.Form.Problems[field], _ = h.views.Text("beside." + is.code)
		}
		if data != nil {
			p.Data = data(is)
		}
		return h.shown(c, is.status, name, p)
	}
}

// shown is show for what is a refusal already: where that fails, the log gets the cause.
func (h *pages) shown(c *gin.Context, status int, name string, p views.Page) bool {
	err := h.show(c, status, name, p)
	if err != nil {
		of(c).cause = err
	}
	return err == nil
}

// beside names the field that a refusal is about, by its code; the text "beside.CODE" is what is wrong with it.
var beside = map[string]string{"email_taken": "email"}

// formStatus tells mistakes, and what may pass when it is tried once more, from requests that no form of ours sends.
func formStatus(is refusal) bool {
	switch is.status {
	case http.StatusUnauthorized, http.StatusConflict, http.StatusUnprocessableEntity, http.StatusTooManyRequests, http.StatusServiceUnavailable:
		return true
	}
	return is.code == "email_unverified"
}

// problem tells people why they are refused: the text "problem.CODE", which may tell how long to wait.
func (h *pages) problem(c *gin.Context, is refusal) string {
	wait, _ := time.ParseDuration(c.Writer.Header().Get("Retry-After") + "s") // 0 where there is none
	if text, ok := h.views.Text("problem."+is.code, h.views.Span(wait)); ok {
		return text
	}
	return h.views.Sentence(is.message) + "."
}

type errorPage struct{ Title, Sentence, RequestID string }

// showError answers a refusal with a page, and returns false if that is not for people or cannot be done.
func (h *pages) showError(c *gin.Context, is refusal) bool {
	if h == nil || !forPeople(c.Request) {
		return false
	}
	title, ok := h.views.Text("error.title." + is.code)
	if !ok {
		title, _ = h.views.Text("error.title")
	}
	return h.shown(c, is.status, "error", views.Page{Data: errorPage{title, h.problem(c, is), of(c).id}})
}

// forProgramsOnly always answer JSON, and so does all that is below them.
var forProgramsOnly = []string{"/api", "/auth", "/.well-known", "/healthz", "/readyz"}

// forPeople tells whether a browser shows the answer to somebody.
func forPeople(r *http.Request) bool {
	program := slices.ContainsFunc(forProgramsOnly, func(prefix string) bool {
		rest, ok := strings.CutPrefix(r.URL.Path, prefix)
		return ok && (rest == "" || rest[0] == '/')
	})
	return !program && strings.Contains(r.Header.Get("Accept"), "text/html")
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
func (*pages) Style(c *gin.Context) error {
	if c.Query("v") == views.StyleVersion() {
		c.Header("Cache-Control", "public, max-age=31536000, immutable")
	}
	c.Data(http.StatusOK, "text/css; charset=utf-8", views.Style())
	return nil
}
