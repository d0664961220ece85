package controllers

import (
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"gatehouse/openapi"
)

// docsPolicy lets the page of the description run the script that is served here, which makes styles of its own and a worker for
// the search, and allows nothing else. No other page has this policy.
var docsPolicy = []string{"default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; script-src 'self'; " +
	"style-src 'unsafe-inline'; connect-src 'self'; img-src 'self' data:; worker-src blob:"}

// description tells programmers what the JSON routes take and answer.
type description struct{ openapi.Description }

// Show answers GET /openapi.json.
func (h description) Show(c *gin.Context) error {
	c.Data(http.StatusOK, asJSON[0], h.JSON)
	return nil
}

// Docs answers GET /docs.
func (h description) Docs(c *gin.Context) error {
	c.Writer.Header()["Content-Security-Policy"] = docsPolicy
	c.Data(http.StatusOK, "text/html; charset=utf-8", h.Page)
	return nil
}

// Script answers GET /gatehouse/redoc.js. The page asks for it with its version, and that one never changes.
func (h description) Script(c *gin.Context) error {
	text := h.Description.Script
	if takesGzip(c.GetHeader("Accept-Encoding")) {
		c.Header("Content-Encoding", "gzip")
	} else {
		var err error
		if text, err = h.PlainScript(); err != nil {
			return err
		}
	}
	c.Header("Vary", "Accept-Encoding")
	if c.Query("v") == h.Version {
		c.Header("Cache-Control", "public, max-age=31536000, immutable")
	}
	c.Data(http.StatusOK, "text/javascript; charset=utf-8", text)
	return nil
}

// takesGzip reads an Accept-Encoding header (RFC 9110, 12.5.3). Whoever names gzip with a weight has to name one above zero.
func takesGzip(accepted string) bool {
	for coding := range strings.SplitSeq(accepted, ",") {
		name, weight, _ := strings.Cut(coding, ";")
		if strings.EqualFold(strings.TrimSpace(name), "gzip") {
			weight = strings.ReplaceAll(weight, " ", "")
			return strings.Trim(strings.TrimPrefix(weight, "q="), "0.") != "" || weight == ""
		}
	}
	return false
}
