package controllers

import (
	"errors"

	"github.com/gin-gonic/gin"

	"gatehouse/models/account"
	"gatehouse/models/event"
	"gatehouse/models/user"
)

// update changes what the caller says of themselves.
func (h acts) update(c *gin.Context, f *form) (user.User, error) {
	if err := refuseJSONAsForm(c); err != nil {
		return user.User{}, err
	}
	changes := account.Changes{Name: f.change("name"), Gender: f.change("gender")}
	if err := f.check(); err != nil {
		return user.User{}, err
	}
	r := of(c)
	u, err := h.accounts.UpdateProfile(c.Request.Context(), r.caller, changes, r.now)
	if err != nil {
		return user.User{}, err
	}
	if len(changes.Fields()) > 0 {
		note(c, event.ProfileChanged, u.ID)
	}
	return u, nil
}

// leave deletes the caller's account.
func (h acts) leave(c *gin.Context) error {
	r := of(c)
	if err := h.accounts.Leave(c.Request.Context(), r.caller, r.now); err != nil {
		return err
	}
	note(c, event.AccountDeleted, r.caller.User.ID)
	h.cookies.forget(c)
	return nil
}

// reauthenticate makes the caller's session a fresh one, with their password.
func (h acts) reauthenticate(c *gin.Context, f *form) error {
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

// changePassword gives the caller a new password. A wrong current one is a mistake in a field here, not a 401: the visitor
// stays signed in.
func (h acts) changePassword(c *gin.Context, f *form) error {
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
func (h acts) renewed(c *gin.Context, kind event.Kind, done account.SignedIn) {
	note(c, kind, done.User.ID)
	of(c).caller = done.Current
	h.cookies.signedIn(c, done)
}

// sessions lists those of the caller, the newest first.
func (h acts) sessions(c *gin.Context) ([]sessionEntry, error) {
	r := of(c)
	list, err := h.accounts.Sessions(c.Request.Context(), r.caller.User.ID, r.now)
	if err != nil {
		return nil, err
	}
	entries := make([]sessionEntry, 0, len(list))
	for _, s := range list {
		entries = append(entries, sessionEntry{s.Listing(), s.PublicID == r.caller.Session.PublicID})
	}
	return entries, nil
}

// endSession ends one of the caller's; session.ErrNotFound if there is none.
func (h acts) endSession(c *gin.Context, id string) error {
	r := of(c)
	err := h.accounts.EndSession(c.Request.Context(), r.caller, id, r.now)
	if err != nil {
		return err
	}
	note(c, event.SessionEnded, r.caller.User.ID)
	if id == r.caller.Session.PublicID {
		h.cookies.forget(c)
	}
	return nil
}

func (h acts) endOtherSessions(c *gin.Context) error {
	r := of(c)
	if err := h.accounts.EndOthers(c.Request.Context(), r.caller, r.now); err != nil {
		return err
	}
	note(c, event.OtherSessionsEnded, r.caller.User.ID)
	return nil
}
