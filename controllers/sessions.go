package controllers

import (
	"errors"
	"net/http"

	"github.com/gin-gonic/gin"

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

// EndSession answers DELETE /api/users/sessions/{id}. Another user's session is as unknown as one that never was.
func (h users) EndSession(c *gin.Context) error {
	if _, err := readForm(c); err != nil {
		return err
	}
	err := h.endSession(c, c.Param("id"))
	if errors.Is(err, session.ErrNotFound) {
		return errNotFound
	}
	if err != nil {
		return err
	}
	say(c, "session ended")
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
