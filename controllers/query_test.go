package controllers

import (
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
)

// FuzzReadQuery: what is read is what was sent, once, and a number or time is either right or complained of.
func FuzzReadQuery(f *testing.F) {
	for _, seed := range []string{"user=1&since=2026-03-01", "user=1&user=2", "since=2026-03-01T12:00:00%2B01:00", "user=%zz", "user=;", "user=-1", "user=+7", "since=", "a&b=c"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		c, _ := gin.CreateTestContext(httptest.NewRecorder())
		c.Request = httptest.NewRequest("GET", "/", nil)
		c.Request.URL.RawQuery = raw
		q, err := readQuery(c, "user", "since")
		given, parseErr := url.ParseQuery(raw)
		if (err != nil) != (parseErr != nil || len(given["user"]) > 1 || len(given["since"]) > 1) {
			t.Fatalf("%q: %v", raw, err)
		}
		if err != nil {
			return
		}
		n, at := q.number("user"), q.time("since")
		_, user := given["user"]
		_, since := given["since"]
		if (n > 0) != (user && q.problems["user"] == "") || !since && !at.Equal(time.Time{}) || len(q.problems) == 0 != (q.check() == nil) {
			t.Errorf("%q: %d, %v, %v", raw, n, at, q.problems)
		}
	})
}
