package controllers

import (
	"errors"
	"net/http"

	"github.com/gin-gonic/gin"

	"gatehouse/models/event"
	"gatehouse/models/session"
)

type sessionEntry struct {
	session.Listing
	Current bool `json:"current"`
}

type sessionListing struct {
	Sessions []sessionEntry `json:"sessions"`
}

// Sessions answers GET /api/users/sessions (ASVS 7.5.2).
func (h users) Sessions(c *gin.Context) error {
	entries, err := h.sessions(c)
	if err != nil {
		return err
	}
	answer(c, http.StatusOK, sessionListing{entries})
	return nil
}

// sessions lists those of the caller, the newest first.
func (h users) sessions(c *gin.Context) ([]sessionEntry, error) {
	r := of(c)
	list, err := h.accounts.Sessions(c.Request.Context(), r.caller.User.ID, r.now)
	entries := make([]sessionEntry, 0, len(list))
	for _, s := range list {
		entries = append(entries, sessionEntry{s.Listing(), s.PublicID == r.caller.Session.PublicID})
	}
	return entries, err
}

// EndSession answers DELETE /api/users/sessions/{id}. Another user's session is as unknown as one that never was.
func (h users) EndSession(c *gin.Context) error {
	if _, err := readForm(c); err != nil {
		return err
	}
	if err := h.endSession(c, c.Param("id")); err != nil {
		return err
	}
	say(c, "session ended")
	return nil
}

// endSession ends one of the caller's; errNotFound if there is none.
func (h users) endSession(c *gin.Context, id string) error {
	r := of(c)
	err := h.accounts.EndSession(c.Request.Context(), r.caller, id, r.now)
	if errors.Is(err, session.ErrNotFound) {
		return errNotFound
	}
	if err != nil {
		return err
	}
	note(c, event.SessionEnded, r.caller.User.ID)
	if id == r.caller.Session.PublicID {
		h.cookies.forget(c)
	}
	return nil
}

// EndOtherSessions answers DELETE /api/users/sessions.
func (h users) EndOtherSessions(c *gin.Context) error {
	if _, err := readForm(c); err != nil {
		return err
	}
	if err := h.endOtherSessions(c); err != nil {
		return err
	}
	say(c, "other sessions ended")
	return nil
}

func (h users) endOtherSessions(c *gin.Context) error {
	r := of(c)
	if err := h.accounts.EndOthers(c.Request.Context(), r.caller, r.now); err != nil {
		return err
	}
	note(c, event.OtherSessionsEnded, r.caller.User.ID)
	return nil
}
