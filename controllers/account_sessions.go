package controllers

import (
	"errors"
	"net/http"
	"slices"

	"github.com/gin-gonic/gin"

	"gatehouse/models/account"
	"gatehouse/models/session"
	"gatehouse/views"
)

// devices is the page that lists the own sessions and ends them.
type devices struct{ *pages }

type devicesPage struct {
	Sessions []devicesEntry
	Others   bool // there is more than this one
}

type devicesEntry struct {
	sessionEntry
	Device string // in words
	Token  bool   // a program holds it, not a browser
}

// Show answers GET /account/sessions.
func (h devices) Show(c *gin.Context) error {
	list, err := h.users.sessions(c)
	if err != nil {
		return err
	}
	p := devicesPage{Others: len(list) > 1}
	for _, s := range list {
		at := len(p.Sessions)
		if s.Current {
			at = 0
		}
		p.Sessions = slices.Insert(p.Sessions, at, devicesEntry{s, h.device(s.UserAgent), s.Kind == session.Token})
	}
	return h.show(c, http.StatusOK, "account_sessions", views.Page{Data: p})
}

// Submit answers POST /account/sessions: id ends one session, scope=others all but this one. One that has ended already
// is what the visitor wanted.
func (h devices) Submit(c *gin.Context) error {
	f, err := readForm(c)
	if err != nil {
		return err
	}
	id, scope := f.text("id"), f.text("scope")
	switch {
	case scope == string(account.Others) && id == "":
		if err := h.users.endOtherSessions(c); err != nil {
			return err
		}
		seeOther(c, "/account/sessions?done=ended-others")
		return nil
	case scope != "" || id == "":
		return malformed("it names no session")
	}
	if err := h.users.endSession(c, id); err != nil && !errors.Is(err, errNotFound) {
		return err
	}
	if id == of(c).caller.Session.PublicID {
		seeOther(c, "/login?done=signed-out")
		return nil
	}
	seeOther(c, "/account/sessions?done=ended")
	return nil
}
