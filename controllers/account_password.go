package controllers

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"gatehouse/views"
)

// accountPassword is the page on which the own password is changed.
type accountPassword struct{ *pages }

type accountPasswordPage struct {
	Email     string // for password managers
	MinLength int    // of the new one
}

func (h accountPassword) page(c *gin.Context) accountPasswordPage {
	return accountPasswordPage{of(c).caller.User.Email, h.acts.accounts.PasswordMinLength()}
}

// Show answers GET /account/password.
func (h accountPassword) Show(c *gin.Context) error {
	return h.show(c, http.StatusOK, "account_password", views.Page{Data: h.page(c)})
}

// Submit answers POST /account/password.
func (h accountPassword) Submit(c *gin.Context) error {
	f, err := readForm(c)
	if err != nil {
		return err
	}
	p := h.page(c)
	h.showAgain(c, "account_password", nil, func(answered) any { return p })
	if err := h.acts.changePassword(c, f); err != nil {
		return err
	}
	seeOther(c, "/account?done=password")
	return nil
}
