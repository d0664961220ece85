package adoption

import (
	"strings"
	"unicode/utf8"

	"gatehouse/models/password"
)

// Plan is what the operator decided about texts that could be several things. Nothing is decided by guessing.
type Plan struct {
	Weak       password.Weak // the hash that hexadecimal texts of its length are; empty where that is undecided
	SaltColumn string        // the column with the salt of each; empty where there is none
	SaltAfter  bool          // the salt followed the password, instead of going before it
	Plain      bool          // all undecided texts are plain text
}

// treatment is what becomes of a text in password.
type treatment int

const (
	leave     treatment = iota // it is a hash that signs in, or it is empty
	hash                       // it is plain text
	respell                    // it is a hash that signs in once it is written as we write it
	wrap                       // it is a weak hash
	undecided                  // it could be a hash or plain text
	unusable                   // it is a damaged or unknown hash, one whose salt is too long, or nothing that anybody could type
)

func (p Plan) treat(text string) treatment {
	switch password.LookOf(text) {
	case password.LooksPlain:
		return typable(text)
	case password.LooksHex:
		weak, _ := password.HexOf(text)
		switch {
		case weak == p.Weak:
			return wrap
		case p.Plain:
			return typable(text)
		}
		return undecided
	case password.LooksUnknownHash:
		return unusable // as plain text it would let whoever has read the table sign in with it
	case password.LooksForeign:
		if password.FormatOf(text) == password.Unknown {
			return respell
		}
		return leave
	default:
		return leave
	}
}

// Adoptable tells whether adopt makes a hash of a text in password without being told what it is.
func Adoptable(text string) bool { return Plan{}.treat(text).makes() }

// makes tells whether a treatment makes a hash.
func (t treatment) makes() bool { return t == hash || t == respell || t == wrap }

func typable(text string) treatment {
	if !utf8.ValidString(text) || strings.ContainsRune(text, 0) || len(text) > password.MaxBytes {
		return unusable
	}
	return hash
}
