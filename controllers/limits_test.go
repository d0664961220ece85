package controllers

import (
	"bufio"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"gatehouse/models/password"
)

func TestBodiesThatAreNotRead(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		for head, status := range map[string]int{
			"Content-Length: 65537\r\n\r\n":               413,
			"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n": 200,
		} {
			conn, err := net.Dial("tcp", s.Listener.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			_ = conn.SetDeadline(time.Now().Add(5 * time.Second))
			_, _ = fmt.Fprintf(conn, "POST /api/users/logout HTTP/1.1\r\nHost: x\r\n%s", head)
			res, err := http.ReadResponse(bufio.NewReader(conn), nil)
			if err != nil || res.StatusCode != status || !res.Close {
				t.Errorf("%q: %v, %v, want %d and Connection: close", head, res, err, status)
			}
			_ = conn.Close()
		}
	})
}

func TestPagesPostNowhereAndCompressedBodiesAreRefused(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		b := s.member("ann@example.com")
		if csp := b.get("/healthz").header.Get("Content-Security-Policy"); !strings.Contains(csp, "form-action 'none'") {
			t.Errorf("CSP = %q", csp)
		}
		b.post("/api/users/login", "{}", "Content-Encoding", "gzip").want(http.StatusUnsupportedMediaType)
	})
}

func TestALongPathIsCutInTheLog(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		s.browser().get("/" + strings.Repeat("x", 5000)).want(http.StatusNotFound)
		if strings.Contains(s.log.String(), strings.Repeat("x", longestLogged+1)) {
			t.Error("the log holds the whole path")
		}
	})
}

func TestPagesBearTwoSessions(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		both := "gatehouse=" + s.member("ann@example.com").cookie() + "; gatehouse=" + s.member("bob@example.com").cookie()
		s.browser().get("/login", "Cookie", both).want(http.StatusOK)
	})
}

func TestEndingTheOwnSessionDropsTheCookie(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		b := s.member("ann@example.com")
		mine := data[sessionListing](b.get("/api/users/sessions")).Sessions[0].ID
		b.send(http.MethodDelete, "/api/users/sessions/"+mine, "").want(http.StatusOK)
		if b.cookie() != "" {
			t.Error("the cookie of the session that was ended is still there")
		}
	})
}

func TestPathsThatAreNotLocal(t *testing.T) {
	for _, s := range []string{"//", "//?x", "/%5cevil.example", `/a?\x`, "/a?\u0085", "/" + strings.Repeat("x", longestNext)} {
		if path, ok := localPath(s); ok || path != "/" {
			t.Errorf("accepted %q", s)
		}
	}
	if got := headerText("a\xffb"); got != "ab" {
		t.Errorf("headerText = %q", got)
	}
}

func TestTwoForwardedPathsAreNone(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		req, _ := http.NewRequest(http.MethodGet, s.URL+"/api/auth/forward", nil)
		req.Header["X-Forwarded-Uri"] = []string{"/one", "/two"}
		req.Header.Set("Accept", "text/html")
		res, err := s.browser().http.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		if l := res.Header.Get("Location"); res.StatusCode != http.StatusUnauthorized || l != "/login?next=%2F" {
			t.Errorf("%d %q", res.StatusCode, l)
		}
	})
}

func TestEverySecurityEventIsLogged(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		b := s.member("ann@example.com")
		b.post("/api/users/reauthenticate", "password=wrong+horse").want(http.StatusUnauthorized)
		b.post("/api/users/reauthenticate", "password=correct+horse").want(http.StatusOK)
		b.post("/api/users/password", "currentPassword=wrong+horse&newPassword=battery+staple").want(http.StatusUnprocessableEntity)
		b.post("/api/users/password", "currentPassword=correct+horse&newPassword=battery+staple").want(http.StatusOK)
		b.send("PATCH", "/api/users/me", "name=Ann").want(http.StatusOK)
		b.send("DELETE", "/api/users/sessions", "").want(http.StatusOK)
		b.send("DELETE", "/api/users/sessions/"+data[sessionListing](b.get("/api/users/sessions")).Sessions[0].ID, "").want(http.StatusOK)
		login := "email=ann@example.com&password=battery+staple"
		b.post("/api/users/login", login).want(http.StatusOK)
		b.post("/api/users/logout", "").want(http.StatusOK)
		b.post("/api/users/login", login).want(http.StatusOK)
		b.send("DELETE", "/api/users/me", "").want(http.StatusOK)
		for _, event := range []string{
			"sign_up", "reauthentication_failed", "reauthenticated", "password_change_failed", "password_changed", "profile_changed", "other_sessions_ended",
			"session_ended", "sign_in", "sign_out", "account_deleted",
		} {
			found := false
			for line := range strings.Lines(s.log.String()) {
				found = found || strings.Contains(line, `"event":"`+event+`","ip":"127.0.0.1","requestId":"`) && strings.Contains(line, `"user":1`)
			}
			if !found {
				t.Errorf("no event %s with the address and the user", event)
			}
		}
	})
}

func TestRetryAfterOfABusyServer(t *testing.T) {
	r := gin.New()
	r.Use(observe(slog.New(slog.DiscardHandler), time.Now, nil, nil))
	r.GET("/", handle(func(*gin.Context) error {
		return errors.Join(errors.New("verify"), &password.OverloadedError{RetryAfter: 7 * time.Second})
	}))
	w := httptest.NewRecorder()
	r.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
	if got := w.Header().Get("Retry-After"); w.Code != http.StatusServiceUnavailable || got != "7" {
		t.Errorf("%d, Retry-After = %q, want 503 and 7", w.Code, got)
	}
}
