package user

import (
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
	"golang.org/x/text/cases"
	"golang.org/x/text/language"
	"golang.org/x/text/unicode/norm"
)

// maxEmailBytes is the longest address that SMTP can carry (RFC 5321, 4.5.3.1.3, less the angle brackets).
const maxEmailBytes = 254

// ErrInvalidEmail says that a text is no e-mail address that could sign up.
var ErrInvalidEmail = errors.New("invalid e-mail address")

// Email is an address as it was typed, and the one canonical form under which it is unique.
type Email struct {
	typed string
	key   string
}

// ParseEmail checks an address and finds its canonical form: trimmed, NFC, lower case, the domain in ASCII
// (IDNA 2008, RFC 5891). Dots and plus signs are left alone, since only the receiving server knows what they
// mean. Anything else is ErrInvalidEmail: control characters, spaces, invisible letters, quoted local parts, two @
// (ASVS 2.2.1).
func ParseEmail(text string) (Email, error) {
	typed := strings.TrimSpace(text)
	if len(typed) > maxEmailBytes || !utf8.ValidString(typed) {
		return Email{}, ErrInvalidEmail
	}
	local, domain, ok := strings.Cut(typed, "@")
	local = lower(local)
	if !ok || local == "" || len(local) > 64 || !plain(local) || strings.Contains(domain, "@") || strings.ContainsFunc(domain, unseen) {
		return Email{}, ErrInvalidEmail
	}
	// IDNA maps the case of a domain itself; lowered before, some letters would become another domain.
	host, err := idna.Lookup.ToASCII(norm.NFC.String(domain))
	if err != nil || !hostname(host) {
		return Email{}, ErrInvalidEmail
	}
	e := Email{typed: typed, key: local + "@" + host}
	if len(e.key) > maxEmailBytes {
		return Email{}, ErrInvalidEmail
	}
	return e, nil
}

// spellings are the texts that other programs may have stored for this address.
func (e Email) spellings() []any {
	local, host, _ := strings.Cut(e.key, "@")
	domain, err := idna.Lookup.ToUnicode(host)
	if err != nil {
		domain = host
	}
	return []any{e.typed, e.key, local + "@" + domain}
}

// String is the address as it was typed, without the spaces around it.
func (e Email) String() string { return e.typed }

// Key is the canonical form.
func (e Email) Key() string { return e.key }

// owns tells whether a stored address is this one in any spelling.
func (e Email) owns(stored string) bool {
	if ascii(stored) && ascii(e.key) { // nearly every address; IDNA has nothing to do for these
		return strings.EqualFold(strings.TrimSpace(stored), e.key)
	}
	other, err := ParseEmail(stored)
	return err == nil && other.key == e.key
}

func ascii(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r > unicode.MaxASCII })
}

// lower is the full mapping of Unicode, which keeps a dotted capital I apart from a plain one. It composes again
// after lowering, because lower case can decompose what NFC had composed.
func lower(s string) string {
	return norm.NFC.String(cases.Lower(language.Und).String(norm.NFC.String(s)))
}

// plain tells whether a local part is a dot-atom in the wide sense of RFC 6531: letters of any script,
// digits and the punctuation of RFC 5322, 3.2.3.
func plain(local string) bool {
	if strings.HasPrefix(local, ".") || strings.HasSuffix(local, ".") || strings.Contains(local, "..") {
		return false
	}
	for _, r := range local {
		switch {
		case r == utf8.RuneError:
			return false
		case r > unicode.MaxASCII:
			if !unicode.IsGraphic(r) || unicode.IsSpace(r) || invisible(r) {
				return false
			}
		case r <= ' ' || r == 0x7f || strings.ContainsRune(`"(),:;<>@[\]`, r):
			return false
		}
	}
	return true
}

// invisible tells letters that show nothing, and so make two addresses look like one.
func invisible(r rune) bool {
	return unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector) || r == '\u2800'
}

// unseen tells what IDNA would drop from a domain in silence, or what shows nothing there. The two joiners belong to some
// scripts, and IDNA has rules for them (RFC 5892, A.1 and A.2).
func unseen(r rune) bool {
	return invisible(r) || !unicode.IsGraphic(r) && r != '\u200c' && r != '\u200d'
}

func hostname(host string) bool {
	if host == "" || len(host) > 253 {
		return false
	}
	for label := range strings.SplitSeq(host, ".") {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
		for _, r := range label {
			if (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' {
				return false
			}
		}
	}
	return true
}
