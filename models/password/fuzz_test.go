package password

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"
)

// A known hash is one that can be written back to the letter, and that x/crypto
// reads in the same way; so no row makes a worker fail or hash without end.
func FuzzParsedHashIsWhatWasStored(f *testing.F) {
	for _, v := range append(passlibVectors, bcryptVectors...) {
		f.Add(v.hash)
	}
	for _, hash := range unknownHashes {
		f.Add(hash)
	}
	for _, v := range foreignVectors {
		f.Add(v.hash)
	}
	for _, hash := range unknownForeign {
		f.Add(hash)
	}
	for _, v := range wrappedVectors {
		f.Add(v.hash)
	}
	f.Fuzz(func(t *testing.T, hash string) {
		h, ok := parse(hash)
		if !ok {
			if h != (parsed{}) {
				t.Fatalf("parse(%q) = %+v without ok", hash, h)
			}
			return
		}
		if h.format == Foreign {
			checkForeignIsRead(t, h, hash)
			return
		}
		if h.cost < MinCost || h.cost > MaxCost {
			t.Fatalf("cost of %q = %d", hash, h.cost)
		}
		var again string
		inner := fmt.Sprintf("$2%c$%02d$%s%s", h.minor, h.cost, h.salt, h.digest)
		switch {
		case h.format == Bcrypt:
			again = inner
		case h.format == Wrapped:
			place := map[bool]string{false: "before", true: "after"}[h.after]
			again = fmt.Sprintf("$gatehouse-wrapped$v=1,a=%s,p=%s$%s$%s", h.algorithm, place, h.text, inner)
		case h.version == 2:
			again = fmt.Sprintf("$bcrypt-sha256$v=2,t=2%c,r=%d$%s$%s", h.minor, h.cost, h.salt, h.digest)
		default:
			again = fmt.Sprintf("$bcrypt-sha256$2%c,%d$%s$%s", h.minor, h.cost, h.salt, h.digest)
		}
		if again != hash {
			t.Fatalf("parse(%q) writes back %q", hash, again)
		}
		if cost, err := bcrypt.Cost([]byte(h.bcryptString())); err != nil || cost != h.cost {
			t.Fatalf("x/crypto reads cost %d, %v from %q, want %d", cost, err, hash, h.cost)
		}
		if salt, err := bcryptBase64().DecodeString(h.salt); err != nil || len(salt) != blowfishSalt {
			t.Fatalf("salt of %q: %d bytes, %v", hash, len(salt), err)
		}
	})
}

// checkForeignIsRead has go-crypt read a hash and write it back, so that nothing
// that parse lets through is an error or a panic in a worker.
func checkForeignIsRead(t *testing.T, h parsed, hash string) {
	t.Helper()
	if h.text != hash || h.cost != 0 || len(hash) > maxStored {
		t.Fatalf("parse(%q) = %+v", hash, h)
	}
	if guess := time.Duration(h.extra) * unitTime; guess <= 0 || guess > 5*time.Second {
		t.Fatalf("guess for %q = %v", hash, guess)
	}
	digest, err := h.decoder()(hash)
	if err != nil {
		t.Fatalf("go-crypt cannot read %q: %v", hash, err)
	}
	short := strings.NewReplacer("$pbkdf2-sha1$", "$pbkdf2$", "$rounds=5000$", "$")
	if got := digest.Encode(); got != short.Replace(hash) {
		t.Fatalf("go-crypt reads %q as %q", hash, got)
	}
}

// What is told to the operator, what is stored and what signs in agree.
func FuzzLooksAgreeWithWhatVerifies(f *testing.F) {
	for _, hash := range knownHashes() {
		f.Add(hash)
	}
	for _, v := range spellings {
		f.Add(v.text)
	}
	for _, v := range unknownLooks {
		f.Add(v.text)
	}
	for _, text := range append(append(plainLooks, unknownSpellings...), unknownForeign...) {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		look, format := LookOf(text), FormatOf(text)
		stored, ok := Normalize(text)
		_, isDigest := HexOf(text)
		for _, rule := range []struct {
			look Look
			when bool
		}{
			{LooksEmpty, text == ""},
			{LooksBcrypt, format == Bcrypt || format == BcryptSHA256},
			{LooksWrapped, format == Wrapped},
			{LooksForeign, format == Foreign || ok && stored != text},
			{LooksHex, isDigest},
		} {
			if (look == rule.look) != rule.when {
				t.Fatalf("LookOf(%q) = %q, format %v, stored as %q", text, look, format, stored)
			}
		}
		if !ok && stored != "" || ok && len(stored) > maxStored || format != Unknown && stored != text {
			t.Fatalf("Normalize(%q) = %q, %v", text, stored, ok)
		}
		if again, still := Normalize(stored); ok && (FormatOf(stored) == Unknown || !still || again != stored) {
			t.Fatalf("Normalize(%q) = %q, of format %v, and then %q", text, stored, FormatOf(stored), again)
		}
		if damaged := LookOf(text + "\n"); look != LooksPlain && look != LooksUnknownHash && look != LooksEmpty && damaged != LooksUnknownHash {
			t.Fatalf("LookOf(%q) with a line break = %q", text, damaged)
		}
	})
}
