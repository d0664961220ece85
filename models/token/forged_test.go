package token

import (
	"crypto/elliptic"
	"encoding/asn1"
	"encoding/base64"
	"errors"
	"maps"
	"math/big"
	"strings"
	"testing"
	"time"
)

// forged are tokens that nobody may be let in with, by what is wrong with them.
func (f forger) forged() map[string]string {
	f.tb.Helper()
	parts := []map[string]string{f.forgedTexts(), f.forgedSignatures(), f.forgedHeaders(), f.forgedAlgorithms(), f.forgedClaims(), f.forgedBodies()}
	if f.key.private != nil {
		parts = append(parts, f.forgedES256())
	} else {
		parts = append(parts, f.forgedHS256())
	}
	all := map[string]string{}
	for _, part := range parts {
		for name, text := range part {
			if _, twice := all[name]; twice {
				f.tb.Fatalf("two forged tokens are called %q", name)
			}
			all[name] = text
		}
	}
	return all
}

// Nor does time change it: what is wrong is never reported as merely expired, which would end somebody's family.
func TestAForgedTokenIsInvalidAtAnyTime(t *testing.T) {
	for _, f := range forgers(t) {
		t.Run(f.name, func(t *testing.T) {
			f.tb = t
			if c, err := f.issuer.Parse(f.kind, f.draft().text(), noon); err != nil || c != claimed() {
				t.Fatalf("the token that the forged ones are made of: %+v, %v", c, err)
			}
			if c, err := f.issuer.Parse(f.kind, f.draft().text(), later); err != ErrExpired || c != claimed() {
				t.Fatalf("the same, expired: %+v, %v, want %v", c, err, ErrExpired)
			}
			forged := f.forged()
			if len(forged) < 45 {
				t.Fatalf("%d forged tokens", len(forged))
			}
			for name, text := range forged {
				for _, at := range []time.Time{noon, later} {
					if c, err := f.issuer.Parse(f.kind, text, at); !errors.Is(err, ErrInvalid) || c != (Claims{}) {
						t.Errorf("%s, %s: %+v, %v, want %v", name, at.Format(time.DateOnly), c, err, ErrInvalid)
					}
				}
			}
		})
	}
}

func TestEachChangedCharacterMakesATokenInvalid(t *testing.T) {
	for _, f := range forgers(t) {
		text := []byte(f.signed(f.kind, claimed()))
		for i, was := range text {
			text[i] = 'A'
			if was == 'A' {
				text[i] = 'B'
			}
			if _, err := f.issuer.Parse(f.kind, string(text), noon); !errors.Is(err, ErrInvalid) {
				t.Errorf("%s: character %d changed: %v, want %v", f.name, i, err, ErrInvalid)
			}
			text[i] = was
		}
	}
}

// forgedTexts are spelled in ways that our tokens never are, or are no tokens at all.
func (f forger) forgedTexts() map[string]string {
	text := f.signed(f.kind, claimed())
	input, signature := cut(text)
	header, payload, _ := strings.Cut(input, ".")
	return map[string]string{
		"empty":                            "",
		"one dot":                          ".",
		"two dots":                         "..",
		"four dots":                        "....",
		"three letters":                    "a.b.c",
		"one segment":                      header,
		"two segments":                     input,
		"four segments":                    text + "." + signature,
		"five segments, as encrypted ones": header + ".." + payload + "." + signature + ".",
		"a dot more":                       text + ".",
		"a dot before":                     "." + text,
		"a space before":                   " " + text,
		"a space after":                    text + " ",
		"spaces around the dots":           strings.ReplaceAll(text, ".", " . "),
		"a tab in the signature":           input + "." + signature[:9] + "\t" + signature[9:],
		"a line break at the end":          text + "\n",
		"a line break of Windows":          text + "\r\n",
		"a line break in the signature":    input + "." + signature[:9] + "\n" + signature[9:],
		"a line break in the payload":      header + "." + payload[:9] + "\n" + payload[9:] + "." + signature,
		"a line break that was signed":     f.sign(header+"."+payload[:9]+"\n"+payload[9:], f.method, f.real),
		"a NUL at the end":                 text + "\x00",
		"a NUL in the signature":           input + "." + signature[:9] + "\x00" + signature[9:],
		"a byte order mark":                "\ufeff" + text,
		"dots of another script":           strings.ReplaceAll(text, ".", "\uff0e"),
		"no UTF-8":                         "\xff\xfe" + text,
		"the word Bearer":                  "Bearer " + text,
		"in quotation marks":               `"` + text + `"`,
		"in lower case":                    strings.ToLower(text),
		"twice with a comma":               text + "," + text,
		"escaped for a URL":                strings.ReplaceAll(text, ".", "%2E"),
		"padded signature":                 text + strings.Repeat("=", 3-(len(signature)-1)%4),
		"padded header that was signed":    f.sign(f.padded(header)+"."+payload, f.method, f.real),
		"padded payload that was signed":   f.sign(header+"."+f.padded(payload), f.method, f.real),
		"the alphabet of plain base64":     f.inPlainBase64(),
		"spare bits of the signature":      input + "." + spareBits(signature),
		"spare bits that were signed":      f.sign(header+"."+f.spareBitsOfClaims(), f.method, f.real),
		"one byte too long, and signed":    f.sized(MaxBytes + 1),
		"dots for a mebibyte":              strings.Repeat(".", 1<<20),
		"letters for a mebibyte":           strings.Repeat("A", 1<<20),
		"a signature of a mebibyte":        input + "." + strings.Repeat("A", 1<<20),
	}
}

// padded gets a padding also where none would be due.
func (f forger) padded(segment string) string {
	if n := len(segment) % 4; n > 0 {
		return segment + strings.Repeat("=", 4-n)
	}
	return segment + "===="
}

// inPlainBase64 is a token whose signature has a character that the two alphabets write differently.
func (f forger) inPlainBase64() string {
	for i := range 1000 {
		c := claimed()
		c.ID += strings.Repeat("x", i)
		input, signature := cut(f.signed(f.kind, c))
		if plain := strings.NewReplacer("-", "+", "_", "/").Replace(signature); plain != signature {
			return input + "." + plain
		}
	}
	f.tb.Fatal("no signature has - or _")
	return ""
}

// spareBits sets the last bit of a segment, which stands for nothing where the length is no multiple of 3 bytes.
func spareBits(segment string) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	last := strings.IndexByte(alphabet, segment[len(segment)-1])
	return segment[:len(segment)-1] + alphabet[last|1:last|1+1]
}

func (f forger) spareBitsOfClaims() string {
	d := f.draft()
	for len(d.claims)%3 == 0 {
		d.claims += " "
	}
	return spareBits(encode(d.claims))
}

// forgedSignatures have a signature that is not that of the text before it.
func (f forger) forgedSignatures() map[string]string {
	text := f.signed(f.kind, claimed())
	input, signature := cut(text)
	header, payload, _ := strings.Cut(input, ".")
	c := claimed()
	c.Subject = "1"
	input2, signature2 := cut(f.signed(f.kind, c))
	_, payload2, _ := strings.Cut(input2, ".")
	header3, _, _ := strings.Cut(f.signed(f.other, claimed()), ".")
	raw := f.decode(signature)
	twice := strings.Replace(f.draft().claims, `{`, `{"sub":"1",`, 1)
	all := map[string]string{
		"signature gone":                      input + ".",
		"signature a character shorter":       text[:len(text)-1],
		"signature a byte shorter":            input + "." + encode(raw[:len(raw)-1]),
		"half a signature":                    input + "." + encode(raw[:len(raw)/2]),
		"signature a byte longer":             input + "." + encode(raw+"\x00"),
		"signature a zero byte longer before": input + "." + encode("\x00"+raw),
		"signature twice":                     input + "." + encode(raw+raw),
		"signature of zeros":                  input + "." + encode(strings.Repeat("\x00", len(raw))),
		"signature of ones":                   input + "." + encode(strings.Repeat("\xff", len(raw))),
		"signature with one bit changed":      input + "." + encode(string([]byte{raw[0] ^ 1})+raw[1:]),
		"signature of another token":          input + "." + signature2,
		"payload of another token":            header + "." + payload2 + "." + signature,
		"header of the other kind":            header3 + "." + payload + "." + signature,
		"header and payload in turns":         payload + "." + header + "." + signature,
		"a claim once more, unsigned":         header + "." + encode(twice) + "." + signature,
		"a token of the other kind":           f.signed(f.other, claimed()),
	}
	if f.key.private != nil {
		maps.Copy(all, f.forgedPoints(input, raw))
	}
	return all
}

// forgedPoints are signatures of ECDSA in other forms than that of RFC 7518, 3.4, or with numbers that none has.
func (f forger) forgedPoints(input, raw string) map[string]string {
	r, s := new(big.Int).SetBytes([]byte(raw[:32])), new(big.Int).SetBytes([]byte(raw[32:]))
	der, err := asn1.Marshal(struct{ R, S *big.Int }{r, s})
	if err != nil {
		f.tb.Fatal(err)
	}
	order := string(elliptic.P256().Params().N.Bytes())
	zero := strings.Repeat("\x00", 32)
	return map[string]string{
		"signature in DER":               input + "." + encode(string(der)),
		"signature with r of the order":  input + "." + encode(order+raw[32:]),
		"signature with both the order":  input + "." + encode(order+order),
		"signature with r zero":          input + "." + encode(zero+raw[32:]),
		"signature with s zero":          input + "." + encode(raw[:32]+zero),
		"signature with r and s changed": input + "." + encode(raw[32:]+raw[:32]),
		"signature in standard base64":   input + "." + base64.StdEncoding.EncodeToString([]byte(raw)),
	}
}
