package controllers

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
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
	p, form := adminEventsPage{}, views.Form{Values: map[string]string{"user": q.values["user"], "since": q.values["since"]}}
	for _, kind := range event.Kinds {
		text, _ := h.views.Text("event." + string(kind))
		p.Kinds = append(p.Kinds, adminEventsKind{kind, text, string(kind) == q.values["kind"]})
	}
	for name, value := range q.values {
		if value == "" {
			delete(q.values, name)
		}
	}
	if err := h.byAddress(c, q); err != nil {
		return err
	}
	list, err := h.acts.adminEvents(c, q)
	if _, invalid := errors.AsType[*account.InvalidError](err); invalid {
		is := refusalOf(err)
		wrong := h.formOf(is, form.Values)
		return h.show(c, is.status, "admin_events", views.Page{Form: wrong, Data: p})
	}
	if err != nil {
		return err
	}
	for _, e := range list.Events {
		p.Events = append(p.Events, h.entry(e))
	}
	if list.Next != 0 {
		next := url.Values{"before": {strconv.FormatInt(list.Next, 10)}}
		for _, name := range []string{"user", "kind", "since"} {
			if q.values[name] != "" {
				next.Set(name, q.values[name])
			}
		}
		p.Older = "/admin/events?" + next.Encode()
	}
	return h.show(c, http.StatusOK, "admin_events", views.Page{Form: form, Data: p})
}

// byAddress puts the id of a user in the place of their address.
func (h adminEvents) byAddress(c *gin.Context, q query) error {
	name := q.values["user"]
	if _, err := strconv.ParseInt(name, 10, 64); name == "" || err == nil {
		return nil
	}
	u, err := h.acts.accounts.Lookup(c.Request.Context(), name)
	if err == nil {
		q.values["user"] = strconv.FormatInt(u.ID, 10)
		return nil
	}
	if errors.Is(err, user.ErrNotFound) || errors.Is(err, user.ErrAmbiguous) {
		return nil // it is told to be no number
	}
	return err
}

func (h adminEvents) entry(e event.Event) adminEventsEntry {
	shown := adminEventsEntry{At: e.At, What: string(e.Kind), Detail: e.Detail, UserID: e.UserID, Refused: e.Kind.Refused()}
	if text, ok := h.views.Text("event." + string(e.Kind)); ok {
		shown.What = text
	}
	key := "admin_events.by." + string(e.Actor)
	if e.Actor == event.Admin {
		shown.By, _ = h.views.Text(key, e.ActorID)
	} else {
		shown.By, _ = h.views.Text(key, h.device(e.UserAgent), e.IP)
	}
	return shown
}
