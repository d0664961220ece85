package controllers

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"gatehouse/views"
)

// newPassword is the page on which the own password is changed.
type newPassword struct{ *pages }

type newPasswordPage struct {
	Email     string // for password managers
	MinLength int    // of the new one
}

func (h newPassword) page(c *gin.Context) newPasswordPage {
	return newPasswordPage{of(c).caller.User.Email, h.users.accounts.PasswordMinLength()}
}

// Show answers GET /account/password.
func (h newPassword) Show(c *gin.Context) error {
	return h.show(c, http.StatusOK, "account_password", views.Page{Data: h.page(c)})
}

// Submit answers POST /account/password.
func (h newPassword) Submit(c *gin.Context) error {
	f, err := readForm(c)
	if err != nil {
		return err
	}
	p := h.page(c)
	h.again(c, "account_password", f, nil, func(refusal) any { return p })
	if err := h.users.changePassword(c, f); err != nil {
		return err
	}
	seeOther(c, "/account?done=password")
	return nil
}
