package mail

import (
	"bytes"
	"crypto/rand"
	"html/template"
	netmail "net/mail"
	"slices"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"
)

// words are the text of a kind of mail in one language. A paragraph {link} is the link; {site}, {url} and {life} stand
// for the site's name, its address and how long the link is good.
type words struct {
	subject    string
	paragraphs []string
}

// language is all that differs from one language to another.
type language struct {
	tag     string // RFC 5646
	mails   map[Kind]words
	closing string                     // the last paragraph of every mail
	span    func(time.Duration) string // minutes or hours in words
}

// page is the HTML part. It has no images, no style and nothing to be fetched.
var page = template.Must(template.New("mail").Parse(`<!doctype html>
<html lang="{{.Language}}">
<head><meta charset="utf-8"><title>{{.Subject}}</title></head>
<body>
{{- range .Paragraphs}}
<p>{{if eq . "{link}"}}<a href="{{$.Link}}">{{$.Link}}</a>{{else}}{{.}}{{end}}</p>
{{- end}}
</body>
</html>
`))

// compose writes a mail. Nothing in it was typed by a stranger: somebody else's sign-up must not put text into a mailbox. All
// mails say that a program sent them, so that no absence note answers (RFC 3834, 5).
func (w *Worker) compose(l letter, now time.Time) *gomail.Msg {
	m := gomail.NewMsg(gomail.WithNoDefaultUserAgent(), gomail.WithEncoding(w.encoding))
	m.FromMailAddress(&w.o.From)
	m.ToMailAddress(&netmail.Address{Address: l.to})
	m.SetDateWithValue(now.UTC())
	// Another for each try: its link is another too, and some mailboxes drop what seems to be the same mail.
	m.SetMessageIDWithValue(strings.ToLower(rand.Text()) + "@" + w.o.Host)
	m.SetGenHeader("Auto-Submitted", "auto-generated")
	subject, text, html := w.texts(l)
	m.Subject(subject)
	m.SetBodyString(gomail.TypeTextPlain, text)
	m.AddAlternativeString(gomail.TypeTextHTML, html)
	return m
}

// texts returns the subject and both forms of the body, which say the same.
func (w *Worker) texts(l letter) (subject, text, html string) {
	fill := strings.NewReplacer("{site}", w.o.Site, "{url}", w.o.BaseURL, "{life}", english.span(errands[l.kind].life)).Replace
	said := english.mails[l.kind]
	view := struct {
		Language, Subject, Link string
		Paragraphs              []string
	}{Language: english.tag, Subject: fill(said.subject), Link: l.link}
	for _, p := range append(slices.Clone(said.paragraphs), english.closing) {
		view.Paragraphs = append(view.Paragraphs, fill(p))
	}
	var b bytes.Buffer
	_ = page.Execute(&b, view) // into memory, with texts that the tests have all seen
	text = strings.ReplaceAll(strings.Join(view.Paragraphs, "\n\n"), "{link}", l.link) + "\n"
	return view.Subject, text, b.String()
}
