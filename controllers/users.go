package controllers

import (
	"errors"
	"net/http"

	"github.com/gin-gonic/gin"

	"gatehouse/models/account"
	"gatehouse/models/user"
)

// users answers /api/users: people sign up, in and out, and look after their own account and sessions.
type users struct {
	accounts *account.Accounts
	cookies  cookies
}

// Signup answers POST /api/users/signup.
func (h users) Signup(c *gin.Context) error {
	f, err := readForm(c)
	if err != nil {
		return err
	}
	in := account.Application{
		Email:    f.text("email"),
		Password: f.text("password"),
		Profile:  user.Profile{Name: f.optional("name"), Gender: f.optional("gender")},
	}
	if err := f.check(); err != nil {
		return err
	}
	done, err := h.accounts.SignUp(c.Request.Context(), in, h.cookies.visitor(c), of(c).now)
	if err != nil {
		return err
	}
	event(c, "sign_up", done.User.ID)
	h.cookies.signedIn(c, done)
	answer(c, http.StatusCreated, done.User)
	return nil
}

// Login answers POST /api/users/login.
func (h users) Login(c *gin.Context) error {
	f, err := readForm(c)
	if err != nil {
		return err
	}
	in := account.Credentials{Email: f.text("email"), Password: f.text("password"), Remember: f.flag("remember")}
	if err := f.check(); err != nil {
		return err
	}
	done, err := h.accounts.SignIn(c.Request.Context(), in, h.cookies.visitor(c), of(c).now)
	if errors.Is(err, account.ErrBadCredentials) {
		event(c, "sign_in_failed", 0)
	}
	if err != nil {
		return err
	}
	event(c, "sign_in", done.User.ID)
	h.cookies.signedIn(c, done)
	answer(c, http.StatusOK, done.User)
	return nil
}

// Logout answers POST /api/users/logout, with success also for one who is not signed in. The cookie stays
// where the session could not be ended, so that the visitor can try again.
func (h users) Logout(c *gin.Context) error {
	f, err := readForm(c)
	if err != nil {
		return err
	}
	scope, err := account.ParseScope(f.text("scope"))
	if err := errors.Join(f.check(), err); err != nil {
		return err
	}
	ids, err := h.accounts.SignOut(c.Request.Context(), scope, h.cookies.visitor(c), of(c).now)
	if err != nil {
		return err
	}
	for _, id := range ids {
		event(c, "sign_out", id, "scope", scope)
	}
	if scope != account.Others {
		h.cookies.forget(c)
	}
	say(c, "user logout successfully")
	return nil
}
