package controllers

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"gatehouse/views"
)

// farewell is the page on which people delete their account.
type farewell struct{ *pages }

type farewellPage struct{ Email string }

// Show answers GET /account/delete.
func (h farewell) Show(c *gin.Context) error {
	return h.show(c, http.StatusOK, "account_delete", views.Page{Data: farewellPage{of(c).caller.User.Email}})
}

// Submit answers POST /account/delete.
func (h farewell) Submit(c *gin.Context) error {
	f, err := readForm(c)
	if err != nil {
		return err
	}
	p := farewellPage{of(c).caller.User.Email}
	h.again(c, "account_delete", f, nil, func(refusal) any { return p })
	if err := h.prove(c, f); err != nil {
		return err
	}
	if err := h.users.leave(c); err != nil {
		return err
	}
	seeOther(c, "/login?done=deleted")
	return nil
}
