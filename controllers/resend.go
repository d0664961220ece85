package controllers

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"gatehouse/models/mail"
	"gatehouse/views"
)

// resend is the page on which somebody asks for another link to confirm an address. It looks alike for every address.
type resend struct{ *pages }

type resendPage struct{ Lasts string } // how long the link is good, in words

func (h resend) page() resendPage { return resendPage{h.views.Span(mail.Verify.LinkLife())} }

// Show answers GET /verify/resend.
func (h resend) Show(c *gin.Context) error {
	return h.show(c, http.StatusOK, "verify_resend", views.Page{Data: h.page()})
}

// Submit answers POST /verify/resend.
func (h resend) Submit(c *gin.Context) error {
	f, err := readForm(c)
	if err != nil {
		return err
	}
	h.again(c, "verify_resend", f, []string{"email"}, func(refusal) any { return h.page() })
	if err := h.users.askVerification(c, f); err != nil {
		return err
	}
	seeOther(c, "/verify/resend?done=mailed")
	return nil
}
