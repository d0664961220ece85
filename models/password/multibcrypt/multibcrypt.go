// Package multibcrypt computes several bcrypts at the same time.
//
// A bcrypt is one long chain of table look-ups, each of which needs the result
// of the one before, so it leaves most of a processor core idle. Compute
// advances up to Width independent ones in one loop: four together take less
// than one and a half times as long as one alone.
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

// Job is one bcrypt to compute.
type Job struct {
	Cost int // from 4 to 31, as bcrypt defines it
	// Password is taken as it is. Bytes after the 72nd do not count, as in
	// x/crypto's CompareHashAndPassword; NUL is a byte as any other.
	Password []byte
	// Salt is 16 bytes as a stored hash has them, in 22 characters of bcrypt's
	// base64. The four bits that the last character has to spare do not count.
	Salt string
	// Digest is set by Compute: 23 bytes in 31 characters of the same base64.
	Digest string
}

var (
	errCost = errors.New("no such bcrypt cost")
	errSalt = errors.New("malformed bcrypt salt")
)

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

func (j *Job) check() (salt []byte, err error) {
	if j.Cost < minCost || j.Cost > maxCost {
		return nil, fmt.Errorf("%w: %d", errCost, j.Cost)
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
	minCost = 4
	maxCost = 31

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
		return nil, errSalt
	}
	return salt, nil
}

// bcryptKey is what Blowfish gets for a password: bcrypt takes the C string, its
// closing NUL included.
func bcryptKey(password []byte) key {
	return newKey(append(slices.Clip(password), 0))
}
