package controllers

import (
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"gatehouse/models/event"
	"gatehouse/views"
)

// security is the page with the history of the own account.
type security struct{ *pages }

type securityPage struct {
	Events []securityEntry
	Older  string // where the next page is, "" on the last
}

type securityEntry struct {
	At      time.Time
	What    string
	Device  string // in words, "" for what no visitor did
	IP      string
	Refused bool // somebody was not let in
}

// Show answers GET /account/security.
func (h security) Show(c *gin.Context) error {
	list, err := h.users.events(c)
	if err != nil {
		return err
	}
	p := securityPage{}
	for _, e := range list.Events {
		p.Events = append(p.Events, h.entry(e))
	}
	if list.Next != 0 {
		p.Older = "/account/security?before=" + strconv.FormatInt(list.Next, 10)
	}
	return h.show(c, http.StatusOK, "account_security", views.Page{Data: p})
}

func (h security) entry(e event.Listing) securityEntry {
	what, ok := h.views.Text("event." + string(e.Kind))
	if !ok {
		what = string(e.Kind) // a kind that a newer server wrote
	}
	entry := securityEntry{At: e.At, What: what, IP: e.IP, Refused: e.Kind.Refused()}
	if e.Actor == event.Visitor {
		entry.Device = h.device(e.UserAgent)
	}
	return entry
}
