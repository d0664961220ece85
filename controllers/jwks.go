package controllers

import (
	"fmt"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"gatehouse/models/token"
)

// jwks publishes the keys that tokens are signed with.
type jwks struct {
	keys *token.Keys
}

type keySet struct {
	Keys []token.JWK `json:"keys"`
}

// Show answers GET /.well-known/jwks.json (RFC 7517, 5). It may be kept for less time than a new key is published
// before it signs.
func (h jwks) Show(c *gin.Context) error {
	c.Header("Cache-Control", fmt.Sprintf("public, max-age=%d", int(token.CacheFor/time.Second)))
	c.JSON(http.StatusOK, keySet{h.keys.Published(of(c).now)})
	return nil
}
