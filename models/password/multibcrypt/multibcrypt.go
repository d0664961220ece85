// Package multibcrypt computes several bcrypts at the same time.
//
// A bcrypt is one long chain of table look-ups, each of which needs the result
// of the one before, so it leaves most of a processor core idle. Compute
// advances up to Width independent ones in one loop: four together take about
// a third more time than one alone.
//
// The algorithm is from Provos and Mazières, "A Future-Adaptable Password
// Scheme" (USENIX 1999), on top of Schneier's Blowfish ("Description of a New
// Variable-Length Key, 64-Bit Block Cipher", 1993). The results are bit for bit
// those of golang.org/x/crypto/bcrypt, which remains the reference: the tests
// and a fuzz target compare with it.
//
// What surrounds the digest in a stored hash ($2b$, the cost) is left to the
// caller: $2a$, $2b$ and $2y$ are the same computation, $2$ and $2x$ are not
// what is computed here.
package multibcrypt

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
)

// The costs that exist.
const (
	MinCost = 4
	MaxCost = 31
)

// Job is one bcrypt to compute.
type Job struct {
	Cost int
	// Password is taken as it is. Bytes after the 72nd do not count, as in
	// x/crypto's CompareHashAndPassword; NUL is a byte as any other.
	Password []byte
	// Salt is 16 bytes as a stored hash has them, in 22 characters of bcrypt's
	// base64. The four bits that the last character has to spare do not count.
	Salt string
	// Digest is set by Compute: 23 bytes in 31 characters of the same base64.
	Digest string
}

// ErrCost is the answer to a cost that does not exist.
var ErrCost = errors.New("no such bcrypt cost")

// ErrSalt is the answer to a salt that is not 16 bytes in 22 characters.
var ErrSalt = errors.New("malformed bcrypt salt")

// Compute sets the digest of each job, Width at a time. After an error none is set.
func Compute(jobs ...*Job) error {
	for _, j := range jobs {
		if _, err := j.check(); err != nil {
			return err
		}
	}
	rest := jobs[min(Width, len(jobs)):]
	Run(jobs[:len(jobs)-len(rest)], func(int, error) (next *Job) {
		if len(rest) > 0 {
			next, rest = rest[0], rest[1:]
		}
		return next
	})
	return nil
}

// Run computes up to Width jobs together, of any costs. When the one in a place is done, or refused, next tells what comes
// in that place, or nil. So each place takes the time of its own work, whatever is in the others.
func Run(jobs []*Job, next func(place int, err error) *Job) {
	var passwords, saltings [Width]key
	var g group
	var live [Width]*Job
	var left [Width]int // rounds
	put := func(i int, j *Job) {
		for j != nil {
			salt, err := j.check()
			if err == nil {
				passwords[i], saltings[i] = bcryptKey(j.Password), newKey(salt)
				g[i] = newState(&passwords[i], &saltings[i])
				left[i] = 1 << j.Cost
				break
			}
			j = next(i, err)
		}
		live[i] = j
	}
	for i, j := range jobs {
		put(i, j)
	}
	for {
		n, rounds, last := 0, 0, 0
		for i, j := range live {
			if j != nil && (n == 0 || left[i] < rounds) {
				rounds = left[i]
			}
			if j != nil {
				n, last = n+1, i
			}
		}
		switch n {
		case 0:
			return
		case 1:
			for range rounds {
				g[last].expand(&passwords[last])
				g[last].expand(&saltings[last])
			}
		default:
			for range rounds {
				g.expand(&passwords)
				g.expand(&saltings)
			}
		}
		for i, j := range live {
			if j == nil {
				continue
			}
			if left[i] -= rounds; left[i] == 0 {
				j.Digest = g[i].digest()
				put(i, next(i, nil))
			}
		}
	}
}

func (j *Job) check() (salt []byte, err error) {
	if j.Cost < MinCost || j.Cost > MaxCost {
		return nil, fmt.Errorf("%w: %d", ErrCost, j.Cost)
	}
	return decodeSalt(j.Salt)
}

// NewSalt makes the salt of a new hash.
func NewSalt() string {
	salt := make([]byte, saltSize)
	rand.Read(salt) // never fails since Go 1.24: it ends the program instead
	return encoding.EncodeToString(salt)
}

const (
	saltSize   = 16
	saltLen    = 22 // characters of a salt
	digestSize = 23
)

// encoding is bcrypt's own base64: other characters in another order than RFC
// 4648.
var encoding = base64.NewEncoding("./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789").
	WithPadding(base64.NoPadding)

// decodeSalt counts the characters and the bytes, since the decoder passes over
// line breaks.
func decodeSalt(text string) ([]byte, error) {
	salt, err := encoding.DecodeString(text)
	if err != nil || len(text) != saltLen || len(salt) != saltSize {
		return nil, ErrSalt
	}
	return salt, nil
}

// bcryptKey is what Blowfish gets for a password: bcrypt takes the C string, its
// closing NUL included.
func bcryptKey(password []byte) key {
	return newKey(append(slices.Clip(password), 0))
}
