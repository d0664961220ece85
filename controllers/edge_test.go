package controllers

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"gatehouse/config"
)

func TestForgedCrossOriginRequestsAreRefused(t *testing.T) {
	forged := [][]string{
		{"Sec-Fetch-Site", "cross-site"},
		{"Sec-Fetch-Site", "same-site"},
		{"Origin", "https://evil.example"},
		{"Origin", "null"},
		{"Origin", "http://127.0.0.1:1"},
		{"Sec-Fetch-Site", "cross-site", "Origin", "https://evil.example"},
	}
	each(t, func(t *testing.T, s *site) {
		b := s.member("ann@example.com")
		changing := [][2]string{
			{"POST", "/api/users/signup"},
			{"POST", "/api/users/login"},
			{"POST", "/api/users/logout"},
			{"PATCH", "/api/users/me"},
			{"DELETE", "/api/users/me"},
			{"POST", "/api/users/reauthenticate"},
			{"POST", "/api/users/password"},
			{"DELETE", "/api/users/sessions"},
		}
		for _, route := range changing {
			for _, headers := range forged {
				r := b.send(route[0], route[1], "email=eve@example.com&password=correct+horse", headers...)
				r.want(http.StatusForbidden, "cross_origin_refused")
				if len(r.header["Set-Cookie"]) > 0 {
					t.Errorf("%v %v: a refusal set a cookie", route, headers)
				}
			}
		}
		b.get("/api/users/me", "Sec-Fetch-Site", "cross-site").want(http.StatusOK)
		b.post("/api/users/login", "email=ann@example.com&password=correct+horse", "Sec-Fetch-Site", "same-origin", "Origin", s.URL).want(http.StatusOK)
		if n := s.count("SELECT COUNT(*) FROM users"); n != 1 {
			t.Errorf("%d users, want 1", n)
		}
		if n := strings.Count(s.log.String(), `"event":"cross_origin_refused"`); n != len(changing)*len(forged) {
			t.Errorf("%d events, want %d", n, len(changing)*len(forged))
		}
		const rows = "SELECT COUNT(*) FROM gatehouse_events WHERE kind = 'cross_origin_refused' AND user_id IS NULL"
		if n := s.count(rows); n != 1 {
			t.Errorf("%d rows within a minute, want 1", n)
		}
		s.pass(time.Minute)
		b.post("/api/users/logout", "", forged[0]...).want(http.StatusForbidden)
		if n := s.count(rows); n != 2 {
			t.Errorf("%d rows a minute later, want 2", n)
		}
	})
}

func TestTheOriginOfBaseURLIsTrusted(t *testing.T) {
	eachWith(t, &options{edit: func(c *config.Settings) { c.BaseURL = "https://auth.example.com" }}, func(t *testing.T, s *site) {
		b := s.browser()
		b.post("/api/users/signup", "email=ann@example.com&password=correct+horse", "Origin", "https://auth.example.com").want(http.StatusCreated)
		b.post("/api/users/login", "email=ann@example.com&password=correct+horse", "Origin", "http://auth.example.com").want(http.StatusForbidden)
	})
}

func TestEveryAnswerIsInertInABrowser(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		b := s.member("ann@example.com")
		for _, r := range []reply{
			b.get("/api/users/me"), b.get("/nowhere"), b.send("PUT", "/api/users/me", ""), b.get("/healthz"), b.get("/readyz"),
			b.get("/api/auth/forward"), b.post("/api/users/login", "{", "Origin", "https://evil.example"), s.browser().get("/api/users/me"),
			b.post("/api/users/login", "{"), b.post("/api/users/logout", ""),
		} {
			for name, want := range map[string]string{
				"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Cache-Control": "no-store",
				"Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin", "Access-Control-Allow-Origin": "",
				"Strict-Transport-Security": "",
			} {
				if got := r.header.Get(name); got != want {
					t.Errorf("%s = %q, want %q (status %d)", name, got, want, r.status)
				}
			}
			csp := r.header.Get("Content-Security-Policy")
			for _, want := range []string{"default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'none'", "sandbox"} {
				if !strings.Contains(csp, want) {
					t.Errorf("CSP %q lacks %s", csp, want)
				}
			}
			if r.body != "" && !strings.HasSuffix(r.header.Get("Content-Type"), "; charset=utf-8") {
				t.Errorf("Content-Type = %q has no charset", r.header.Get("Content-Type"))
			}
			if r.header.Get("X-Request-Id") == "" {
				t.Error("no request id")
			}
		}
	})
}

func TestOrderOfRefusals(t *testing.T) {
	large := strings.Repeat("x", maxBody+1)
	foreign := []string{"Origin", "https://evil.example", "Content-Type", "text/plain"}
	each(t, func(t *testing.T, s *site) {
		v := s.browser()
		v.post("/api/users/nowhere", large, foreign...).want(http.StatusNotFound, "not_found")
		v.send("PUT", "/api/users/login", large, foreign...).want(http.StatusMethodNotAllowed, "method_not_allowed")
		v.post("/api/users/password", large, foreign...).want(http.StatusRequestEntityTooLarge, "body_too_large")
		v.post("/api/users/password", "x", foreign...).want(http.StatusForbidden, "cross_origin_refused")
		v.post("/api/users/password", "x", "Content-Type", "text/plain").want(http.StatusUnauthorized, "not_signed_in")
		b := s.member("ann@example.com")
		b.post("/api/users/password", "x", "Content-Type", "text/plain").want(http.StatusUnsupportedMediaType)
		b.post("/api/users/password", "{").want(http.StatusBadRequest)
		b.post("/api/users/password", "{}").want(http.StatusUnprocessableEntity)
		s.pass(10 * time.Minute)
		b.send("DELETE", "/api/users/me", "x", "Content-Type", "text/plain").want(http.StatusForbidden, "fresh_sign_in_required")
	})
}

func TestChunkedBodyThatIsTooLarge(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		req, _ := http.NewRequest(http.MethodPost, s.URL+"/api/users/login", io.MultiReader(strings.NewReader(strings.Repeat("x", maxBody)), strings.NewReader("y")))
		req.Header.Set("Origin", "https://evil.example")
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		if res.StatusCode != http.StatusRequestEntityTooLarge {
			t.Errorf("status = %d, want 413", res.StatusCode)
		}
	})
}

func TestOnlyKnownMethods(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		b := s.member("ann@example.com")
		for _, method := range []string{"TRACE", "OPTIONS", "PUT", "FOO"} {
			b.send(method, "/api/users/me", "").want(http.StatusMethodNotAllowed, "method_not_allowed")
		}
		if allow := b.get("/api/users/login").want(http.StatusMethodNotAllowed).header.Get("Allow"); allow != "POST" {
			t.Errorf("Allow = %q, want POST", allow)
		}
		for _, path := range []string{"/api/users/me", "/api/users/sessions", "/api/users/events", "/api/auth/forward", "/healthz", "/readyz", "/login"} {
			if r := b.send("HEAD", path, ""); r.status != http.StatusOK || r.body != "" {
				t.Errorf("HEAD %s = %d %q", path, r.status, r.body)
			}
		}
	})
}

func TestNothingElseIsServed(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		b := s.member("ann@example.com")
		for _, path := range []string{
			"/metrics", "/debug/pprof/", "/.git/config", "/api/users/me/x.css", "/api/users/me/", "/API/users/me", "/api/users", "/api/admin/users",
			"/api/users/mfa", "/api/users/passkeys", "/data/gatehouse.db", "/..%2f..%2fetc/passwd",
		} {
			b.get(path).want(http.StatusNotFound, "not_found")
		}
	})
}

func TestPagesOff(t *testing.T) {
	eachWith(t, &options{edit: func(c *config.Settings) { c.Pages = "off" }}, func(t *testing.T, s *site) {
		b := s.browser()
		b.get("/login").want(http.StatusNotFound)
		r := b.get("/api/auth/forward", "X-Forwarded-Uri", "/app", "Accept", "text/html").want(http.StatusUnauthorized)
		if l := r.header.Get("Location"); l != "" {
			t.Errorf("Location = %q, want none", l)
		}
	})
}

func TestADeadDatabaseIsNotASignedOutVisitor(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		b := s.member("ann@example.com")
		if err := s.conn.Close(); err != nil {
			t.Fatal(err)
		}
		for _, r := range []reply{
			b.get("/api/users/me"), b.get("/api/auth/forward"), b.login("ann@example.com"), b.post("/api/users/logout", ""), b.get("/api/users/sessions"), b.get("/api/users/events"),
			b.post("/api/users/password", "{}"), b.get("/readyz"), b.post("/api/users/signup", "email=bob@example.com&password=correct+horse"),
		} {
			r.want(http.StatusServiceUnavailable, "database_unavailable")
			if r.header.Get("Retry-After") == "" || len(r.header["Set-Cookie"]) > 0 {
				t.Errorf("headers = %v, want Retry-After and no Set-Cookie", r.header)
			}
			if strings.Contains(strings.ToLower(strings.ReplaceAll(r.body, r.header.Get("X-Request-Id"), "")), "sql") {
				t.Errorf("body shows the cause: %s", r.body)
			}
		}
		b.get("/healthz").want(http.StatusOK)
		s.browser().post("/api/users/logout", "").want(http.StatusOK) // nothing to end, so nothing to ask
	})
}

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
