package controllers

import (
	"errors"
	"net/http"

	"github.com/gin-gonic/gin"

	"gatehouse/models/account"
	"gatehouse/models/event"
)

// Show answers GET /api/users/me.
func (users) Show(c *gin.Context) error {
	caller := of(c).caller
	if caller.Shown != nil {
		answerShown(c, caller.Shown)
		return nil
	}
	answer(c, http.StatusOK, caller.User)
	return nil
}

// Update answers PATCH /api/users/me.
func (h users) Update(c *gin.Context) error {
	f, err := readForm(c)
	if err != nil {
		return err
	}
	changes := account.Changes{Name: f.change("name"), Gender: f.change("gender")}
	if err := f.check(); err != nil {
		return err
	}
	r := of(c)
	u, err := h.accounts.UpdateProfile(c.Request.Context(), r.caller, changes, r.now)
	if err != nil {
		return err
	}
	if len(changes.Fields()) > 0 {
		note(c, event.ProfileChanged, u.ID)
	}
	answer(c, http.StatusOK, u)
	return nil
}

// Delete answers DELETE /api/users/me.
func (h users) Delete(c *gin.Context) error {
	if _, err := readForm(c); err != nil {
		return err
	}
	r := of(c)
	if err := h.accounts.Leave(c.Request.Context(), r.caller, r.now); err != nil {
		return err
	}
	note(c, event.AccountDeleted, r.caller.User.ID)
	h.cookies.forget(c)
	say(c, "account deleted")
	return nil
}

// Reauthenticate answers POST /api/users/reauthenticate.
func (h users) Reauthenticate(c *gin.Context) error {
	f, err := readForm(c)
	if err != nil {
		return err
	}
	plain := f.text("password")
	if err := f.check(); err != nil {
		return err
	}
	r := of(c)
	done, err := h.accounts.Reauthenticate(c.Request.Context(), r.caller, h.cookies.visitor(c), plain, r.now)
	if errors.Is(err, account.ErrBadCredentials) {
		note(c, event.ReauthenticationFailed, r.caller.User.ID)
	}
	if err != nil {
		return err
	}
	return h.renewed(c, event.Reauthenticated, done)
}

// ChangePassword answers POST /api/users/password. A wrong current password is a mistake in a field here, not a
// 401: the visitor stays signed in.
func (h users) ChangePassword(c *gin.Context) error {
	f, err := readForm(c)
	if err != nil {
		return err
	}
	current, next := f.text("currentPassword"), f.text("newPassword")
	if err := f.check(); err != nil {
		return err
	}
	r := of(c)
	done, err := h.accounts.ChangePassword(c.Request.Context(), r.caller, h.cookies.visitor(c), current, next, r.now)
	if errors.Is(err, account.ErrBadCredentials) {
		note(c, event.PasswordChangeFailed, r.caller.User.ID)
		return &account.InvalidError{Fields: map[string]string{"currentPassword": "is not right"}}
	}
	if err != nil {
		return err
	}
	return h.renewed(c, event.PasswordChanged, done)
}

// renewed answers an act that gave the session a new secret.
func (h users) renewed(c *gin.Context, kind event.Kind, done account.SignedIn) error {
	note(c, kind, done.User.ID)
	h.cookies.signedIn(c, done)
	answer(c, http.StatusOK, done.User)
	return nil
}
