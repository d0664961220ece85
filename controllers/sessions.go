package controllers

import (
	"errors"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"gatehouse/models/account"
	"gatehouse/models/session"
)

// sessionList lets users see and end their sessions (ASVS 7.5.2).
type sessionList struct {
	accounts *account.Accounts
	cookies  cookies
}

type sessionEntry struct {
	ID        string       `json:"id"`
	Kind      session.Kind `json:"kind"`
	IP        string       `json:"ip"`
	UserAgent string       `json:"userAgent"`
	Created   time.Time    `json:"created"`
	LastSeen  time.Time    `json:"lastSeen"`
	Expires   time.Time    `json:"expires"` // when it ends if nobody uses it
	Current   bool         `json:"current"`
}

type sessionListing struct {
	Sessions []sessionEntry `json:"sessions"`
}

// Show answers GET /api/users/sessions.
func (h sessionList) Show(c *gin.Context) {
	r := of(c)
	list, err := h.accounts.Sessions(c.Request.Context(), r.caller, r.now)
	if err != nil {
		fail(c, err)
		return
	}
	entries := make([]sessionEntry, 0, len(list))
	for _, s := range list {
		entries = append(entries, sessionEntry{
			ID: s.PublicID, Kind: s.Kind, IP: s.IP, UserAgent: s.UserAgent, Created: s.Created,
			LastSeen: s.LastSeen, Expires: s.IdleExpires, Current: s.PublicID == r.caller.Session.PublicID,
		})
	}
	answer(c, http.StatusOK, sessionListing{entries})
}

// Delete answers DELETE /api/users/sessions/{id}. Another user's session is as unknown as one that never was.
func (h sessionList) Delete(c *gin.Context) {
	caller, id := of(c).caller, c.Param("id")
	err := h.accounts.EndSession(c.Request.Context(), caller, id)
	if errors.Is(err, session.ErrNone) {
		err = errNotFound
	}
	if err != nil {
		fail(c, err)
		return
	}
	event(c, "session_ended", caller.User.ID)
	if id == caller.Session.PublicID {
		h.cookies.forget(c)
	}
	c.JSON(http.StatusOK, success{Success: true, Message: "session ended"})
}

// DeleteOthers answers DELETE /api/users/sessions.
func (h sessionList) DeleteOthers(c *gin.Context) {
	caller := of(c).caller
	if err := h.accounts.EndOthers(c.Request.Context(), caller); err != nil {
		fail(c, err)
		return
	}
	event(c, "other_sessions_ended", caller.User.ID)
	c.JSON(http.StatusOK, success{Success: true, Message: "other sessions ended"})
}
