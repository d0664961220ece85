package controllers

import (
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/gin-gonic/gin"
)

// FuzzReadQuery: what is read is one text, sent once, and a number or time is either right or complained of.
func FuzzReadQuery(f *testing.F) {
	for _, seed := range []string{"user=1&since=2026-03-01", "user=1&user=2", "since=2026-03-01T12:00:00%2B01:00", "user=%zz", "user=;", "user=-1", "user=+7", "since=", "a&b=c", "user=%00", "since=\x88", "a=\x88"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		c, _ := gin.CreateTestContext(httptest.NewRecorder())
		c.Request = httptest.NewRequest("GET", "/", nil)
		c.Request.URL.RawQuery = raw
		q, err := readQuery(c, "user", "since")
		given, parseErr := url.ParseQuery(raw)
		readable := func(values []string) bool {
			sent := strings.Join(values, "")
			return len(values) <= 1 && utf8.ValidString(sent) && !strings.Contains(sent, "\x00")
		}
		if (err == nil) != (parseErr == nil && readable(given["user"]) && readable(given["since"])) {
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
