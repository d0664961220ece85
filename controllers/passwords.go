package controllers

import (
	"errors"
	"net/http"

	"github.com/gin-gonic/gin"

	"gatehouse/models/account"
)

// passwords proves and changes the signed-in user's password.
type passwords struct {
	accounts *account.Accounts
	cookies  cookies
}

// Reauthenticate answers POST /api/users/reauthenticate.
func (h passwords) Reauthenticate(c *gin.Context) {
	f, err := readForm(c)
	if err != nil {
		fail(c, err)
		return
	}
	plain := f.text("password")
	if err := f.check(); err != nil {
		fail(c, err)
		return
	}
	r := of(c)
	done, err := h.accounts.Reauthenticate(c.Request.Context(), r.caller, plain, r.now)
	h.finish(c, "reauthenticate", done, err)
}

// Change answers POST /api/users/password. The wrong current password is a mistake in a field here, not a 401:
// the visitor stays signed in.
func (h passwords) Change(c *gin.Context) {
	f, err := readForm(c)
	if err != nil {
		fail(c, err)
		return
	}
	current, next := f.text("currentPassword"), f.text("newPassword")
	if err := f.check(); err != nil {
		fail(c, err)
		return
	}
	r := of(c)
	done, err := h.accounts.ChangePassword(c.Request.Context(), r.caller, current, next, r.now)
	if errors.Is(err, account.ErrBadCredentials) {
		event(c, "password_change_failed", r.caller.User.ID)
		err = &account.Invalid{Fields: map[string]string{"currentPassword": "is not right"}}
	}
	h.finish(c, "password_changed", done, err)
}

// finish answers an act that gave the session a new secret.
func (h passwords) finish(c *gin.Context, act string, done account.SignedIn, err error) {
	if errors.Is(err, account.ErrBadCredentials) {
		event(c, act+"_failed", of(c).caller.User.ID)
	}
	if err != nil {
		fail(c, err)
		return
	}
	event(c, act, done.User.ID)
	h.cookies.signedIn(c, done)
	answer(c, http.StatusOK, done.User)
}
