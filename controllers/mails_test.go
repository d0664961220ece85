package controllers

import (
	"io"
	"log/slog"
	"net/mail"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	outbox "gatehouse/models/mail"
)

// mailed is what somebody finds in their mailbox; the token is that of its link, if it has one.
type mailed struct{ kind, to, text, token string }

var tokenInLink = regexp.MustCompile(`\?token=([A-Za-z0-9_-]{43})`)

// mails sends what is in the outbox and returns it, the oldest first.
func (s *site) mails() []mailed {
	s.t.Helper()
	folder := s.t.TempDir()
	worker := outbox.New(outbox.Options{
		Conn: s.conn.DB, Folder: folder, From: mail.Address{Address: "auth@example.com"}, Site: "Acme", BaseURL: "http://auth.example.com",
		Host: "auth.example.com", Log: slog.New(slog.DiscardHandler),
	})
	var all []mailed
	for {
		more, err := worker.Next(s.t.Context(), s.time())
		if err != nil {
			s.t.Fatal(err)
		}
		files, _ := filepath.Glob(filepath.Join(folder, "*.eml"))
		for _, file := range files {
			all = append(all, s.read(file))
			_ = os.Remove(file)
		}
		if !more {
			return all
		}
	}
}

func (s *site) read(file string) mailed {
	s.t.Helper()
	f, err := os.Open(file)
	if err != nil {
		s.t.Fatal(err)
	}
	defer f.Close()
	m, err := mail.ReadMessage(f)
	if err != nil {
		s.t.Fatal(err)
	}
	text, err := io.ReadAll(m.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	found := mailed{to: strings.Trim(m.Header.Get("To"), "<>"), text: string(text)}
	_, rest, _ := strings.Cut(filepath.Base(file), "-")
	found.kind, _, _ = strings.Cut(rest, "-")
	if match := tokenInLink.FindStringSubmatch(found.text); match != nil {
		found.token = match[1]
	}
	return found
}

// wantMails wants mails of these kinds to these addresses, "reset ann@example.com", and returns them.
func (s *site) wantMails(want ...string) []mailed {
	s.t.Helper()
	all := s.mails()
	var got []string
	for _, m := range all {
		got = append(got, m.kind+" "+m.to)
	}
	if !slices.Equal(got, want) {
		s.t.Fatalf("mails = %q, want %q", got, want)
	}
	return all
}
