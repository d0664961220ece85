package controllers

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/gin-gonic/gin"

	"gatehouse/models/account"
	"gatehouse/models/event"
)

// maxBody is the most bytes that any route takes.
const maxBody = 64 << 10

// What secureHeaders sends, made once: the values of a header are never changed, only replaced.
var (
	nosniff        = []string{"nosniff"}
	contentPolicy  = []string{"default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox"}
	noReferrer     = []string{"no-referrer"}
	toSameOrigin   = []string{"same-origin"}
	noStore        = []string{"no-store"}
	aYearOverHTTPS = []string{"max-age=31536000"}
)

// secureHeaders makes every answer inert in a browser, also one that is opened as a page of its own, and keeps
// it out of caches and frames (ASVS 3.2.1, 3.4.1 to 3.4.8, 14.3.2).
func secureHeaders(https bool) gin.HandlerFunc {
	return func(c *gin.Context) {
		h := c.Writer.Header()
		if len(c.Request.TransferEncoding) > 0 {
			// Beside a Content-Length, which net/http passes over, the connection must not be used again (RFC 9112, 6.1).
			h.Set("Connection", "close")
		}
		h["X-Content-Type-Options"] = nosniff
		h["Content-Security-Policy"] = contentPolicy
		h["Referrer-Policy"] = noReferrer
		h["Cross-Origin-Opener-Policy"] = toSameOrigin
		h["Cross-Origin-Resource-Policy"] = toSameOrigin
		h["Cache-Control"] = noStore
		if https {
			h["Strict-Transport-Security"] = aYearOverHTTPS
		}
	}
}

// limitBody reads the body, so that one that is too large is refused before anything else is looked at. The request
// counts from the time when all of it was there: who sends slowly gains nothing.
func limitBody(now func() time.Time) gin.HandlerFunc {
	return handle(func(c *gin.Context) error {
		if c.Request.Body == http.NoBody {
			return nil
		}
		if c.Request.ContentLength > maxBody {
			c.Header("Connection", "close")
			return errTooLarge
		}
		body, err := io.ReadAll(http.MaxBytesReader(c.Writer, c.Request.Body, maxBody))
		if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
			return errTooLarge
		}
		if err != nil {
			return malformed("the body ended early")
		}
		c.Request.Body = io.NopCloser(bytes.NewReader(body))
		of(c).now = now()
		return nil
	})
}

// nameless tells whether a browser's request does not say to which host it was sent, so that its origin cannot be compared.
func nameless(r *http.Request) bool {
	return r.Host == "" && r.Header.Get("Origin") != "" && r.Method != http.MethodGet && r.Method != http.MethodHead
}

// sameOrigin refuses what another site makes a browser send, by Sec-Fetch-Site or else Origin (ASVS 3.5.1).
// Clients that are no browsers send neither and pass.
func sameOrigin(base *url.URL, accounts *account.Accounts) (gin.HandlerFunc, error) {
	protection := http.NewCrossOriginProtection()
	if err := protection.AddTrustedOrigin(base.Scheme + "://" + base.Host); err != nil {
		return nil, err
	}
	return handle(func(c *gin.Context) error {
		if nameless(c.Request) || protection.Check(c.Request) != nil {
			note(c, event.CrossOriginRefused, 0, "origin", short(c.GetHeader("Origin")), "host", short(c.Request.Host))
			r := of(c)
			r.cause = accounts.NoteCrossOrigin(c.Request.Context(), r.ip(), r.now) // the refusal stands
			return errCrossOrigin
		}
		return nil
	}), nil
}
