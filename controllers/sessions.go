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
	r := of(c)
	list, err := h.accounts.Sessions(c.Request.Context(), r.caller.User.ID, r.now)
	if err != nil {
		return err
	}
	entries := make([]sessionEntry, 0, len(list))
	for _, s := range list {
		entries = append(entries, sessionEntry{s.Listing(), s.PublicID == r.caller.Session.PublicID})
	}
	answer(c, http.StatusOK, sessionListing{entries})
	return nil
}

// EndSession answers DELETE /api/users/sessions/{id}. Another user's session is as unknown as one that never was.
func (h users) EndSession(c *gin.Context) error {
	if _, err := readForm(c); err != nil {
		return err
	}
	r, id := of(c), c.Param("id")
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
	say(c, "session ended")
	return nil
}

// EndOtherSessions answers DELETE /api/users/sessions.
func (h users) EndOtherSessions(c *gin.Context) error {
	if _, err := readForm(c); err != nil {
		return err
	}
	r := of(c)
	if err := h.accounts.EndOthers(c.Request.Context(), r.caller, r.now); err != nil {
		return err
	}
	note(c, event.OtherSessionsEnded, r.caller.User.ID)
	say(c, "other sessions ended")
	return nil
}
