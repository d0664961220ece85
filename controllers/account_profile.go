package controllers

import (
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"gatehouse/models/user"
	"gatehouse/views"
)

// accountProfile is the page of the own account: what the user says of themselves, and the way to what needs the password.
type accountProfile struct{ *pages }

type accountProfilePage struct {
	Email      string
	LastSignIn time.Time
	Created    time.Time // zero where an older program made the account
}

func profileOf(u user.User) accountProfilePage {
	p := accountProfilePage{Email: u.Email}
	if u.LastLogin != nil {
		p.LastSignIn = *u.LastLogin
	}
	if u.Created != nil {
		p.Created = *u.Created
	}
	return p
}

// Show answers GET /account.
func (h accountProfile) Show(c *gin.Context) error {
	u := *of(c).caller.User
	form := views.Form{Values: map[string]string{"name": textOf(u.Name), "gender": textOf(u.Gender)}}
	return h.show(c, http.StatusOK, "account", views.Page{Form: form, Data: profileOf(u)})
}

// Submit answers POST /account.
func (h accountProfile) Submit(c *gin.Context) error {
	f, err := readForm(c)
	if err != nil {
		return err
	}
	u := *of(c).caller.User
	h.showAgain(c, "account", f.typed("name", "gender"), func(answered) any { return profileOf(u) })
	if _, err := h.acts.update(c, f); err != nil {
		return err
	}
	seeOther(c, "/account?done=saved")
	return nil
}

func textOf(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
