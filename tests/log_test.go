package tests

import (
	"bufio"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"gatehouse/db"
	"gatehouse/db/dbtest"
)

// TestSecretsAreNeverPrinted uses everything with the most talkative log, breaks the database at the end, and searches
// all that was printed for each password, cookie and secret.
func TestSecretsAreNeverPrinted(t *testing.T) {
	each(t, func(t *testing.T, databaseURL string) {
		const first, second, wrong, query = "first-Pa55word-xyz", "second-Pa55word-xyz", "wrong-Pa55word-xyz", "query-Pa55word-xyz"
		env := settings(t, databaseURL, "GATEHOUSE_LOG_LEVEL=debug")
		s := inside(t, env)
		secrets := map[string]string{"password": first, "new password": second, "wrong password": wrong, "query": query}
		keep := func(name string, r reply) {
			if c := r.newCookie(); c != "" {
				secrets["cookie of "+name] = c
			}
		}
		ann := s.person()
		keep("sign-up", ann.post("/api/users/signup", credentials("ann@example.com", first)).want(http.StatusCreated))
		keep("taken", s.person().post("/api/users/signup", credentials("ann@example.com", first)).want(http.StatusConflict))
		keep("form", ann.post("/api/users/login", credentials("ann@example.com", first)).want(http.StatusOK))
		keep("JSON", ann.post("/api/users/login", `{"email":"ann@example.com","password":"`+first+`","remember":true}`).want(http.StatusOK))
		s.person().post("/api/users/login", credentials("ann@example.com", wrong)).want(http.StatusUnauthorized)
		s.person().post("/api/users/login", credentials(wrong, wrong)).want(http.StatusUnprocessableEntity)
		s.person().post("/api/users/login", `{"email":"ann@example.com","password":"`+first).want(http.StatusBadRequest)
		s.person().get("/api/users/login?password="+query, "Referer", "http://x/?password="+query).want(http.StatusMethodNotAllowed)
		s.person().get("/nothing?token="+query, "Authorization", "Bearer "+query).want(http.StatusNotFound)
		ann.me().want(http.StatusOK)
		ann.get("/api/users/sessions").want(http.StatusOK)
		ann.get("/api/auth/forward").want(http.StatusOK)
		keep("reauthenticate", ann.post("/api/users/reauthenticate", `{"password":"`+first+`"}`).want(http.StatusOK))
		keep("password", ann.post("/api/users/password", `{"currentPassword":"`+first+`","newPassword":"`+second+`"}`).want(http.StatusOK))
		ann.post("/api/users/password", `{"currentPassword":"`+wrong+`","newPassword":"`+first+`"}`).want(http.StatusUnprocessableEntity)
		s.holder(ann.cookie()).post("/api/users/login", credentials("ann@example.com", second), "Origin", "http://evil.example").want(http.StatusForbidden)
		ben := s.member("ben@example.com")
		secrets["cookie of ben"], secrets["password of ben"] = ben.cookie(), password
		ben.logout().want(http.StatusOK)

		execute(t, dbtest.OpenURL(t, databaseURL).DB, "DROP TABLE sessions")
		within(time.Second, func() bool { return ann.me().status != http.StatusOK })
		ann.me().want(http.StatusServiceUnavailable)
		ann.post("/api/users/login", credentials("ann@example.com", second)).want(http.StatusInternalServerError)
		s.person().post("/api/users/signup", credentials("cat@example.com", second)).want(http.StatusInternalServerError)
		s.stop()

		if u, err := url.Parse(databaseURL); err == nil && u.User != nil {
			plain, _ := u.User.Password()
			_, encoded, _ := strings.Cut(u.User.String(), ":")
			secrets["password of the database"], secrets["password of the database, encoded"] = plain, encoded
		}
		for _, entry := range env {
			if path, ok := strings.CutPrefix(entry, "GATEHOUSE_SECRET_FILE="); ok {
				text, err := os.ReadFile(path)
				if err != nil {
					t.Fatal(err)
				}
				secrets["secret of the server"] = strings.TrimSpace(string(text))
			}
		}
		said := s.stdout.String() + s.stderr.String()
		if !strings.Contains(said, `"level":"ERROR"`) || strings.Count(said, "\n") < 40 {
			t.Errorf("the log says too little to be searched:\n%s", said)
		}
		if len(secrets) < 12 {
			t.Errorf("only %d secrets were collected: %v", len(secrets), secrets)
		}
		for name, value := range secrets {
			if value == "" || strings.Contains(said, value) || strings.Contains(said, url.QueryEscape(value)) {
				t.Errorf("the %s %q was printed", name, value)
			}
		}
	})
}

// TestTokensAreNeverPrinted uses everything that takes tokens with the most talkative log, breaks the database at the
// end, and searches all that was printed for each token, its parts, its jti, and the secret that signs it.
func TestTokensAreNeverPrinted(t *testing.T) {
	t.Parallel()
	shared := rand.Text() + rand.Text()
	for _, algorithm := range []string{"ES256", "HS256"} {
		t.Run(algorithm, func(t *testing.T) {
			each(t, func(t *testing.T, databaseURL string) {
				s := inside(t, settings(t, databaseURL, "GATEHOUSE_LOG_LEVEL=debug", "GATEHOUSE_JWT_ALGORITHM="+algorithm, "GATEHOUSE_JWT_SECRET="+shared))
				secrets := map[string]string{"password": password, "token secret": shared}
				for i, b := range useTokens(t, s) {
					for kind, text := range map[string]string{"access token": b.access, "refresh token": b.refresh} {
						kind = fmt.Sprintf("%s %d", kind, i)
						parts := strings.Split(text, ".")
						secrets[kind], secrets["claims of "+kind], secrets["signature of "+kind] = text, parts[1], parts[2]
						secrets["jti of "+kind] = claimsOf(t, text).ID
					}
				}
				ann, conn := s.bearer("ann@example.com"), dbtest.OpenURL(t, databaseURL).DB
				secrets["last access token"], secrets["last refresh token"], secrets["last jti"] = ann.access, ann.refresh, claimsOf(t, ann.refresh).ID
				execute(t, conn, "DROP TABLE blacklist")
				for _, r := range []reply{ann.me(), ann.exchange(), ann.post("/auth/verify", "token="+ann.access)} {
					r.want(http.StatusServiceUnavailable, "database_unavailable")
				}
				ann.signOut()
				execute(t, conn, "DROP TABLE sessions")
				ann.me().want(http.StatusServiceUnavailable)
				ann.post("/auth/login", credentials("ann@example.com", password))
				s.stop()

				said := s.stdout.String() + s.stderr.String()
				for _, event := range []string{"sign_up", "sign_in", "sign_out", "refresh_reused"} {
					if !strings.Contains(said, event) {
						t.Errorf("the log has no %s:\n%s", event, said)
					}
				}
				if !strings.Contains(said, `"level":"ERROR"`) || len(secrets) < 40 {
					t.Errorf("the log says too little, or too little is searched for: %d secrets", len(secrets))
				}
				for name, value := range secrets {
					if value == "" || strings.Contains(said, value) {
						t.Errorf("the %s %q was printed", name, value)
					}
				}
			})
		})
	}
}

// useTokens sends tokens in every place that takes them, and some that do not, and returns all that there were.
func useTokens(t *testing.T, s *server) []*bearer {
	t.Helper()
	s.person().post("/auth/signup", credentials("ann@example.com", password)).want(http.StatusCreated)
	first := s.bearer("ann@example.com")
	first.wantGood()
	first.post("/auth/verify", `{"token":"`+first.refresh+`"}`).want(http.StatusUnauthorized, "token_invalid")
	first.get("/api/users/me", "authorization_access", first.access+"x").want(http.StatusUnauthorized, "token_invalid")
	first.get("/api/users/me", "Authorization", "Bearer "+first.access, "authorization_access", first.refresh).want(http.StatusBadRequest)
	first.get("/auth/page?access_token=" + first.access).want(http.StatusUnauthorized)
	first.get("/api/users/me", "Cookie", "gatehouse="+first.access).want(http.StatusUnauthorized)
	first.get("/nothing", "Authorization", "Bearer "+first.access, "Referer", "http://x/?t="+first.access).want(http.StatusNotFound)
	second := first.next()
	third := second.given(second.post("/auth/refresh", `{"refreshToken":"`+second.refresh+`"}`))
	third.ask(http.MethodPost, "/api/users/reauthenticate", "password="+password).want(http.StatusOK)
	first.exchange().want(http.StatusUnauthorized, "refresh_reused")
	third.wantRevoked()
	out, ended := s.bearer("ann@example.com"), s.bearer("ann@example.com")
	out.signOut().want(http.StatusOK)
	out.wantRevoked()
	ended.ask(http.MethodPost, "/api/users/logout", "scope=global").want(http.StatusOK)
	ended.wantRevoked()
	return []*bearer{first, second, third, out, ended}
}

// TestVisitorsCannotWriteLogLines sends line ends in all that a visitor chooses and the log may show.
func TestVisitorsCannotWriteLogLines(t *testing.T) {
	t.Parallel()
	for _, format := range []string{"json", "text"} {
		t.Run(format, func(t *testing.T) {
			t.Parallel()
			s := inside(t, settings(t, dbtest.EmptyURL(t, db.SQLite), "GATEHOUSE_LOG_FORMAT="+format, "GATEHOUSE_LOG_LEVEL=debug", "GATEHOUSE_TRUSTED_PROXIES=127.0.0.1"))
			ann := s.member("ann@example.com")
			ann.get("/x%0d%0aFORGED%0aFORGED%E2%80%A8FORGED%1b[2J%C2%85").want(http.StatusNotFound)
			ann.get("/api/users/sessions/%0aFORGED").want(http.StatusMethodNotAllowed)
			ann.send(http.MethodPatch, "/api/users/me", `{"name":"Ann\r\nFORGED"}`)
			ann.post("/api/users/login", "email=%0d%0aFORGED%40example.com&password=%0aFORGED")
			ann.post("/api/users/logout", "scope=%0aFORGED")
			for _, raw := range []string{
				"GET /readyz HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: \xc2\x85FORGED\r\nUser-Agent: \xe2\x80\xa8FORGED\r\nConnection: close\r\n\r\n",
				"FORGED\tA / HTTP/1.1\r\nHost: a\r\n\r\n",
				"GET /\rFORGED HTTP/1.1\r\nHost: a\r\n\r\n",
			} {
				c := s.open()
				if _, err := io.WriteString(c, raw); err != nil {
					t.Fatal(err)
				}
				_, _ = io.Copy(io.Discard, c)
			}
			s.stop()
			forged := 0
			lines := bufio.NewScanner(strings.NewReader(s.stderr.String()))
			for lines.Scan() {
				line := lines.Text()
				forged += strings.Count(line, "FORGED")
				if format == "json" && !json.Valid([]byte(line)) || format == "text" && !strings.HasPrefix(line, "time=") {
					t.Errorf("not a log line: %q", line)
				}
				if strings.ContainsAny(line, "\r\x1b") || format == "text" && strings.ContainsAny(line, "\u0085\u2028") {
					t.Errorf("a line with control characters: %q", line)
				}
			}
			if forged == 0 {
				t.Error("the log does not show what was sent, so nothing was tested")
			}
		})
	}
}

func TestOnlyATrustedProxyTellsWhereVisitorsAre(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, proxies, want string
		warnings            int
	}{
		{"untrusted peer", "", "127.0.0.1", 1},
		{"another proxy is trusted", "10.0.0.1,192.0.2.0/24", "127.0.0.1", 1},
		{"trusted peer", "127.0.0.1", "203.0.113.9", 0},
		{"trusted range", "10.0.0.1,127.0.0.0/8", "203.0.113.9", 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			each(t, func(t *testing.T, databaseURL string) {
				s := inside(t, settings(t, databaseURL, "GATEHOUSE_TRUSTED_PROXIES="+test.proxies))
				ann := s.person()
				ann.post("/api/users/signup", credentials("ann@example.com", password), "X-Forwarded-For", "198.51.100.1, 203.0.113.9").want(http.StatusCreated)
				for range 3 {
					r := ann.get("/api/users/sessions", "X-Forwarded-For", "203.0.113.9").want(http.StatusOK)
					if !strings.Contains(r.body, `"ip":"`+test.want+`"`) {
						t.Errorf("sessions = %s, want the address %s", r.body, test.want)
					}
				}
				s.stop()
				if got := strings.Count(s.stderr.String(), "no trusted proxy"); got != test.warnings {
					t.Errorf("%d warnings of an unknown proxy, want %d", got, test.warnings)
				}
				if got := strings.Contains(s.stderr.String(), "203.0.113.9"); got != (test.warnings == 0) {
					t.Errorf("the log shows the forwarded address: %t", got)
				}
			})
		})
	}
}
