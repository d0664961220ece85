// Package adoption takes over the passwords of a users table that an older program made and still uses. It hashes plain
// text into a column of our own, beside the column password, which stays as it is until Finish: so both programs sign
// people in. Every write depends on the very text that was read, so that it never undoes what somebody does meanwhile, and
// each act can be killed and run again.
package adoption

import (
	"context"
	"strings"
	"unicode/utf8"

	"gatehouse/db"
	"gatehouse/models/password"
	"gatehouse/models/secret"
)

// Passwords makes hashes; the pool of hash workers does it in the program.
type Passwords interface {
	Hash(ctx context.Context, plain string) (string, error)
	Wrap(ctx context.Context, hex string, s password.Scheme) (string, error)
}

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
	unusable                   // it is nothing that anybody could type at a sign-in
)

func (p Plan) treat(text string) treatment {
	switch look := password.LookOf(text); look {
	case password.LooksPlain:
		return typable(text)
	case password.LooksHex, password.LooksUnknownHash:
		weak, hex := password.HexOf(text)
		switch {
		case hex && weak == p.Weak:
			return wrap
		case p.Plain:
			return typable(text)
		}
		return undecided
	case password.LooksForeign:
		if password.Kind(text) == password.Unknown {
			return respell
		}
		return leave
	default:
		return leave
	}
}

// makes tells whether a treatment makes a hash.
func (t treatment) makes() bool { return t == hash || t == respell || t == wrap }

func typable(text string) treatment {
	if !utf8.ValidString(text) || strings.ContainsRune(text, 0) || len(text) > password.MaxBytes {
		return unusable
	}
	return hash
}

// Adopter adopts the users of a database.
type Adopter struct {
	db        *db.DB
	passwords Passwords
	workers   int
	marks     secret.Marks
	plan      Plan
}

// New returns an adopter that has as many hashes made at once as there are workers.
func New(conn *db.DB, passwords Passwords, workers int, marks secret.Marks, plan Plan) *Adopter {
	return &Adopter{conn, passwords, max(1, workers), marks, plan}
}
