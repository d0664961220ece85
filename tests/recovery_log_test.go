package tests

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"gatehouse/db"
	"gatehouse/db/dbtest"
)

// TestNobodyForgesALogLineOrAMailHeadOnTheWayBack sends line ends in all that somebody types who signs up, has forgotten a
// password or wants another address, and in the name of the browser.
func TestNobodyForgesALogLineOrAMailHeadOnTheWayBack(t *testing.T) {
	t.Parallel()
	for _, format := range []string{"json", "text"} {
		t.Run(format, func(t *testing.T) {
			t.Parallel()
			mails := newMailServer(t)
			s := inside(t, settings(t, dbtest.EmptyURL(t, db.SQLite), limited("GATEHOUSE_LOG_FORMAT="+format, "GATEHOUSE_LOG_LEVEL=debug",
				"GATEHOUSE_EMAIL_VERIFICATION=ask", "GATEHOUSE_MAIL_LIMIT=100", "GATEHOUSE_SMTP_URL="+mails.url())...))
			ann := s.member("ann@example.com")
			requests := 1
			for _, end := range []string{`\r\n`, `\n`, `\r`, `\u0085`, `\u2028`, `\r\n\r\n`} {
				forged := end + `FORGED: 1` + end
				for _, email := range []string{"ann@example.com" + end, "ann@example.com" + forged, forged + "ann@example.com", "ann" + forged + "@example.com", "ann@example.com>" + end + "Bcc:<eve@example.com"} {
					for _, path := range []string{"signup", "login", "password/forgot", "email/resend"} {
						ann.post("/api/users/"+path, `{"email":"`+email+`","password":"correct`+forged+`battery","name":"Ann`+forged+`"}`)
					}
					ann.post("/api/users/email", `{"newEmail":"`+email+`"}`)
					requests += 5
				}
				ann.post("/api/users/password/reset", `{"token":"x`+forged+`","newPassword":"correct`+forged+`battery"}`)
				ann.post("/api/users/email/verify", `{"token":"x`+forged+`","password":"correct`+forged+`battery"}`)
				requests += 2
			}
			for _, agent := range []string{"curl\r\n FORGED", "curl\r\n\tFORGED", "curl\xc2\x85FORGED", "curl\xe2\x80\xa8FORGED"} {
				for range 2 { // the last ones are throttled
					if status := s.formBy(agent, "/api/users/login", credentials("ben@example.com", wrongPassword)); status != http.StatusUnauthorized && status != http.StatusTooManyRequests {
						t.Errorf("a guess by %q = %d", agent, status)
					}
				}
				if status := s.formBy(agent, "/api/users/password/forgot", "email=ann@example.com"); status != http.StatusAccepted {
					t.Errorf("forgot by %q = %d", agent, status)
				}
				requests += 3
			}
			if status := s.formBy("curl\rFORGED", "/api/users/password/forgot", "email=ann@example.com"); status != http.StatusBadRequest {
				t.Errorf("a line end in a header = %d", status)
			}
			mails.letterAfter(t, 3, "ann@example.com", forgotten)
			s.stop()

			logged := 0
			for line := range strings.Lines(s.stderr.String()) {
				if format == "json" && !json.Valid([]byte(line)) || format == "text" && !strings.HasPrefix(line, "time=") || strings.ContainsAny(line[:len(line)-1], "\r\n") {
					t.Errorf("not a log line: %q", line)
				}
				if strings.Contains(line, "msg=request ") || strings.Contains(line, `"msg":"request"`) {
					logged++
				}
			}
			if logged != requests {
				t.Errorf("%d requests are in the log, want %d", logged, requests)
			}
			for _, m := range mails.taken() {
				if strings.Contains(fmt.Sprint(m, m.read(t)), "FORGED") || strings.Contains(m.data, "eve@") || !strings.HasSuffix(m.to, "example.com") {
					t.Errorf("a stranger wrote into the mail to %s:\n%s", m.to, m.data)
				}
			}
		})
	}
}

// formBy posts a form by a browser of any name, and returns the status.
func (s *server) formBy(agent, path, form string) int {
	s.t.Helper()
	c := s.open()
	_, err := fmt.Fprintf(c, "POST %s HTTP/1.1\r\nHost: a\r\nUser-Agent: %s\r\nContent-Type: application/x-www-form-urlencoded\r\n"+
		"Content-Length: %d\r\nConnection: close\r\n\r\n%s", path, agent, len(form), form)
	if err != nil {
		s.t.Fatal(err)
	}
	res, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		s.t.Fatal(err)
	}
	_ = res.Body.Close()
	return res.StatusCode
}
