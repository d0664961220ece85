package controllers

import (
	"errors"
	"net/http"

	"github.com/gin-gonic/gin"

	"gatehouse/models/account"
	"gatehouse/views"
)

// newEmail is the page on which the own address is changed.
type newEmail struct{ *pages }

type newEmailPage struct{ Email string } // the one so far

// Show answers GET /account/email.
func (h newEmail) Show(c *gin.Context) error {
	return h.show(c, http.StatusOK, "account_email", views.Page{Data: newEmailPage{of(c).caller.User.Email}})
}

// Submit answers POST /account/email. The password is asked for on the page itself, also of who has just given it.
func (h newEmail) Submit(c *gin.Context) error {
	f, err := readForm(c)
	if err != nil {
		return err
	}
	p := newEmailPage{of(c).caller.User.Email}
	h.again(c, "account_email", f, []string{"newEmail"}, func(refusal) any { return p })
	if err := h.prove(c, f); err != nil {
		return err
	}
	if err := h.users.askEmailChange(c, f); err != nil {
		return err
	}
	seeOther(c, "/account?done=email-asked")
	return nil
}

// prove is reauthenticate, by the password in a form that asks for more: a wrong one is a mistake in a field.
func (h *pages) prove(c *gin.Context, f *form) error {
	err := h.users.reauthenticate(c, f)
	if errors.Is(err, account.ErrBadCredentials) {
		return wrongPassword("password")
	}
	return err
}
