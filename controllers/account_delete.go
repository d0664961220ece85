package controllers

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"gatehouse/views"
)

// accountDelete is the page on which people delete their account.
type accountDelete struct{ *pages }

type accountDeletePage struct{ Email string }

// Show answers GET /account/delete.
func (h accountDelete) Show(c *gin.Context) error {
	return h.show(c, http.StatusOK, "account_delete", views.Page{Data: accountDeletePage{of(c).caller.User.Email}})
}

// Submit answers POST /account/delete.
func (h accountDelete) Submit(c *gin.Context) error {
	f, err := readForm(c)
	if err != nil {
		return err
	}
	p := accountDeletePage{of(c).caller.User.Email}
	h.showAgain(c, "account_delete", nil, func(answered) any { return p })
	if err := h.prove(c, f); err != nil {
		return err
	}
	if err := h.acts.leave(c); err != nil {
		return err
	}
	seeOther(c, "/login?done=deleted")
	return nil
}
