package controllers

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"gatehouse/models/account"
)

// me is the signed-in user's own account.
type me struct {
	accounts *account.Accounts
	cookies  cookies
}

// Show answers GET /api/users/me.
func (me) Show(c *gin.Context) { answer(c, http.StatusOK, of(c).caller.User) }

// Update answers PATCH /api/users/me.
func (h me) Update(c *gin.Context) {
	f, err := readForm(c)
	if err != nil {
		fail(c, err)
		return
	}
	changes := account.Changes{Name: f.change("name"), Gender: f.change("gender")}
	if err := f.check(); err != nil {
		fail(c, err)
		return
	}
	u, err := h.accounts.UpdateProfile(c.Request.Context(), of(c).caller, changes)
	if err != nil {
		fail(c, err)
		return
	}
	answer(c, http.StatusOK, u)
}

// Delete answers DELETE /api/users/me.
func (h me) Delete(c *gin.Context) {
	caller := of(c).caller
	if err := h.accounts.Leave(c.Request.Context(), caller); err != nil {
		fail(c, err)
		return
	}
	event(c, "account_deleted", caller.User.ID)
	h.cookies.forget(c)
	c.JSON(http.StatusOK, success{Success: true, Message: "account deleted"})
}
