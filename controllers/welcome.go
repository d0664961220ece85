package controllers

import (
	"net/http"
	"net/url"

	"github.com/gin-gonic/gin"
)

// welcome tells a person who opens the address in a browser what this is and what to try.
func welcome(base *url.URL) gin.HandlerFunc {
	site := base.String()
	text := "This is Gatehouse: it signs people in to web apps and keeps their sessions.\n\n" +
		"Sign up, and keep the cookie in a file:\n" +
		"  curl -c jar " + site + "/api/users/signup -d email=you@example.com -d 'password=correct horse'\n\n" +
		"Sign in, see who you are, sign out:\n" +
		"  curl -c jar -b jar " + site + "/api/users/login -d email=you@example.com -d 'password=correct horse'\n" +
		"  curl -b jar " + site + "/api/users/me\n" +
		"  curl -c jar -b jar -X POST " + site + "/api/users/logout\n"
	return func(c *gin.Context) { c.String(http.StatusOK, "%s", text) }
}
