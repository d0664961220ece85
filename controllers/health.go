package controllers

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/gin-gonic/gin"

	"gatehouse/db"
)

// health tells those who run the server how it is.
type health struct {
	ready   func(context.Context) error
	proxies *proxyCheck
}

type condition struct {
	Status   string   `json:"status"`
	Warnings []string `json:"warnings,omitempty"`
}

// Live answers GET /healthz: the process answers, whatever its database does.
func (health) Live(c *gin.Context) error {
	c.JSON(http.StatusOK, condition{Status: "ok"})
	return nil
}

// Ready answers GET /readyz: the database answers, its tables are up to date, and the server is not stopping. What
// the operator should look at is told beside it.
func (h health) Ready(c *gin.Context) error {
	err := h.ready(c.Request.Context())
	if err != nil && !errors.Is(err, db.ErrUnavailable) {
		err = fmt.Errorf("%w: %w", db.ErrUnavailable, err)
	}
	if err != nil {
		return err
	}
	c.JSON(http.StatusOK, condition{"ready", h.proxies.warnings()})
	return nil
}
