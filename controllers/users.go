package controllers

import (
	"errors"
	"net/http"

	"github.com/gin-gonic/gin"

	"gatehouse/models/account"
	"gatehouse/models/user"
)

// users signs people up, in and out.
type users struct {
	accounts *account.Accounts
	cookies  cookies
}

// Signup answers POST /api/users/signup.
func (h users) Signup(c *gin.Context) {
	f, err := readForm(c)
	if err != nil {
		fail(c, err)
		return
	}
	in := account.Application{
		Email:    f.text("email"),
		Password: f.text("password"),
		Profile:  user.Profile{Name: f.optional("name"), Gender: f.optional("gender")},
	}
	if err := f.check(); err != nil {
		fail(c, err)
		return
	}
	done, err := h.accounts.SignUp(c.Request.Context(), in, h.cookies.visitor(c), of(c).now)
	if err != nil {
		fail(c, err)
		return
	}
	event(c, "sign_up", done.User.ID)
	h.cookies.signedIn(c, done)
	answer(c, http.StatusCreated, done.User)
}

// Login answers POST /api/users/login.
func (h users) Login(c *gin.Context) {
	f, err := readForm(c)
	if err != nil {
		fail(c, err)
		return
	}
	in := account.Credentials{Email: f.text("email"), Password: f.text("password"), Remember: f.flag("remember")}
	if err := f.check(); err != nil {
		fail(c, err)
		return
	}
	done, err := h.accounts.SignIn(c.Request.Context(), in, h.cookies.visitor(c), of(c).now)
	if errors.Is(err, account.ErrBadCredentials) {
		event(c, "sign_in_failed", 0)
	}
	if err != nil {
		fail(c, err)
		return
	}
	event(c, "sign_in", done.User.ID)
	h.cookies.signedIn(c, done)
	answer(c, http.StatusOK, done.User)
}

// Logout answers POST /api/users/logout, with success also for one who is not signed in. The cookie stays
// where the session could not be ended, so that the visitor can try again.
func (h users) Logout(c *gin.Context) {
	f, err := readForm(c)
	if err != nil {
		fail(c, err)
		return
	}
	scope := account.Local
	if s := f.optional("scope"); s != nil {
		scope = account.Scope(*s)
	}
	if scope != account.Local && scope != account.Others && scope != account.Global {
		f.problems["scope"] = "must be local, others or global"
	}
	if err := f.check(); err != nil {
		fail(c, err)
		return
	}
	ids, err := h.accounts.SignOut(c.Request.Context(), scope, h.cookies.visitor(c), of(c).now)
	if err != nil {
		fail(c, err)
		return
	}
	for _, id := range ids {
		event(c, "sign_out", id, "scope", scope)
	}
	if scope != account.Others {
		h.cookies.forget(c)
	}
	c.JSON(http.StatusOK, success{Success: true, Message: "user logout successfully"})
}
