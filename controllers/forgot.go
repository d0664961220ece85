package controllers

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"gatehouse/models/mail"
	"gatehouse/views"
)

// forgot is the page on which somebody asks for a link to choose a new password. It looks alike for every address.
type forgot struct{ *pages }

type forgotPage struct{ Lasts string } // how long the link is good, in words

func (h forgot) page() forgotPage { return forgotPage{h.views.Span(mail.Reset.LinkLife())} }

// Show answers GET /forgot.
func (h forgot) Show(c *gin.Context) error {
	return h.show(c, http.StatusOK, "forgot", views.Page{Data: h.page()})
}

// Submit answers POST /forgot.
func (h forgot) Submit(c *gin.Context) error {
	f, err := readForm(c)
	if err != nil {
		return err
	}
	h.again(c, "forgot", f, []string{"email"}, func(refusal) any { return h.page() })
	if err := h.users.askReset(c, f); err != nil {
		return err
	}
	seeOther(c, "/forgot?done=mailed")
	return nil
}
