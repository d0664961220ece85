package token

import (
	"encoding/base64"
	"errors"
	"testing"
	"time"
)

// FuzzParse holds that nothing is accepted, nor reported as expired, but what was signed, to the letter: of an ES256
// token the signature may be another one of the same text, since it is random.
func FuzzParse(f *testing.F) {
	issuers := forgers(f)
	known := make([]map[string]Claims, len(issuers))
	for i, by := range issuers {
		known[i] = map[string]Claims{}
		for _, life := range []time.Duration{time.Second, 3 * time.Minute, 5 * time.Minute} {
			c := claimed()
			c.Expires = noon.Add(life).Unix()
			text := by.signed(by.kind, c)
			input, _ := cut(text)
			known[i][input] = c
			f.Add(text)
		}
		if i == 1 || i == 2 { // the other kinds are forged alike, and each seed takes time
			continue
		}
		for _, text := range by.forged() {
			if len(text) <= MaxBytes {
				f.Add(text)
			}
		}
	}
	f.Fuzz(func(t *testing.T, text string) {
		for i, by := range issuers {
			for _, at := range []time.Time{noon, noon.Add(time.Minute), later} {
				c, err := by.issuer.Parse(by.kind, text, at)
				if errors.Is(err, ErrInvalid) && c == (Claims{}) {
					continue
				}
				checkKnown(t, by, known[i], text, c)
				if want := at.Before(c.expiresAt()); (err == nil) != want || err != nil && err != ErrExpired {
					t.Fatalf("%s: %q at %s: %v", by.name, text, at, err)
				}
			}
		}
	})
}

func checkKnown(t *testing.T, by forger, known map[string]Claims, text string, c Claims) {
	t.Helper()
	input, signature := cut(text)
	if want, ok := known[input]; !ok || c != want {
		t.Fatalf("%s: %q means %+v, which was not signed", by.name, text, c)
	}
	raw, err := base64.RawURLEncoding.DecodeString(signature)
	if err != nil || encode(string(raw)) != signature {
		t.Fatalf("%s: the signature of %q is spelled in another way", by.name, text)
	}
	if want, err := by.method.Sign(input, by.real); err != nil || len(raw) != len(want) || by.key.private == nil && string(raw) != string(want) {
		t.Fatalf("%s: %q has another signature, %v", by.name, text, err)
	}
}
