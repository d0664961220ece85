package controllers

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"gatehouse/models/password"
	"gatehouse/views"
)

// adminOverview is the page that tells admins what happened lately.
type adminOverview struct {
	*pages
	queue func() password.QueueStats
}

type adminOverviewPage struct {
	hashing
	Sessions    int64
	Hours, Days views.Chart
	Networks    []network
}

// Show answers GET /admin.
func (h adminOverview) Show(c *gin.Context) error {
	is, err := h.acts.activity(c, h.queue)
	if err != nil {
		return err
	}
	p := adminOverviewPage{hashing: is.Hashing, Sessions: is.Sessions, Networks: is.Networks}
	if p.Hours, err = h.views.Chart("admin.hours", drawn(is.Hours), false); err != nil {
		return err
	}
	if p.Days, err = h.views.Chart("admin.days", drawn(is.Days), true); err != nil {
		return err
	}
	return h.show(c, http.StatusOK, "admin", views.Page{Data: p})
}

func drawn(spans []span) []views.Span {
	bars := make([]views.Span, len(spans))
	for i, s := range spans {
		bars[i] = views.Span{At: s.At, Good: s.SignIns, Bad: s.Failures}
	}
	return bars
}
