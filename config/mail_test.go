package config

import (
	"net/mail"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"
)

func TestSMTPURL(t *testing.T) {
	const wrong = "smtp-url: "
	for _, tt := range []struct {
		url  Hidden
		want SMTP
		text string // of the mistake, "" for none
	}{
		{"", SMTP{}, ""},
		{"smtp://mail.example.com", SMTP{Host: "mail.example.com", Port: 587, TLS: "starttls"}, ""},
		{" smtp://ann:hush@MAIL.example.com:2525/\n", SMTP{Host: "mail.example.com", Port: 2525, TLS: "starttls", User: "ann", Password: "hush"}, ""},
		{"smtps://ann%40example.com:hu%2Fsh%3F@mail.example.com", SMTP{Host: "mail.example.com", Port: 465, TLS: "implicit", User: "ann@example.com", Password: "hu/sh?"}, ""},
		{"smtp://ann:hu@sh@192.0.2.1:25", SMTP{Host: "192.0.2.1", Port: 25, TLS: "starttls", User: "ann", Password: "hu@sh"}, ""},
		{"smtp://localhost:25", SMTP{Host: "localhost", Port: 25, TLS: "none"}, ""},
		{"smtp://[::1]:25", SMTP{Host: "::1", Port: 25, TLS: "none"}, ""},
		{"smtps://127.0.0.1:465", SMTP{Host: "127.0.0.1", Port: 465, TLS: "implicit"}, ""},
		{"smtp://localhost.example.com", SMTP{Host: "localhost.example.com", Port: 587, TLS: "starttls"}, ""},
		{"mail.example.com:25", SMTP{}, wrong + "it begins with neither smtp:// nor smtps://"},
		{"http://mail.example.com", SMTP{}, wrong + "it begins with neither"},
		{"smtp:mail.example.com", SMTP{}, wrong + "it must end after the host and port"},
		{"smtp://ann:hu/sh@mail.example.com", SMTP{}, wrong + "it is not a URL"},
		{"smtp://ann:1/hush@mail.example.com", SMTP{}, wrong + "it must end after the host and port"},
		{"smtp://ann:1?hush@mail.example.com", SMTP{}, wrong + "it must end after the host and port"},
		{"smtp://ann:1#hush@mail.example.com", SMTP{}, wrong + "it must end after the host and port"},
		{"smtp://mail.example.com?tls=off", SMTP{}, wrong + "it must end after the host and port"},
		{"smtp://", SMTP{}, wrong + "it has no host"},
		{"smtp://mail_server..example", SMTP{}, wrong + "it has no host"},
		{"smtp://mail.example.com:0", SMTP{}, wrong + "it has no port"},
		{"smtp://mail.example.com:65536", SMTP{}, wrong + "it has no port"},
		{"smtp://ann@mail.example.com", SMTP{}, wrong + "it must have a user name with a password"},
		{"smtp://:hush@mail.example.com", SMTP{}, wrong + "it must have a user name with a password"},
		{"smtp://ann:hush%0d%0aQUIT@mail.example.com", SMTP{}, wrong + "it must have a user name with a password"},
	} {
		cfg, err := Settings{SMTPURL: tt.url}.Check(nil)
		if cfg.SMTP != tt.want {
			t.Errorf("%q: %#v with %q, want %#v", string(tt.url), cfg.SMTP, string(cfg.SMTP.Password), tt.want)
		}
		text := ""
		if err != nil {
			text = err.Error()
		}
		if tt.text == "" && text != "" || !strings.Contains(text, tt.text) || strings.Contains(text, "hush") {
			t.Errorf("%q: mistakes = %q, want %q", string(tt.url), text, tt.text)
		}
	}
}

func TestSMTPURLMayComeInAFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "smtp-url")
	if err := os.WriteFile(file, []byte("smtp://ann:hush@mail.example.com\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if cfg := mustCheck(t, Settings{SMTPURLFile: file}); cfg.SMTP.Host != "mail.example.com" || cfg.SMTP.Password != "hush" {
		t.Errorf("SMTP = %+v", cfg.SMTP)
	}
}

func TestMailFrom(t *testing.T) {
	for _, tt := range []struct {
		from, base string
		want       mail.Address
		text       string
	}{
		{"", "https://auth.example.com", mail.Address{Name: "Gatehouse", Address: "gatehouse@auth.example.com"}, ""},
		{"", "http://192.0.2.1:3000", mail.Address{Name: "Gatehouse", Address: "gatehouse@[192.0.2.1]"}, ""},
		{"", "http://[2001:db8::1]", mail.Address{Name: "Gatehouse", Address: "gatehouse@[IPv6:2001:db8::1]"}, ""},
		{"ann@example.com", "", mail.Address{Address: "ann@example.com"}, ""},
		{" Zoë's <ann@example.com> ", "", mail.Address{Name: "Zoë's", Address: "ann@example.com"}, ""},
		{"ann", "", mail.Address{}, "is not one address"},
		{"a@example.com, b@example.com", "", mail.Address{}, "is not one address"},
		{"Ann <a@example.com>\r\nBcc: <b@example.com>", "", mail.Address{}, "has control characters"},
		{"=?utf-8?q?Ann=0D=0ABcc?= <a@example.com>", "", mail.Address{}, "has control characters in the name"},
		{"ann@münchen.example", "", mail.Address{}, "not plain ASCII"},
		{strings.Repeat("a", 250) + "@example.com", "", mail.Address{}, "too long"},
	} {
		cfg, err := Settings{MailFrom: tt.from, BaseURL: tt.base}.Check(nil)
		text := ""
		if err != nil {
			text = err.Error()
		}
		if cfg.MailFrom != tt.want || tt.text == "" && text != "" || !strings.Contains(text, tt.text) {
			t.Errorf("%q: %v and %q, want %v and %q", tt.from, cfg.MailFrom, text, tt.want, tt.text)
		}
	}
}

// The sender that stands in for an address that is not set must be one that mails can have.
func TestTheSenderOfEveryBaseURLIsAnAddress(t *testing.T) {
	for _, base := range []string{"https://a.example", "http://localhost", "http://192.0.2.1"} {
		from := mustCheck(t, Settings{BaseURL: base}).MailFrom
		if _, err := mail.ParseAddress(from.String()); err != nil {
			t.Errorf("%s: %s: %v", base, from.String(), err)
		}
	}
}

func TestMailDirIsInTheDataDir(t *testing.T) {
	if got := mustCheck(t, Settings{DataDir: "x"}).MailDir; got != filepath.Join("x", "mail") {
		t.Errorf("MailDir = %q", got)
	}
	if got := mustCheck(t, Settings{MailDir: "y"}).MailDir; got != "y" {
		t.Errorf("MailDir = %q", got)
	}
}

func FuzzParseSMTP(f *testing.F) {
	for _, seed := range []string{"smtp://a:b@c:1", "smtps://[::1]", "smtp://a%40b:%2F@c.d", "smtp://[fe80::1%25eth0]", "smtp:x", "smtp://a:b@c/?d#e"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, value string) {
		s, complaint := parseSMTP(value)
		if complaint != "" {
			if s != (SMTP{}) || strings.Contains(complaint, "%") {
				t.Errorf("%q: %+v with %q", value, s, complaint)
			}
			return
		}
		control := strings.ContainsFunc(s.Host+s.User+string(s.Password), unicode.IsControl)
		if s.Host == "" || s.Port < 1 || s.Port > 65535 || control || (s.User == "") != (s.Password == "") {
			t.Errorf("%q: %+v", value, s)
		}
		if s.TLS == "none" && !loopbackHost(s.Host) {
			t.Errorf("%q: no TLS to %s", value, s.Host)
		}
	})
}

func FuzzParseSender(f *testing.F) {
	for _, seed := range []string{"a@b", "A <a@b>", `"A\"" <"x y"@b>`, "=?utf-8?q?=0A?= <a@b>", "a@[127.0.0.1]", "g: a@b;", "a@b (c)"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, value string) {
		address, complaint := parseSender(value)
		if complaint != "" {
			return
		}
		text := address.String()
		again, err := mail.ParseAddress(text)
		if strings.ContainsAny(text, "\r\n") || err != nil || again.Address != address.Address {
			t.Errorf("%q became %q, which is %v, %v", value, text, again, err)
		}
	})
}
