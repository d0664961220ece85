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
	what, ok := h.views.Text("event." + string(e.Kind))
	if !ok {
		what = string(e.Kind) // a kind that a newer server wrote
	}
	return accountSecurityEntry{
		At: e.At, What: what, ByOperator: e.Actor != event.Visitor, Device: h.device(e.UserAgent), IP: e.IP, Refused: e.Kind.Refused(),
	}
}
