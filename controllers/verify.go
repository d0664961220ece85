package controllers

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"gatehouse/views"
)

// verify is the page that the link in a mail leads to, to confirm an address.
type verify struct{ *pages }

type verifyPage struct {
	Token    string // of the link; "" where there is none, or where it opens nothing
	Dead     bool   // it opens nothing
	Password bool   // is asked for
}

// Show answers GET /verify. It does not look at the token: programs that look into mails open links, too, and often.
func (h verify) Show(c *gin.Context) error {
	return h.show(c, http.StatusOK, "verify", views.Page{Data: verifyPage{Token: c.Query("token"), Password: h.acts.accounts.ConfirmRequired()}})
}

// Submit answers POST /verify.
func (h verify) Submit(c *gin.Context) error {
	f, err := readForm(c)
	if err != nil {
		return err
	}
	p := verifyPage{Token: f.text("token"), Password: h.acts.accounts.ConfirmRequired()}
	h.showAgain(c, "verify", nil, func(is answered) any {
		if is.code == "link_invalid" {
			p.Token, p.Dead = "", true
		}
		return p
	})
	u, err := h.acts.confirmEmail(c, f)
	if err != nil {
		return err
	}
	if here := signedInUser(c); here != nil && here.ID == u.ID {
		seeOther(c, "/account?done=verified")
	} else {
		seeOther(c, "/login?done=verified")
	}
	return nil
}
