package controllers

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"gatehouse/models/account"
	"gatehouse/views"
)

// logout is the page that people sign out on, for a link from an app: a link alone must change nothing.
type logout struct{ *pages }

// Show answers GET /logout, with the same button for everybody.
func (h logout) Show(c *gin.Context) error {
	return h.show(c, http.StatusOK, "logout", views.Page{})
}

// Submit answers POST /logout, also of somebody who is not signed in.
func (h logout) Submit(c *gin.Context) error {
	given, _, err := readTokensAndForm(c)
	if err != nil {
		return err
	}
	h.showAgain(c, "logout", nil, nil)
	if err := h.acts.signOut(c, given, account.Local); err != nil {
		return err
	}
	seeOther(c, "/login?done=signed-out")
	return nil
}
