package password

import (
	"fmt"
	"testing"

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
	f.Fuzz(func(t *testing.T, hash string) {
		h, ok := parse(hash)
		if !ok {
			if h != (parsed{}) {
				t.Fatalf("parse(%q) = %+v without ok", hash, h)
			}
			return
		}
		if h.cost < MinCost || h.cost > MaxCost {
			t.Fatalf("cost of %q = %d", hash, h.cost)
		}
		var again string
		switch {
		case h.format == Bcrypt:
			again = fmt.Sprintf("$2%c$%02d$%s%s", h.minor, h.cost, h.salt, h.digest)
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
