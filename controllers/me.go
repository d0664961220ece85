package controllers

import (
	"net/http"

	"github.com/gin-gonic/gin"
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
