package user

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestParseEmail(t *testing.T) {
	tests := []struct{ name, in, key string }{
		{"plain", "ann@example.com", "ann@example.com"},
		{"spaces around and upper case", "  Ann@Example.COM\t", "ann@example.com"},
		{"dots and plus stay", "a.n.n+tag@example.com", "a.n.n+tag@example.com"},
		{"composed by NFC", "a\u0308nn@example.com", "\u00e4nn@example.com"},
		{"domain to ASCII", "ann@b\u00fccher.example", "ann@xn--bcher-kva.example"},
		{"fullwidth domain", "ann@\uff45xample.com", "ann@example.com"},
		{"local host", "root@localhost", "root@localhost"},
		{"no @", "ann.example.com", ""},
		{"two @", "a@b@example.com", ""},
		{"no local part", "@example.com", ""},
		{"no domain", "ann@", ""},
		{"empty label", "ann@example..com", ""},
		{"hyphen at an edge", "ann@-example.com", ""},
		{"underscore", "ann@exa_mple.com", ""},
		{"dots at an edge", ".ann@example.com", ""},
		{"two dots", "a..n@example.com", ""},
		{"quoted", `"a n"@example.com`, ""},
		{"space inside", "a nn@example.com", ""},
		{"NUL", "a\x00nn@example.com", ""},
		{"line break", "ann@example.com\r\nBcc: x@example.com", ""},
		{"no-break space", "a\u00a0nn@example.com", ""},
		{"zero width", "a\u200bnn@example.com", ""},
		{"bad UTF-8", "a\xffnn@example.com", ""},
		{"long local part", strings.Repeat("a", 65) + "@example.com", ""},
		{"254 bytes", strings.Repeat("a", 64) + "@" + strings.Repeat("b", 63) + "." + strings.Repeat("c", 63) + "." + strings.Repeat("d", 61), strings.Repeat("a", 64) + "@" + strings.Repeat("b", 63) + "." + strings.Repeat("c", 63) + "." + strings.Repeat("d", 61)},
		{"255 bytes", strings.Repeat("a", 64) + "@" + strings.Repeat("b", 63) + "." + strings.Repeat("c", 63) + "." + strings.Repeat("d", 62), ""},
		{"dotted capital I is another letter", "\u0130a@x.com", "i\u0307a@x.com"},
		{"dotted capital I is another domain", "a@\u0130x.com", "a@xn--ix-rub.com"},
		{"variation selector", "a\ufe0f@x.com", ""},
		{"filler", "a\u3164@x.com", ""},
		{"grapheme joiner", "a\u034f@x.com", ""},
		{"blank braille", "a\u2800@x.com", ""},
		{"soft hyphen in the domain", "a@exam\u00adple.com", ""},
		{"zero width in the domain", "a@exam\u200bple.com", ""},
		{"word joiner in the domain", "a@exam\u2060ple.com", ""},
		{"variation selector in the domain", "a@exa\ufe0fmple.com", ""},
		{"joiner of a script", "a@\u0646\u0627\u0645\u0647\u200c\u0627\u06cc.com", "a@xn--mgba3gch31f060k.com"},
		{"long as typed", "a@" + strings.Repeat(strings.Repeat("\u00fc", 50)+".", 3) + "com", ""},
		{"long in ASCII", strings.Repeat("a", 64) + "@" + strings.Repeat("\u00fc.", 25) + "com", ""},
		{"empty", "", ""},
	}
	for _, test := range tests {
		e, err := ParseEmail(test.in)
		if (err == nil) != (test.key != "") || e.Key() != test.key {
			t.Errorf("%s: ParseEmail(%q) = %q, %v, want %q", test.name, test.in, e.Key(), err, test.key)
		}
		if err == nil && e.String() != strings.TrimSpace(test.in) {
			t.Errorf("%s: shown as %q", test.name, e)
		}
	}
}

// FuzzParseEmail holds that a canonical form is its own canonical form, and fits where it is stored and sent.
func FuzzParseEmail(f *testing.F) {
	for _, s := range []string{"ann@example.com", " Ann@B\u00fccher.example ", "\u0130@x.y", "a\u0308@x", "\u1e9e@\u1e9e.de", "a@\u00df.de", "\u03a3\u03c2@x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		e, err := ParseEmail(s)
		if err != nil {
			return
		}
		again, err := ParseEmail(e.Key())
		if err != nil || again.Key() != e.Key() {
			t.Fatalf("%q is %q, which is %q (%v)", s, e.Key(), again.Key(), err)
		}
		if shown, err := ParseEmail(e.String()); err != nil || shown.Key() != e.Key() {
			t.Fatalf("%q is shown as %q, which is another address (%v)", s, e, err)
		}
		if len(e.Key()) > maxEmailBytes || len(e.String()) > maxEmailBytes || !utf8.ValidString(e.Key()) ||
			strings.Count(e.Key(), "@") != 1 || strings.ContainsAny(e.Key()+e.String(), "\r\n\x00") {
			t.Fatalf("%q is %q, shown as %q", s, e.Key(), e)
		}
	})
}
