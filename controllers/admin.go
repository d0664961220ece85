package controllers

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"gatehouse/models/password"
)

// admin answers the routes for those who look after other users.
type admin struct {
	acts
	queue func() password.QueueStats
}

// Overview answers GET /api/admin/overview.
func (h admin) Overview(c *gin.Context) error {
	is, err := h.activity(c, h.queue)
	if err != nil {
		return err
	}
	answer(c, http.StatusOK, is)
	return nil
}

// Users answers GET /api/admin/users.
func (h admin) Users(c *gin.Context) error {
	page, err := h.adminUsers(c)
	if err != nil {
		return err
	}
	answer(c, http.StatusOK, page)
	return nil
}

// User answers GET /api/admin/users/{id}.
func (h admin) User(c *gin.Context) error {
	u, err := h.adminUser(c)
	if err != nil {
		return err
	}
	answer(c, http.StatusOK, u)
	return nil
}

// Events answers GET /api/admin/events.
func (h admin) Events(c *gin.Context) error {
	q, err := readQuery(c, eventFilters...)
	if err != nil {
		return err
	}
	page, err := h.adminEvents(c, q)
	if err != nil {
		return err
	}
	answer(c, http.StatusOK, page)
	return nil
}

// Disable answers POST /api/admin/users/{id}/disable.
func (h admin) Disable(c *gin.Context) error {
	return h.change(c, "user disabled", func(*form) error { return h.setActive(c, false) })
}

// Enable answers POST /api/admin/users/{id}/enable.
func (h admin) Enable(c *gin.Context) error {
	return h.change(c, "user enabled", func(*form) error { return h.setActive(c, true) })
}

// Role answers POST /api/admin/users/{id}/role.
func (h admin) Role(c *gin.Context) error {
	return h.change(c, "role changed", func(f *form) error { return h.setRole(c, f) })
}

// SendReset answers POST /api/admin/users/{id}/password/forgot.
func (h admin) SendReset(c *gin.Context) error {
	return h.change(c, "link will be mailed", func(*form) error { return h.sendReset(c) })
}

// Unlock answers POST /api/admin/users/{id}/unlock.
func (h admin) Unlock(c *gin.Context) error {
	return h.change(c, "wrong passwords forgotten", func(*form) error { return h.unlock(c) })
}

// EndSessions answers DELETE /api/admin/users/{id}/sessions.
func (h admin) EndSessions(c *gin.Context) error {
	return h.change(c, "sessions ended", func(*form) error { return h.endSessionsOf(c) })
}

func (admin) change(c *gin.Context, done string, act func(*form) error) error {
	f, err := readForm(c)
	if err != nil {
		return err
	}
	if err := act(f); err != nil {
		return err
	}
	say(c, done)
	return nil
}
