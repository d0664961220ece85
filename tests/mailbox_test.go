package tests

import (
	"io"
	"mime"
	"mime/multipart"
	"net/mail"
	"regexp"
	"strings"
	"testing"
)

// What the mails are told apart by: a part of their subjects.
const (
	forgotten       = "Choose a new password"
	confirmation    = "Confirm your address"
	newAddress      = "Confirm your new address"
	passwordChanged = "Your password"
	addressChanged  = "has another address now"
	manyFailures    = "after many failed tries"
)

// letter is a mail as its reader sees it: the head, and both forms of the body.
type letter struct {
	head             mail.Header
	subject          string
	text, html, link string // the link is "" where there is none
}

var linkInMail = regexp.MustCompile(`(?m)^http\S+\?token=[A-Za-z0-9_-]{43}\r?$`)

func (m takenMail) read(t *testing.T) letter {
	t.Helper()
	message, err := mail.ReadMessage(strings.NewReader(m.data))
	if err != nil {
		t.Fatal(err)
	}
	l := letter{head: message.Header}
	if l.subject, err = new(mime.WordDecoder).DecodeHeader(message.Header.Get("Subject")); err != nil {
		t.Fatal(err)
	}
	_, params, err := mime.ParseMediaType(message.Header.Get("Content-Type"))
	if err != nil {
		t.Fatal(err)
	}
	parts := multipart.NewReader(message.Body, params["boundary"])
	for _, form := range []*string{&l.text, &l.html} {
		part, err := parts.NextPart()
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(part)
		if err != nil {
			t.Fatal(err)
		}
		*form = string(body)
	}
	l.link = strings.TrimSpace(linkInMail.FindString(l.text))
	return l
}

// token is what the link opens something with.
func (l letter) token() string {
	_, token, _ := strings.Cut(l.link, "?token=")
	return token
}

// letters are those that somebody has got, the oldest first.
func (m *mailServer) letters(t *testing.T, to, subject string) []letter {
	t.Helper()
	var all []letter
	for _, taken := range m.taken() {
		if taken.to != to {
			continue
		}
		if l := taken.read(t); strings.Contains(l.subject, subject) {
			all = append(all, l)
		}
	}
	return all
}

// letter waits for the first one.
func (m *mailServer) letter(t *testing.T, to, subject string) letter {
	t.Helper()
	return m.letterAfter(t, 0, to, subject)
}

// letterAfter waits for the next one after so many.
func (m *mailServer) letterAfter(t *testing.T, n int, to, subject string) letter {
	t.Helper()
	var all []letter
	until(t, "the mail "+subject+" to "+to, func() bool {
		all = m.letters(t, to, subject)
		return len(all) > n
	})
	return all[n]
}

// url is what a server is told to send mails to it.
func (m *mailServer) url() string { return "smtp://" + m.address }
