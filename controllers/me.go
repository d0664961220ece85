package controllers

import (
	"errors"
	"net/http"

	"github.com/gin-gonic/gin"

	"gatehouse/models/account"
	"gatehouse/models/event"
	"gatehouse/models/user"
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
	u, err := h.update(c, f)
	if err != nil {
		return err
	}
	answer(c, http.StatusOK, u)
	return nil
}

// update changes what the caller says of themselves.
func (h users) update(c *gin.Context, f *form) (user.User, error) {
	changes := account.Changes{Name: f.change("name"), Gender: f.change("gender")}
	if err := f.check(); err != nil {
		return user.User{}, err
	}
	r := of(c)
	u, err := h.accounts.UpdateProfile(c.Request.Context(), r.caller, changes, r.now)
	if err == nil && len(changes.Fields()) > 0 {
		note(c, event.ProfileChanged, u.ID)
	}
	return u, err
}

// Delete answers DELETE /api/users/me.
func (h users) Delete(c *gin.Context) error {
	if _, err := readForm(c); err != nil {
		return err
	}
	if err := h.leave(c); err != nil {
		return err
	}
	say(c, "account deleted")
	return nil
}

// leave deletes the caller's account.
func (h users) leave(c *gin.Context) error {
	r := of(c)
	if err := h.accounts.Leave(c.Request.Context(), r.caller, r.now); err != nil {
		return err
	}
	note(c, event.AccountDeleted, r.caller.User.ID)
	h.cookies.forget(c)
	return nil
}

// Reauthenticate answers POST /api/users/reauthenticate.
func (h users) Reauthenticate(c *gin.Context) error {
	f, err := readForm(c)
	if err != nil {
		return err
	}
	if err := h.reauthenticate(c, f); err != nil {
		return err
	}
	answer(c, http.StatusOK, of(c).caller.User)
	return nil
}

// reauthenticate makes the caller's session a fresh one, with their password.
func (h users) reauthenticate(c *gin.Context, f *form) error {
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
	h.renewed(c, event.Reauthenticated, done)
	return nil
}

// ChangePassword answers POST /api/users/password.
func (h users) ChangePassword(c *gin.Context) error {
	f, err := readForm(c)
	if err != nil {
		return err
	}
	if err := h.changePassword(c, f); err != nil {
		return err
	}
	answer(c, http.StatusOK, of(c).caller.User)
	return nil
}

// changePassword gives the caller a new password. A wrong current one is a mistake in a field here, not a 401: the visitor
// stays signed in.
func (h users) changePassword(c *gin.Context, f *form) error {
	current, next := f.text("currentPassword"), f.text("newPassword")
	if err := f.check(); err != nil {
		return err
	}
	r := of(c)
	done, err := h.accounts.ChangePassword(c.Request.Context(), r.caller, h.cookies.visitor(c), current, next, r.now)
	if errors.Is(err, account.ErrBadCredentials) {
		note(c, event.PasswordChangeFailed, r.caller.User.ID)
		return wrongPassword("currentPassword")
	}
	if err != nil {
		return err
	}
	h.renewed(c, event.PasswordChanged, done)
	return nil
}

// wrongPassword is a password that is not right where a wrong one signs nobody out.
func wrongPassword(field string) error {
	return &account.InvalidError{Fields: map[string]string{field: "is not right"}}
}

// renewed sends the new secret that an act gave the session. The rest of the request is the caller's with it.
func (h users) renewed(c *gin.Context, kind event.Kind, done account.SignedIn) {
	note(c, kind, done.User.ID)
	of(c).caller = done.Current
	h.cookies.signedIn(c, done)
}
