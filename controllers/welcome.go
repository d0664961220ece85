package controllers

import (
	"net/http"
	"net/url"

	"github.com/gin-contrib/sessions"
	"github.com/gin-gonic/gin"

	"gatehouse/models/user"
	"gatehouse/sessionstore"
)

// welcome tells a person who opens the address in a browser what this is and what to try.
type welcome struct {
	base *url.URL
}

// Show answers GET / and GET /login.
func (h welcome) Show(c *gin.Context) error {
	who := "You are not signed in."
	if u, ok := sessions.Default(c).Get(sessionstore.UserKey).(user.User); ok {
		who = "You are signed in as " + u.Email + "."
	}
	site := h.base.String()
	c.String(http.StatusOK, "%s", "This is Gatehouse: it signs people in to web apps and keeps their sessions.\n"+who+"\n\n"+
		"Sign up, and keep the cookie in a file:\n"+
		"  curl -c jar "+site+"/api/users/signup -d email=you@example.com -d 'password=correct horse'\n\n"+
		"Sign in, see who you are, sign out:\n"+
		"  curl -c jar -b jar "+site+"/api/users/login -d email=you@example.com -d 'password=correct horse'\n"+
		"  curl -b jar "+site+"/api/users/me\n"+
		"  curl -c jar -b jar -X POST "+site+"/api/users/logout\n")
	return nil
}
