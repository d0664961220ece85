package controllers

import (
	"fmt"
	"net/http"

	"github.com/gin-gonic/gin"

	"gatehouse/db"
)

// health tells those who run the server how it is.
type health struct {
	ready func(*http.Request) error
}

type condition struct {
	Status string `json:"status"`
}

// Live answers GET /healthz: the process answers, whatever its database does.
func (health) Live(c *gin.Context) { c.JSON(http.StatusOK, condition{"ok"}) }

// Ready answers GET /readyz: the database answers, its tables are up to date, and the server is not stopping.
func (h health) Ready(c *gin.Context) {
	if err := h.ready(c.Request); err != nil {
		fail(c, fmt.Errorf("%w: %w", db.ErrUnavailable, err))
		return
	}
	c.JSON(http.StatusOK, condition{"ready"})
}
