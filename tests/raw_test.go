package tests

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"gatehouse/db"
	"gatehouse/db/dbtest"
)

func TestHostileRequestsHarmOnlyThemselves(t *testing.T) {
	t.Parallel()
	s := inside(t, settings(t, dbtest.EmptyURL(t, db.SQLite)))
	ann := s.member("ann@example.com")
	for _, test := range []struct {
		name, request string
		want          []int
	}{
		{"huge cookie", "GET /api/users/me HTTP/1.1\r\nHost: x\r\nCookie: gatehouse=" + strings.Repeat("x", 1<<20) + "\r\n\r\n", []int{431}},
		{"many headers", "GET / HTTP/1.1\r\nHost: x\r\n" + strings.Repeat("A: b\r\n", 1<<18) + "\r\n", []int{431}},
		{"huge target", "GET /" + strings.Repeat("x", 1<<20) + " HTTP/1.1\r\nHost: x\r\n\r\n", []int{431, 414}},
		{"two lengths", "POST /api/users/login HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\na=bcd", []int{400}},
		// Go drops the length and takes the chunks, here an empty form (RFC 9112, 6.3): the two are never mixed.
		{"length and chunks", "POST /api/users/login HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", []int{400, 422}},
		{"unknown coding", "POST /api/users/login HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", []int{400, 501}},
		{"space before colon", "GET /api/users/me HTTP/1.1\r\nHost: x\r\nCookie : a\r\n\r\n", []int{400}},
		{"no host", "GET / HTTP/1.1\r\n\r\n", []int{400}},
		{"bare line feed in a chunk size", "POST /api/users/login HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\n;\r\n\r\n", []int{400}},
		{"TRACE", "TRACE /api/users/me HTTP/1.1\r\nHost: x\r\nCookie: gatehouse=x\r\n\r\n", []int{405}},
		{"no HTTP", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", []int{400}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c := s.open()
			_ = c.SetDeadline(time.Now().Add(time.Minute))
			go func() { _, _ = io.WriteString(c, test.request) }() // the server may stop reading
			res, err := http.ReadResponse(bufio.NewReader(c), nil)
			if err != nil {
				t.Fatal(err)
			}
			_ = res.Body.Close()
			if res.StatusCode != test.want[0] && res.StatusCode != test.want[len(test.want)-1] {
				t.Errorf("status = %d, want %v", res.StatusCode, test.want)
			}
			ann.me().want(http.StatusOK)
		})
	}
}

func TestTraceIsRefusedOnEveryRoute(t *testing.T) {
	t.Parallel()
	s := inside(t, settings(t, dbtest.EmptyURL(t, db.SQLite)))
	for _, path := range []string{"/", "/login", "/healthz", "/readyz", "/api/auth/forward", "/api/users/login", "/api/users/me", "/api/users/sessions", "/api/users/events"} {
		r := s.person().send(http.MethodTrace, path, "", "X-Echo", "echoed").want(http.StatusMethodNotAllowed)
		if strings.Contains(r.body, "echoed") {
			t.Errorf("%s echoes the request", path)
		}
	}
}

// TestSlowClientsAreCutOff sends a byte now and then, so that the connection is never idle for long.
func TestSlowClientsAreCutOff(t *testing.T) {
	t.Parallel()
	s := inside(t, settings(t, dbtest.EmptyURL(t, db.SQLite)))
	for _, test := range []struct{ name, start string }{
		{"nothing at all", ""},
		{"headers", "GET /healthz HTTP/1.1\r\nHost: x\r\nX-Slow: "},
		{"body", "POST /api/users/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 5000\r\n\r\nemail="},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			const limit, slack = 10 * time.Second, 2 * time.Second // the slack is for a busy machine
			begun := time.Now()
			c := s.open()
			_, _ = io.WriteString(c, test.start)
			for {
				_ = c.SetReadDeadline(time.Now().Add(200 * time.Millisecond))
				_, err := io.Copy(io.Discard, c)
				if !errors.Is(err, os.ErrDeadlineExceeded) {
					break // cut off
				}
				if time.Since(begun) > limit+slack {
					t.Fatalf("still connected after %v", limit+slack)
				}
				if test.start != "" {
					_, _ = c.Write([]byte("x"))
				}
			}
			t.Logf("cut off after %v", time.Since(begun).Round(time.Millisecond))
			s.person().get("/healthz").want(http.StatusOK)
		})
	}
	var idle []net.Conn
	for range 100 {
		idle = append(idle, s.open())
	}
	s.person().get("/healthz").want(http.StatusOK)
	for _, c := range idle {
		_ = c.Close()
	}
}
