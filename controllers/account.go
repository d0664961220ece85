package controllers

import (
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"gatehouse/models/user"
	"gatehouse/views"
)

// profile is the page of the own account: what the user says of themselves, and the way to what needs the password.
type profile struct{ *pages }

type profilePage struct {
	Email      string
	LastSignIn time.Time
	Created    time.Time // zero where an older program made the account
}

func profileOf(u user.User) profilePage {
	p := profilePage{Email: u.Email}
	if u.LastLogin != nil {
		p.LastSignIn = *u.LastLogin
	}
	if u.Created != nil {
		p.Created = *u.Created
	}
	return p
}

// Show answers GET /account.
func (h profile) Show(c *gin.Context) error {
	u := *of(c).caller.User
	form := views.Form{Values: map[string]string{"name": textOf(u.Name), "gender": textOf(u.Gender)}}
	return h.show(c, http.StatusOK, "account", views.Page{Form: form, Data: profileOf(u)})
}

// Submit answers POST /account.
func (h profile) Submit(c *gin.Context) error {
	f, err := readForm(c)
	if err != nil {
		return err
	}
	u := *of(c).caller.User
	h.again(c, "account", f, []string{"name", "gender"}, func(refusal) any { return profileOf(u) })
	if _, err := h.users.update(c, f); err != nil {
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
