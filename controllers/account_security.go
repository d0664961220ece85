package controllers

import (
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"gatehouse/models/event"
	"gatehouse/views"
)

// accountSecurity is the page with the history of the own account.
type accountSecurity struct{ *pages }

type accountSecurityPage struct {
	Events []accountSecurityEntry
	Older  string // where the next page is, "" on the last
}

type accountSecurityEntry struct {
	At         time.Time
	What       string
	ByOperator bool   // or by a server, and no visitor
	Device     string // in words
	IP         string
	Refused    bool // somebody was not let in
}

// Show answers GET /account/security.
func (h accountSecurity) Show(c *gin.Context) error {
	list, err := h.acts.events(c)
	if err != nil {
		return err
	}
	p := accountSecurityPage{}
	for _, e := range list.Events {
		p.Events = append(p.Events, h.entry(e))
	}
	if list.Next != 0 {
		p.Older = "/account/security?before=" + strconv.FormatInt(list.Next, 10)
	}
	return h.show(c, http.StatusOK, "account_security", views.Page{Data: p})
}

func (h accountSecurity) entry(e event.Listing) accountSecurityEntry {
	return accountSecurityEntry{
		At: e.At, What: h.happened(e.Kind), ByOperator: e.Actor != event.Visitor, Device: h.device(e.UserAgent), IP: e.IP, Refused: e.Kind.Refused(),
	}
}

// happened tells in words what an event is.
func (h *pages) happened(kind event.Kind) string {
	text, ok := h.views.Text("event." + string(kind))
	if !ok {
		return string(kind) // a kind that a newer server wrote
	}
	return text
}
