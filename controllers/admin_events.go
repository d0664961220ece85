package controllers

import (
	"errors"
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"gatehouse/models/account"
	"gatehouse/models/event"
	"gatehouse/models/user"
	"gatehouse/views"
)

// adminEvents is the page with the history of all accounts.
type adminEvents struct{ *pages }

type adminEventsPage struct {
	Kinds  []adminEventsKind
	Events []adminEventsEntry
	Older  string // where the next page is, "" on the last
}

type adminEventsKind struct {
	Kind   event.Kind
	Text   string
	Chosen bool
}

type adminEventsEntry struct {
	At               time.Time
	What, By, Detail string
	UserID           int64
	Refused          bool
}

// Show answers GET /admin/events. A filter that is left empty is none.
func (h adminEvents) Show(c *gin.Context) error {
	q, err := readQuery(c, eventFilters...)
	if err != nil {
		return err
	}
	typed := map[string]string{"user": q.values["user"], "since": q.values["since"]}
	p := adminEventsPage{Kinds: h.kinds(q.values["kind"])}
	maps.DeleteFunc(q.values, func(_, value string) bool { return value == "" })
	if err := h.byAddress(c, q); err != nil {
		return err
	}
	list, err := h.acts.adminEvents(c, q)
	if _, invalid := errors.AsType[*account.InvalidError](err); invalid {
		is := refusalOf(err)
		return h.show(c, is.status, "admin_events", views.Page{Form: h.formOf(is, typed), Data: p})
	}
	if err != nil {
		return err
	}
	for _, e := range list.Events {
		p.Events = append(p.Events, h.entry(e))
	}
	if list.Next != 0 {
		p.Older = older(q, list.Next)
	}
	return h.show(c, http.StatusOK, "admin_events", views.Page{Form: views.Form{Values: typed}, Data: p})
}

func (h adminEvents) kinds(chosen string) []adminEventsKind {
	var kinds []adminEventsKind
	for _, kind := range event.Kinds {
		kinds = append(kinds, adminEventsKind{kind, h.happened(kind), string(kind) == chosen})
	}
	return kinds
}

// byAddress puts the id of a user in the place of their address.
func (h adminEvents) byAddress(c *gin.Context, q query) error {
	address := q.values["user"]
	if !strings.Contains(address, "@") {
		return nil
	}
	u, err := h.acts.accounts.Lookup(c.Request.Context(), address)
	if errors.Is(err, user.ErrNotFound) || errors.Is(err, user.ErrAmbiguous) {
		delete(q.values, "user")
		q.problems["user"] = "must be the address of one account"
		return nil
	}
	if err != nil {
		return err
	}
	q.values["user"] = strconv.FormatInt(u.ID, 10)
	return nil
}

// older is where the events before these are, by the same filters.
func older(q query, next int64) string {
	values := url.Values{}
	for name, value := range q.values {
		values.Set(name, value)
	}
	values.Set("before", strconv.FormatInt(next, 10))
	return "/admin/events?" + values.Encode()
}

func (h adminEvents) entry(e event.Event) adminEventsEntry {
	shown := adminEventsEntry{At: e.At, What: h.happened(e.Kind), Detail: e.Detail, UserID: e.UserID, Refused: e.Kind.Refused()}
	key := "admin_events.by." + string(e.Actor)
	if e.Actor == event.Admin {
		shown.By, _ = h.views.Text(key, e.ActorID)
	} else {
		shown.By, _ = h.views.Text(key, h.device(e.UserAgent), e.IP)
	}
	return shown
}
