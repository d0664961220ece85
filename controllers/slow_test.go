package controllers

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// slowBody is sent when the server has begun to wait for it, and later than the request by the clock of the site.
type slowBody struct {
	io.Reader
	site *site
	late time.Duration
}

func (b *slowBody) Read(p []byte) (int, error) {
	b.site.pass(b.late)
	b.late = 0
	return b.Reader.Read(p)
}

// Who sends a body slowly gains no time by it: what counts is when all of it was there.
func TestASlowBodyDoesNotProlongAToken(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		transport := s.Client().Transport.(*http.Transport).Clone()
		transport.ExpectContinueTimeout = time.Minute
		defer transport.CloseIdleConnections()
		h := s.holder("ann@example.com")
		for _, test := range []struct {
			late time.Duration
			want int
		}{{179 * time.Second, http.StatusOK}, {time.Second, http.StatusUnauthorized}} {
			body := &slowBody{Reader: strings.NewReader("name=Ann"), site: s, late: test.late}
			req, err := http.NewRequest(http.MethodPatch, s.URL+"/api/users/me", body)
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			req.Header.Set("Authorization", "Bearer "+h.access)
			req.Header.Set("Expect", "100-continue")
			res, err := transport.RoundTrip(req)
			if err != nil {
				t.Fatal(err)
			}
			_ = res.Body.Close()
			if res.StatusCode != test.want {
				t.Errorf("a body that came %s late: status = %d, want %d", test.late, res.StatusCode, test.want)
			}
		}
	})
}
