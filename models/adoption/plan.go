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

// Adopter adopts the users of a database.
type Adopter struct {
	db        *db.DB
	passwords Passwords
	workers   int
	marks     secret.Marks
	plan      Plan
	guard     Guard
	shared    map[string]bool // addresses of several rows

	oversalted map[int64]bool // rows with a salt that is too long
	undecided  int            // rows that the last run left for want of a word
}

// Guard refuses to go on where marks of ours would be of no use to the servers, because their secret was changed.
type Guard func(ctx context.Context, q db.Querier) error

// New returns an adopter that has as many hashes made at once as there are workers. It writes nothing that the guard
// refuses.
func New(conn *db.DB, passwords Passwords, workers int, marks secret.Marks, plan Plan, guard Guard) *Adopter {
	return &Adopter{db: conn, passwords: passwords, workers: max(1, workers), marks: marks, plan: plan, guard: guard}
}
