package controllers

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"gatehouse/views"
)

// signup is the page that people make an account on.
type signup struct{ *pages }

type signupPage struct {
	Next      string // where to go afterwards
	SignIn    string // where to sign in instead
	MinLength int    // of a password
	Taken     bool   // somebody has the address
	Sent      bool   // a mail, which tells how to go on
}

func (h signup) page(next string) signupPage {
	next = landing(next)
	return signupPage{Next: next, SignIn: withNext("/login", next), MinLength: h.acts.accounts.PasswordMinLength()}
}

// Show answers GET /signup.
func (h signup) Show(c *gin.Context) error {
	if err := h.acts.accounts.CheckSignup(); err != nil {
		return err
	}
	p := h.page(c.Query("next"))
	p.Sent = c.Query("done") == "mailed"
	return h.show(c, http.StatusOK, "signup", views.Page{Data: p})
}

// Submit answers POST /signup. Where the address has to be confirmed first, the page only tells that a mail was sent.
func (h signup) Submit(c *gin.Context) error {
	f, err := h.acts.readSignUp(c)
	if err != nil {
		return err
	}
	p := h.page(f.text("next"))
	h.showAgain(c, "signup", f.typed("email", "name"), func(is answered) any {
		p.Taken = is.code == "email_taken"
		return p
	})
	u, err := h.acts.signUp(c, f)
	if err != nil {
		return err
	}
	if u == nil {
		seeOther(c, "/signup?done=mailed")
	} else {
		seeOther(c, p.Next)
	}
	return nil
}
