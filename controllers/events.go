package controllers

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"gatehouse/models/event"
)

// eventsPage is how many events one answer shows.
const eventsPage = 50

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
	list, err := h.accounts.Events(c.Request.Context(), of(c).caller, before, eventsPage+1)
	if err != nil {
		return eventListing{}, err
	}
	page := eventListing{Events: make([]event.Listing, 0, eventsPage)}
	for i, e := range list {
		if i == eventsPage {
			page.Next = list[i-1].ID
			break
		}
		page.Events = append(page.Events, e.Listing())
	}
	return page, nil
}
