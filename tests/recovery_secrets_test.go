package tests

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"gatehouse/db/dbtest"
)

// TestTheHistoryOfAnAccountHoldsNoSecret does all that an account goes through, with the most talkative log, and searches
// the log and the whole database for each password, cookie, token and link. Some of them are still good at the end.
func TestTheHistoryOfAnAccountHoldsNoSecret(t *testing.T) {
	each(t, func(t *testing.T, databaseURL string) {
		mails := newMailServer(t)
		s := inside(t, settings(t, databaseURL, limited("GATEHOUSE_LOG_LEVEL=debug", "GATEHOUSE_EMAIL_VERIFICATION=ask",
			"GATEHOUSE_SMTP_URL=smtp://ann:mail-Pa55word-xyz@"+mails.address)...))
		seen := secrets{"password of the mail server": "mail-Pa55word-xyz"}
		seen.journey(t, s, mails)
		s.stop()
		for i, m := range mails.taken() {
			if l := m.read(t); l.link != "" {
				seen[fmt.Sprintf("link %d", i)] = l.token()
			}
		}
		for kind, n := range map[string]int{"cookie gatehouse ": 4, "cookie gatehouse-device ": 1, "link ": 5, "signature of ": 6} {
			if got := seen.count(kind); got < n {
				t.Errorf("%d secrets of the kind %q were collected, want %d or more", got, kind, n)
			}
		}

		log := s.stdout.String() + s.stderr.String()
		for _, event := range []string{
			"sign_up", "sign_in", "sign_in_failed", "throttled", "email_verified", "password_reset_asked", "password_reset",
			"email_change_asked", "email_changed", "password_changed", "sign_out", "mail sent",
		} {
			if !strings.Contains(log, `"`+event+`"`) {
				t.Errorf("the log has no %s:\n%s", event, log)
			}
		}
		if strings.Contains(log, "$2a$") || strings.Contains(log, "$2b$") {
			t.Errorf("a hash was logged:\n%s", log)
		}
		conn := dbtest.OpenURL(t, databaseURL).DB
		tables := everything(t, conn)
		for _, table := range []string{"users", "sessions", "gatehouse_links", "gatehouse_devices", "gatehouse_events", "gatehouse_attempts"} {
			if len(rowsOf(t, conn, 1, "SELECT 1 FROM "+table)) == 0 {
				t.Errorf("%s is empty, so that it was not searched", table)
			}
		}
		if !strings.Contains(tables, "ann@elsewhere.example") || !strings.Contains(tables, "$2") {
			t.Errorf("the tables say too little to be searched:\n%s", tables)
		}
		if path, ok := strings.CutPrefix(databaseURL, "sqlite:"); ok {
			tables += filesOf(t, path)
		}
		seen.wantNoneIn(t, "log", log)
		seen.wantNoneIn(t, "database", tables)
	})
}

// secrets are values by what they are.
type secrets map[string]string

// journey is the life of an account. What the server answers and is sent is collected.
func (seen secrets) journey(t *testing.T, s *server, mails *mailServer) {
	t.Helper()
	const old, email = "ann@example.com", "ann@elsewhere.example"
	const first, second, third, wrong, short = "first-Pa55word-xyz", "second-Pa55word-xyz", "third-Pa55word-xyz", "wrong-Pa55word-xyz", "short-x"
	guessed := strings.Repeat("guessed-token", 4)[:43]
	for _, plain := range []string{first, second, third, wrong, short, guessed} {
		seen[plain] = plain
	}
	post := func(p *person, status int, path, body string) reply {
		t.Helper()
		r := p.post(path, body).want(status)
		seen.collect(r)
		return r
	}
	ann, stranger := s.person(), s.person()
	post(ann, http.StatusCreated, "/api/users/signup", credentials(old, first))
	post(stranger, http.StatusOK, "/api/users/email/verify", `{"token":"`+mails.letter(t, old, confirmation).token()+`"}`)
	for range 5 {
		post(stranger, http.StatusUnauthorized, "/api/users/login", credentials(old, wrong))
	}
	post(stranger, http.StatusTooManyRequests, "/api/users/login", credentials(old, wrong))
	post(stranger, http.StatusUnprocessableEntity, "/api/users/login", credentials(wrong, wrong))

	post(stranger, http.StatusAccepted, "/api/users/password/forgot", "email="+old)
	reset := mails.letter(t, old, forgotten).token()
	stranger.get("/reset?token="+reset, "Referer", s.url+"/reset?token="+reset).want(http.StatusOK)
	post(stranger, http.StatusBadRequest, "/api/users/password/reset", `{"token":"`+reset+`","newPassword":"`+second)
	post(stranger, http.StatusUnprocessableEntity, "/api/users/password/reset", "newPassword="+second+"&token="+guessed)
	post(stranger, http.StatusUnprocessableEntity, "/api/users/password/reset", "newPassword="+short+"&token="+reset)
	post(stranger, http.StatusOK, "/api/users/password/reset", "newPassword="+second+"&token="+reset)
	post(stranger, http.StatusUnprocessableEntity, "/api/users/password/reset", "newPassword="+third+"&token="+reset)

	post(ann, http.StatusOK, "/api/users/login", credentials(old, second)+"&remember=true")
	post(ann, http.StatusAccepted, "/api/users/email", "newEmail="+email)
	post(stranger, http.StatusOK, "/api/users/email/verify", "token="+mails.letter(t, email, newAddress).token())
	mails.letter(t, old, addressChanged)
	post(ann, http.StatusUnprocessableEntity, "/api/users/password", "currentPassword="+wrong+"&newPassword="+third)
	post(ann, http.StatusOK, "/api/users/password", "currentPassword="+second+"&newPassword="+third)
	post(ann, http.StatusOK, "/api/users/logout", "")

	gone := stranger.given(post(stranger, http.StatusOK, "/auth/login", credentials(email, third)))
	post(stranger, http.StatusUnauthorized, "/auth/verify", "token="+gone.refresh)
	gone = gone.given(post(stranger, http.StatusOK, "/auth/refresh", "refreshToken="+gone.refresh))
	gone.get("/nothing?token="+gone.access, "Authorization", "Bearer "+gone.access).want(http.StatusNotFound)
	gone.signOut().want(http.StatusOK)

	// What is good until the end.
	post(stranger, http.StatusOK, "/auth/login", credentials(email, third))
	post(ann, http.StatusOK, "/api/users/login", credentials(email, third))
	post(ann, http.StatusAccepted, "/api/users/password/forgot", "email="+email)
	post(ann, http.StatusAccepted, "/api/users/email", "newEmail=third@elsewhere.example")
	mails.letter(t, email, forgotten)
	mails.letter(t, "third@elsewhere.example", newAddress)
}

var tokensInAnswer = regexp.MustCompile(`"(accessToken|refreshToken)":"([^".]+)\.([^".]+)\.([^".]+)"`)

// collect keeps the cookies and the tokens of an answer.
func (seen secrets) collect(r reply) {
	for _, c := range (&http.Response{Header: r.header}).Cookies() {
		if c.Value != "" {
			seen[fmt.Sprintf("cookie %s %d", c.Name, len(seen))] = c.Value
		}
	}
	for _, m := range tokensInAnswer.FindAllStringSubmatch(r.body, -1) {
		seen[fmt.Sprintf("claims of %s %d", m[1], len(seen))] = m[3]
		seen[fmt.Sprintf("signature of %s %d", m[1], len(seen))] = m[4]
	}
}

func (seen secrets) count(kind string) (n int) {
	for name := range seen {
		if strings.HasPrefix(name, kind) {
			n++
		}
	}
	return n
}

// wantNoneIn searches for each secret as it is, escaped, in hexadecimal digits, and as the bytes that it stands for.
func (seen secrets) wantNoneIn(t *testing.T, where, text string) {
	t.Helper()
	for name, value := range seen {
		forms := []string{value, url.QueryEscape(value), hex.EncodeToString([]byte(value)), base64.StdEncoding.EncodeToString([]byte(value))}
		if random, err := base64.RawURLEncoding.DecodeString(value); err == nil && len(random) >= 32 {
			forms = append(forms, string(random), hex.EncodeToString(random))
		}
		for _, form := range forms {
			if strings.Contains(text, form) || strings.Contains(text, strings.ToUpper(form)) {
				t.Errorf("the %s %q is in the %s as %q", name, value, where, form)
			}
		}
	}
}

// filesOf is all bytes of the files of an embedded database, also of rows that were deleted.
func filesOf(t *testing.T, path string) string {
	t.Helper()
	names, err := filepath.Glob(path + "*")
	if err != nil || len(names) == 0 {
		t.Fatalf("no file %s*: %v", path, err)
	}
	var all strings.Builder
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(text)
	}
	return all.String()
}
