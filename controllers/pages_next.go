package controllers

import (
	"errors"
	"net/url"

	"github.com/gin-gonic/gin"

	"gatehouse/models/session"
)

// require lets only somebody signed in pass. Others are sent to sign in, and come back to the page.
func (h *pages) require(c *gin.Context) error {
	err := h.callers.require(c)
	if absent(err) {
		toLogin(c, errors.Is(err, session.ErrExpired))
		return nil
	}
	return err
}

// toLogin sends somebody to sign in who then comes back here.
func toLogin(c *gin.Context, expired bool) {
	query := url.Values{"next": {c.Request.URL.Path}}
	if expired {
		query.Set("done", "expired")
	}
	seeOther(c, "/login?"+query.Encode())
}

// landing is where somebody goes after signing in: the path of this site that was asked for, or else /, which a proxy may give to
// the app that it guards, and which leads to their account where it does not.
func landing(next string) string {
	path, _ := localPath(next)
	return path
}

// withNext returns a page of ours that leads on to a path; to the start, where that is not said.
func withNext(page, next string) string {
	if next == "/" {
		return page
	}
	return page + "?" + url.Values{"next": {next}}.Encode()
}
