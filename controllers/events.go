package controllers

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"gatehouse/models/event"
)

type eventListing struct {
	Events []event.Listing `json:"events"`
	Next   int64           `json:"next,omitempty"` // what before has to be for the events after these; 0 if there are none
}

// Events answers GET /api/users/events: the caller's own history, the newest first.
func (h users) Events(c *gin.Context) error {
	page, err := h.events(c)
	if err != nil {
		return err
	}
	answer(c, http.StatusOK, page)
	return nil
}

// events lists a page of the caller's history.
func (h acts) events(c *gin.Context) (eventListing, error) {
	q, err := readQuery(c, "before")
	if err != nil {
		return eventListing{}, err
	}
	before := q.number("before")
	if err := q.check(); err != nil {
		return eventListing{}, err
	}
	list, err := h.accounts.Events(c.Request.Context(), of(c).caller, before, pageSize+1)
	if err != nil {
		return eventListing{}, err
	}
	list, next := firstPage(list, func(e event.Event) int64 { return e.ID })
	page := eventListing{Events: make([]event.Listing, 0, len(list)), Next: next}
	for _, e := range list {
		page.Events = append(page.Events, e.Listing())
	}
	return page, nil
}
