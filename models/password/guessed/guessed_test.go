package guessed

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// wellKnown are passwords that everybody tries first.
var wellKnown = []string{
	"password", "12345678", "123456789", "password1", "iloveyou", "qwertyuiop", "sunshine", "princess", "football", "baseball",
	"trustno1", "1234567890",
}

const ann = "ann.lee@example.com"

func TestTheListIsAsItIsDescribed(t *testing.T) {
	text, ended := strings.CutSuffix(list(), "\n")
	lines := strings.Split(text, "\n")
	if !ended || len(lines) != 10_000 {
		t.Errorf("%d lines, the last one ended: %v; want 10,000 and true", len(lines), ended)
	}
	if !slices.IsSorted(lines) {
		t.Error("the lines are not sorted")
	}
	for i, line := range lines {
		if utf8.RuneCountInString(line) < 8 || line != strings.ToLower(line) || line != strings.TrimSpace(line) {
			t.Errorf("line %d is %q", i+1, line)
		}
		if i > 0 && line == lines[i-1] {
			t.Errorf("%q is there twice", line)
		}
		if !common(line) {
			t.Errorf("%q is not found", line)
		}
	}
}

func TestADamagedListIsNoticed(t *testing.T) {
	for name, damaged := range map[string][]byte{
		"empty": nil, "cut": packed[:len(packed)-1], "changed": append([]byte{packed[0] ^ 1}, packed[1:]...),
	} {
		if text, err := unpack(damaged); err == nil {
			t.Errorf("%s: %d bytes, no error", name, len(text))
		}
	}
}

func TestTheMostUsedPasswordsAreRefusedInAnyCase(t *testing.T) {
	p := New(Options{})
	for _, plain := range wellKnown {
		for _, typed := range []string{plain, strings.ToUpper(plain), strings.ToUpper(plain[:1]) + plain[1:]} {
			if got := p.Weakness(typed, ann); got != "is one of the most used passwords" {
				t.Errorf("%q: %q", typed, got)
			}
		}
	}
}

func TestNothingElseIsRefused(t *testing.T) {
	p := New(Options{Words: []string{"Gatehouse", "auth.example.com", "127.0.0.1", "X1"}})
	for _, plain := range []string{
		"correct horse", "just lower case", "passwordpasswordpassword", "password ", " password", "pass word", "passwor", "password\npassword1",
		"", "\n", "0", "zzzzzzzzzzzzzzzzzzzz", "\xff\xfe", strings.Repeat("a", 1024), "ÿÿÿÿÿÿÿÿ",
		"gatehouse keeps my cats", "my gatehouse", "Gate house", "🐎gatehouse🐎", "example", "auth.example", "ann lee", "lee@example.com",
		"127.0.0.1", "10.0.0.1-10.0.0.1", "x1x1x1x1", "X1", "20261224", "!?!?!?!?",
	} {
		if got := p.Weakness(plain, ann); got != "" {
			t.Errorf("%q: %q", plain, got)
		}
	}
	for plain, email := range map[string]string{"al2026!!!": "al@b.c", "a.l2026!!": "a.l@b.c"} {
		if got := p.Weakness(plain, email); got != "" {
			t.Errorf("%q has two letters: %q", plain, got)
		}
	}
	if got := New(Options{Words: []string{""}}).Weakness("20261224", ""); got != "" {
		t.Errorf("no word at all: %q", got)
	}
}

func TestNamesOfTheSiteAndPartsOfTheAddressAreRefused(t *testing.T) {
	p := New(Options{Words: []string{"Kästner & Söhne 24", "auth.example.com"}})
	for _, plain := range []string{
		"kästner & söhne 24", "KÄSTNER & SÖHNE", "1Kästner & Söhne2026!", "auth.example.com", "  Auth.Example.Com...", "$auth.example.com+1",
		"ann.lee@example.com", "ANN.LEE@example.com1", "ann.lee", "Ann.Lee2026", "--ann.lee--", "example.com", "(Example.com)", "ann.lee٣٣",
	} {
		if got := p.Weakness(plain, ann); got != "must not be your e-mail address, a part of it or the name of this site" {
			t.Errorf("%q: %q", plain, got)
		}
	}
	if p.Weakness("Ann.Lee2026", "ben@example.org") != "" {
		t.Error("somebody else's address is refused")
	}
	if p.Weakness("lee2026!!", "77lee!@example.com") == "" {
		t.Error("a local part with digits around it is not refused")
	}
}

func BenchmarkCommon(b *testing.B) {
	for b.Loop() {
		common("correct horse")
	}
}

func BenchmarkUnpack(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := unpack(packed); err != nil {
			b.Fatal(err)
		}
	}
}
