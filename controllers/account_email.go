package controllers

import (
	"errors"
	"net/http"

	"github.com/gin-gonic/gin"

	"gatehouse/models/account"
	"gatehouse/views"
)

// accountEmail is the page on which the own address is changed.
type accountEmail struct{ *pages }

type accountEmailPage struct{ Email string } // the one so far

// Show answers GET /account/email.
func (h accountEmail) Show(c *gin.Context) error {
	return h.show(c, http.StatusOK, "account_email", views.Page{Data: accountEmailPage{of(c).caller.User.Email}})
}

// Submit answers POST /account/email. The password is asked for on the page itself, also of who has just given it.
func (h accountEmail) Submit(c *gin.Context) error {
	f, err := readForm(c)
	if err != nil {
		return err
	}
	p := accountEmailPage{of(c).caller.User.Email}
	h.showAgain(c, "account_email", f.typed("newEmail"), func(answered) any { return p })
	if err := h.check(c, f); err != nil {
		return err
	}
	if err := h.prove(c, f); err != nil {
		return err
	}
	if err := h.acts.askEmailChange(c, f); err != nil {
		return err
	}
	seeOther(c, "/account?done=email-asked")
	return nil
}

// check tells of every mistake before the password is looked at.
func (h accountEmail) check(c *gin.Context, f *form) error {
	err := h.acts.accounts.CheckNewEmail(of(c).caller, f.text("newEmail"))
	if invalid, ok := errors.AsType[*account.InvalidError](err); ok && f.text("password") == "" {
		invalid.Fields["password"] = "is required"
	}
	return err
}

// prove is reauthenticate, by the password in a form that asks for more: a wrong one is a mistake in a field.
func (h *pages) prove(c *gin.Context, f *form) error {
	err := h.acts.reauthenticate(c, f)
	if errors.Is(err, account.ErrBadCredentials) {
		return wrongPassword("password")
	}
	return err
}
