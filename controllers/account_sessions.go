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

// accountSessions is the page that lists the own sessions and ends them.
type accountSessions struct{ *pages }

type accountSessionsPage struct {
	Sessions []accountSessionsEntry
	Others   bool // there is more than this one
}

type accountSessionsEntry struct {
	sessionEntry
	Device string // in words
	Token  bool   // a program holds it, not a browser
}

// Show answers GET /account/sessions.
func (h accountSessions) Show(c *gin.Context) error {
	list, err := h.acts.sessions(c)
	if err != nil {
		return err
	}
	p := accountSessionsPage{Others: len(list) > 1}
	for _, s := range list {
		p.Sessions = append(p.Sessions, accountSessionsEntry{s, h.device(s.UserAgent), s.Kind == session.Token})
	}
	slices.SortStableFunc(p.Sessions, func(a, b accountSessionsEntry) int {
		switch {
		case a.Current:
			return -1
		case b.Current:
			return 1
		}
		return 0
	})
	return h.show(c, http.StatusOK, "account_sessions", views.Page{Data: p})
}

// Submit answers POST /account/sessions: id ends one session, scope=others all but this one. One that has ended already
// is what the visitor wanted.
func (h accountSessions) Submit(c *gin.Context) error {
	f, err := readForm(c)
	if err != nil {
		return err
	}
	id, scope := f.text("id"), f.text("scope")
	switch {
	case scope == string(account.Others) && id == "":
		if err := h.acts.endOtherSessions(c); err != nil {
			return err
		}
		seeOther(c, "/account/sessions?done=ended-others")
		return nil
	case scope != "" || id == "":
		return malformed("it names no session")
	}
	if err := h.acts.endSession(c, id); err != nil && !errors.Is(err, session.ErrNotFound) {
		return err
	}
	if id == of(c).caller.Session.PublicID {
		seeOther(c, "/login?done=signed-out")
		return nil
	}
	seeOther(c, "/account/sessions?done=ended")
	return nil
}
