package controllers

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"gatehouse/models/mail"
	"gatehouse/views"
)

// forgot is a page on which somebody asks for a mail with a link: /forgot, to choose a new password, and /verify/resend, to
// confirm an address. It looks alike for every address.
type forgot struct {
	*pages
	name string // of its view and its texts
	path string
	kind mail.Kind
	ask  func(*gin.Context, *form) error
}

type forgotPage struct {
	Sent  bool
	Lasts string // how long the link is good, in words
}

func (h forgot) page(sent bool) forgotPage { return forgotPage{sent, h.views.Span(h.kind.LinkLife())} }

// Show answers GET /forgot and GET /verify/resend.
func (h forgot) Show(c *gin.Context) error {
	return h.show(c, http.StatusOK, h.name, views.Page{Data: h.page(c.Query("done") == "mailed")})
}

// Submit answers POST /forgot and POST /verify/resend.
func (h forgot) Submit(c *gin.Context) error {
	f, err := readForm(c)
	if err != nil {
		return err
	}
	h.showAgain(c, h.name, f.typed("email"), func(answered) any { return h.page(false) })
	if err := h.ask(c, f); err != nil {
		return err
	}
	seeOther(c, h.path+"?done=mailed")
	return nil
}
