package mail

import (
	"bytes"
	"flag"
	"fmt"
	netmail "net/mail"
	"os"
	"strings"
	"testing"
	"time"

	"gatehouse/db"
	"gatehouse/db/dbtest"
)

var allKinds = []Kind{Reset, Verify, EmailChange, PasswordChanged, EmailChanged, AccountExists, ManyFailures}

var rewrite = flag.Bool("rewrite", false, "write the texts that were seen and found good")

func TestEveryTextIsAsItWasSeen(t *testing.T) {
	w := New(Options{Site: "Acme", BaseURL: "https://auth.acme.example"})
	var all strings.Builder
	for _, kind := range allKinds {
		l := letter{kind: kind}
		if e, ok := errands[kind]; ok {
			l.link = w.o.BaseURL + e.page + "?token=TOKEN"
		}
		subject, text, html := w.texts(l)
		fmt.Fprintf(&all, "=== %s\nSubject: %s\n\n%s\n---\n%s\n", kind, subject, text, html)
	}
	const seen = "testdata/english.txt"
	if *rewrite {
		if err := os.WriteFile(seen, []byte(all.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(seen)
	if err != nil {
		t.Fatal(err)
	}
	if all.String() != string(want) {
		t.Errorf("the texts are not those of %s; look at them, then run with -rewrite:\n%s", seen, &all)
	}
}

func TestEveryKindHasAText(t *testing.T) {
	for _, kind := range allKinds {
		said := english.mails[kind]
		_, linked := errands[kind]
		if said.subject == "" || len(said.paragraphs) == 0 || strings.Contains(strings.Join(said.paragraphs, "\n"), "{link}") != linked {
			t.Errorf("%s: %+v", kind, said)
		}
	}
	if len(english.mails) != len(allKinds) {
		t.Errorf("%d texts for %d kinds", len(english.mails), len(allKinds))
	}
}

// bytesOf is a mail as it goes out.
func bytesOf(t *testing.T, w *Worker, l letter) string {
	t.Helper()
	var b bytes.Buffer
	if _, err := w.compose(l, noon).WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestTheHeadSaysWhoWhenAndThatAProgramWroteIt(t *testing.T) {
	conn := dbtest.Open(t, db.SQLite)
	w, _ := hire(t, conn, nil)
	l := letter{kind: Reset, to: "ann@example.com", link: "https://auth.acme.example/reset?token=TOKEN"}
	first, second := read(t, bytesOf(t, w, l)), read(t, bytesOf(t, w, l))
	for name, want := range map[string]string{
		"From": `"Acme" <auth@acme.example>`, "To": "<ann@example.com>", "Auto-Submitted": "auto-generated", "Mime-Version": "1.0",
		"Subject": "Choose a new password for Acme",
	} {
		if got := first.head.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if at, err := first.head.Date(); err != nil || !at.Equal(noon) {
		t.Errorf("Date = %v, %v", at, err)
	}
	id := first.head.Get("Message-Id")
	if !strings.HasPrefix(id, "<") || !strings.HasSuffix(id, "@auth.acme.example>") || id == second.head.Get("Message-Id") {
		t.Errorf("Message-ID = %s, and then %s", id, second.head.Get("Message-Id"))
	}
	known := "From To Date Subject Message-Id Auto-Submitted Mime-Version Content-Type"
	for name, values := range first.head {
		if !strings.Contains(known, name) || len(values) != 1 || strings.Contains(values[0], "TOKEN") {
			t.Errorf("%s: %q", name, values)
		}
	}
}

func TestNothingInAMailBeginsAnotherLineOfTheHead(t *testing.T) {
	const evil = "Ac\r\nBcc: eve@example.com\r\n\r\n<svg onload=1>"
	w := New(Options{Site: evil, BaseURL: "https://auth.acme.example", Host: "auth.acme.example", From: netmail.Address{Name: evil, Address: "auth@acme.example"}})
	for _, to := range []string{"ann@example.com", "ann\r\nBcc: eve@example.com"} {
		data := bytesOf(t, w, letter{kind: Reset, to: to, link: "https://auth.acme.example/reset?token=TOKEN"})
		head, _, _ := strings.Cut(data, "\r\n\r\n")
		m, err := netmail.ReadMessage(strings.NewReader(data))
		if err != nil || m.Header.Get("Bcc") != "" || strings.Contains(head, "\nBcc") || m.Header.Get("Content-Type") == "" {
			t.Errorf("to %q: %v in\n%s", to, err, data)
		}
		if to == "ann@example.com" && strings.Contains(read(t, data).html, "<svg") {
			t.Errorf("a name is markup in\n%s", read(t, data).html)
		}
	}
}

func TestNoMailHasWhatAStrangerTyped(t *testing.T) {
	conn := dbtest.Open(t, db.SQLite)
	o := open(t, None)
	w, _ := hire(t, conn, o.reached(None))
	id := enrol(t, conn, "ann@example.com")
	exec(t, conn, "UPDATE users SET name = 'You have won, see evil.example', gender = 'evil.example' WHERE id = ?", id)
	for _, kind := range allKinds {
		address := ""
		if kind.elsewhere() {
			address = "evil.example@example.com"
		}
		add(t, conn, kind, id, address)
		next(t, w, noon)
	}
	all := o.took()
	if len(all) != len(allKinds) {
		t.Fatalf("%d mails, want %d", len(all), len(allKinds))
	}
	for _, d := range all {
		if m := read(t, d.data); strings.Contains(m.text+m.html+m.subject, "evil.example") {
			t.Errorf("a stranger's text is in\n%s", m.text)
		}
	}
}

func TestADomainInOtherLettersIsSentInASCII(t *testing.T) {
	for _, tt := range []struct{ stored, want string }{
		{"Ann@MÜNCHEN.example", "Ann@xn--mnchen-3ya.example"},
		{" ann@example.com ", "ann@example.com"},
		{"o'neil+x@Example.com", "o'neil+x@example.com"},
		{"\u212Aim@example.com", "Kim@example.com"}, // signed up with a Kelvin sign, kim@example.com is theirs
	} {
		if got, err := recipient(tt.stored); got != tt.want || err != nil {
			t.Errorf("%q: %q, %v, want %q", tt.stored, got, err, tt.want)
		}
	}
}

func TestSpansAreWords(t *testing.T) {
	for d, want := range map[time.Duration]string{30 * time.Minute: "30 minutes", 24 * time.Hour: "24 hours"} {
		if got := english.span(d); got != want {
			t.Errorf("%s is %q, want %q", d, got, want)
		}
	}
}
