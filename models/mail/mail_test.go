package mail

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	netmail "net/mail"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"gatehouse/db"
	"gatehouse/db/dbtest"
	"gatehouse/models/user"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

var noon = time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)

// journal is a log to be read while others write it.
type journal struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(p)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.String()
}

// hire returns a worker of a site, and its log. smtp may be nil.
func hire(t *testing.T, conn dbtest.Conn, smtp *SMTP) (*Worker, *journal) {
	t.Helper()
	log := &journal{}
	return New(Options{
		Conn: conn.DB, SMTP: smtp, Folder: t.TempDir() + "/mail", From: netmail.Address{Name: "Acme", Address: "auth@acme.example"},
		Site: "Acme", BaseURL: "https://auth.acme.example", Host: "auth.acme.example", Log: slog.New(slog.NewTextHandler(log, nil)),
	}), log
}

// enrol adds a user with an address, as another program may have written it.
func enrol(t *testing.T, conn dbtest.Conn, address string) int64 {
	t.Helper()
	email, err := user.ParseEmail("somebody@example.com")
	if err != nil {
		t.Fatal(err)
	}
	u, err := user.In(conn).Create(t.Context(), user.Draft{Email: email, Password: "x"}, noon)
	if err != nil {
		t.Fatal(err)
	}
	exec(t, conn, "UPDATE users SET email = ?, gh_email_key = NULL WHERE id = ?", address, u.ID)
	return u.ID
}

func exec(t *testing.T, conn dbtest.Conn, query string, args ...any) {
	t.Helper()
	if _, err := conn.Exec(t.Context(), query, args...); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
}

func add(t *testing.T, q db.Querier, kind Kind, userID int64, address string) {
	t.Helper()
	if err := In(q).Add(t.Context(), kind, userID, address, noon); err != nil {
		t.Fatal(err)
	}
}

// next has a worker do its next piece of work.
func next(t *testing.T, w *Worker, now time.Time) {
	t.Helper()
	if _, err := w.Next(t.Context(), now); err != nil {
		t.Fatal(err)
	}
}

// waiting are the rows of the outbox, all columns as text.
func waiting(t *testing.T, conn dbtest.Conn) []string {
	t.Helper()
	return dump(t, conn, "SELECT id, kind, COALESCE(user_id, 'NULL'), COALESCE(address, 'NULL'), created, due, tries, lease FROM gatehouse_outbox", 8)
}

func dump(t *testing.T, conn dbtest.Conn, query string, width int) []string {
	t.Helper()
	var all []string
	err := conn.Query(context.Background(), func(r db.Row) error {
		texts := make([]string, width)
		dest := make([]any, width)
		for i := range texts {
			dest[i] = &texts[i]
		}
		err := r.Scan(dest...)
		all = append(all, strings.Join(texts, " "))
		return err
	}, query)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// mailed is a mail as its reader sees it.
type mailed struct {
	head       netmail.Header
	subject    string
	text, html string
}

// read takes a mail apart, both parts of it.
func read(t *testing.T, data string) mailed {
	t.Helper()
	m, err := netmail.ReadMessage(strings.NewReader(data))
	if err != nil {
		t.Fatalf("%v in\n%s", err, data)
	}
	kind, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/alternative" {
		t.Fatalf("the mail is %q, %v", kind, err)
	}
	got := mailed{head: m.Header}
	if got.subject, err = new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject")); err != nil {
		t.Fatal(err)
	}
	parts := multipart.NewReader(m.Body, params["boundary"])
	for _, want := range []struct {
		kind string
		into *string
	}{{"text/plain", &got.text}, {"text/html", &got.html}} {
		part, err := parts.NextRawPart()
		if err != nil {
			t.Fatal(err)
		}
		var body io.Reader = part
		if part.Header.Get("Content-Transfer-Encoding") == "quoted-printable" {
			body = quotedprintable.NewReader(part)
		}
		content, err := io.ReadAll(body)
		if err != nil || part.Header.Get("Content-Type") != want.kind+"; charset=UTF-8" {
			t.Fatalf("part %v, %v; want %s", part.Header, err, want.kind)
		}
		*want.into = strings.ReplaceAll(string(content), "\r\n", "\n")
	}
	if _, err := parts.NextRawPart(); err != io.EOF {
		t.Errorf("there are more than two parts: %v", err)
	}
	return got
}

var tokens = regexp.MustCompile(`token=([\w-]{43})\b`)

// tokenOf is the token of the link in a mail.
func tokenOf(t *testing.T, m mailed) string {
	t.Helper()
	found := tokens.FindAllStringSubmatch(m.text+m.html, -1)
	if len(found) != 3 || found[0][1] != found[1][1] || found[0][1] != found[2][1] {
		t.Fatalf("links in the mail: %v, want one, thrice", found)
	}
	return found[0][1]
}
