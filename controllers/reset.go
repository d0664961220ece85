package controllers

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"gatehouse/views"
)

// reset is the page that the link in a mail leads to, to choose a new password.
type reset struct{ *pages }

type resetPage struct {
	Token     string // of the link; "" where there is none, or where it opens nothing
	Dead      bool   // it opens nothing
	MinLength int    // of a password
}

func (h reset) page(token string) resetPage {
	return resetPage{Token: token, MinLength: h.acts.accounts.PasswordMinLength()}
}

// Show answers GET /reset. It does not look at the token: programs that look into mails open links, too, and often.
func (h reset) Show(c *gin.Context) error {
	return h.show(c, http.StatusOK, "reset", views.Page{Data: h.page(c.Query("token"))})
}

// Submit answers POST /reset.
func (h reset) Submit(c *gin.Context) error {
	f, err := readForm(c)
	if err != nil {
		return err
	}
	p := h.page(f.text("token"))
	h.showAgain(c, "reset", nil, func(is answered) any {
		if is.code == "link_invalid" {
			p.Token, p.Dead = "", true
		}
		return p
	})
	if err := h.acts.resetPassword(c, f); err != nil {
		return err
	}
	seeOther(c, "/login?done=reset")
	return nil
}
