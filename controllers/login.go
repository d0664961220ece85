package controllers

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"gatehouse/views"
)

// login is the page that people sign in on. Another app's form on this origin may post to it, too.
type login struct{ *pages }

type loginPage struct {
	Next       string // where to go afterwards
	SignUp     string // where to make an account, "" where strangers may not
	Unverified bool   // the address has to be confirmed first
}

func (h login) page(next string) loginPage {
	p := loginPage{Next: landing(next)}
	if h.acts.accounts.CheckSignup() == nil {
		p.SignUp = withNext("/signup", p.Next)
	}
	return p
}

// Show answers GET /login. Somebody who is signed in already is told so, and not sent on: a proxy that does not see the cookie
// would send them back at once. The notices of what was done are not for them.
func (h login) Show(c *gin.Context) error {
	return h.show(c, http.StatusOK, "login", views.Page{Data: h.page(c.Query("next"))})
}

// Submit answers POST /login.
func (h login) Submit(c *gin.Context) error {
	f, err := readForm(c)
	if err != nil {
		return err
	}
	p := h.page(f.text("next"))
	typed := f.typed("email")
	if f.flag("remember") {
		typed["remember"] = "true"
	}
	h.showAgain(c, "login", typed, func(is answered) any {
		p.Unverified = is.code == "email_unverified"
		return p
	})
	if _, err := h.acts.signIn(c, f); err != nil {
		return err
	}
	seeOther(c, p.Next)
	return nil
}
