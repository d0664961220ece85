// Package password makes and checks password hashes without letting them
// starve the rest of the server.
//
// Callers start one Pool and ask it to Hash or Verify. What it promises:
//
//   - A hash of a password of up to 72 bytes is a standard bcrypt string. A
//     longer one, up to MaxBytes, is in passlib's $bcrypt-sha256$v=2 format,
//     because bcrypt ignores what comes after byte 72.
//   - A password is taken exactly: no trim, fold, normalisation or cut
//     (ASVS 5.0 6.2.8).
//   - A check that fails takes the time of one bcrypt at the configured cost,
//     whatever is stored, so that it does not tell who has an account
//     (ASVS 5.0 6.3.8). There are two exceptions: a stored bcrypt that is dearer
//     than configured takes its own time, and a hash that came from another
//     program (Foreign) takes its own time on top of the one bcrypt, until the
//     first sign-in replaces it.
//   - What is not a known hash never matches; nothing is compared as plain text.
//   - A caller who would wait too long is refused at once (ASVS 5.0 15.2.2).
package password

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"golang.org/x/crypto/bcrypt"
)

// MaxBytes is the length of the longest password that is accepted, in bytes.
// ASVS 5.0 6.2.9 asks for 64 characters at least, which is 256 bytes of UTF-8;
// the bound only keeps one request from holding much memory.
const MaxBytes = 1024

const (
	// MinCost is the lowest bcrypt cost that exists.
	MinCost = bcrypt.MinCost
	// MaxCost is the highest cost that is written or verified. A row of cost 31
	// would hold a worker for a day, so a dearer hash counts as unknown
	// (ASVS 5.0 15.2.2).
	MaxCost = 16
)

// errTooLong is the answer to a new password of more than MaxBytes.
var errTooLong = errors.New("password is longer than " + strconv.Itoa(MaxBytes) + " bytes")

// ErrOverloaded says that the password was not looked at, because the wait
// would be too long or the pool does not run. It is never "wrong password".
var ErrOverloaded = errors.New("password hashing is overloaded")

// OverloadedError is the ErrOverloaded that Hash and Verify return; it adds
// when to come back.
type OverloadedError struct {
	// RetryAfter is in whole seconds and at least one, as the Retry-After
	// header of RFC 9110 section 10.2.3 wants it.
	RetryAfter time.Duration
}

// Error names the wait, for the log.
func (e *OverloadedError) Error() string {
	return fmt.Sprintf("%v: retry after %v", ErrOverloaded, e.RetryAfter)
}

// Unwrap makes errors.Is(err, ErrOverloaded) true.
func (e *OverloadedError) Unwrap() error { return ErrOverloaded }

// Format is the way a stored hash is written.
type Format int

const (
	// Unknown is whatever this package does not verify: an empty string, plain
	// text, a malformed hash, an algorithm it does not know, a cost above MaxCost
	// or the bounds of foreign hashes.
	Unknown Format = iota
	// Bcrypt is the standard string with the prefix $2a$, $2b$ or $2y$.
	Bcrypt
	// BcryptSHA256 is passlib's $bcrypt-sha256$, version 1 or 2.
	BcryptSHA256
	// Wrapped is bcrypt over a weak old hash, as Pool.Wrap makes it.
	Wrapped
	// Foreign is argon2, scrypt, PBKDF2 or SHA-crypt as other programs store
	// them. This package verifies them and never makes them.
	Foreign
)

// FormatOf tells in which format a stored hash is. It does no hashing.
func FormatOf(hash string) Format {
	h, _ := parse(hash)
	return h.format
}

// Cost reads the bcrypt cost out of a stored hash, for Wrapped that of the
// bcrypt inside; false means that FormatOf is Unknown or Foreign.
func Cost(hash string) (int, bool) {
	h, _ := parse(hash)
	return h.cost, h.cost > 0
}

const (
	// alphabet is bcrypt's own base64: other characters in another order than
	// RFC 4648.
	alphabet   = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	saltLen    = 22 // characters of 16 bytes
	digestLen  = 31 // characters of 23 bytes
	plainLimit = 72 // bytes of the key that bcrypt reads
)

// parsed is a stored hash taken apart. The zero value is an unknown hash.
type parsed struct {
	format  Format
	version int  // of $bcrypt-sha256$
	minor   byte // a, b or y
	cost    int
	salt    string
	digest  string

	algorithm string // of the hash that is wrapped, or the identifier of a foreign one
	text      string // a foreign hash as it stands, or the salt of a wrapped one
	after     bool   // that salt follows the password
	extra     uint64 // units that a foreign hash is guessed to take
}

// parse does no hashing and, on foreign ones, runs no code of others.
func parse(hash string) (parsed, bool) {
	if rest, ok := strings.CutPrefix(hash, sha256Prefix); ok {
		return parseSHA256(rest)
	}
	if rest, ok := strings.CutPrefix(hash, wrappedPrefix); ok {
		return parseWrapped(rest)
	}
	if strings.HasPrefix(hash, "$2") {
		return parseBcrypt(hash)
	}
	return parseForeign(hash)
}

// parseBcrypt is stricter than x/crypto's reader, which takes any minor version
// (the wrong $2$ and $2x$ too), any length past 59 and line breaks inside the
// salt.
func parseBcrypt(hash string) (parsed, bool) {
	if len(hash) != 7+saltLen+digestLen || hash[:2] != "$2" || hash[3] != '$' || hash[6] != '$' {
		return parsed{}, false
	}
	h := parsed{format: Bcrypt, minor: hash[2], salt: hash[7 : 7+saltLen], digest: hash[7+saltLen:]}
	var ok bool
	if h.cost, ok = parseCost(hash[4:6]); !ok || !strings.ContainsRune("aby", rune(h.minor)) {
		return parsed{}, false
	}
	if !isBase64(h.salt) || !isBase64(h.digest) {
		return parsed{}, false
	}
	return h, true
}

// parseCost takes digits only; strconv alone would also take "+9".
func parseCost(s string) (int, bool) {
	if strings.Trim(s, "0123456789") != "" {
		return 0, false
	}
	cost, err := strconv.Atoi(s)
	return cost, err == nil && cost >= MinCost && cost <= MaxCost
}

func isBase64(s string) bool { return strings.Trim(s, alphabet) == "" }

// bcryptString is the form that x/crypto compares. $2a$, $2b$ and $2y$ are the
// same algorithm: the letters only tell which old bug of another program a
// hash is free of.
func (h parsed) bcryptString() string {
	return fmt.Sprintf("$2a$%02d$%s%s", h.cost, h.salt, h.digest)
}

// fitsBcrypt says whether plain bcrypt tells this password from every other.
// Past 72 bytes it ignores the rest. A NUL byte ends the password in C
// programs, and elsewhere "a" and "a\x00a" give the same key.
func fitsBcrypt(plain string) bool {
	return len(plain) <= plainLimit && strings.IndexByte(plain, 0) < 0
}

// key is what bcrypt hashes for plain under this row. If exact is false the
// row can only be the hash of another password: the key still costs the same
// work, but the answer must be no.
func (h parsed) key(plain string) (key []byte, exact bool) {
	known := plain[:min(len(plain), MaxBytes)]
	switch h.format {
	case BcryptSHA256:
		return sha256Key(h.version, h.salt, known), known == plain
	case Wrapped:
		return h.wrappedKeyFor(known), known == plain
	default:
		return plainKey(plain), fitsBcrypt(plain)
	}
}

func plainKey(plain string) []byte { return []byte(plain[:min(len(plain), plainLimit)]) }

// current says whether this package would write that format for plain today. The letter of bcrypt does not matter: PHP
// programs that share the table take $2y$ alone.
func (h parsed) current(plain string) bool {
	if fitsBcrypt(plain) {
		return h.format == Bcrypt
	}
	return h.format == BcryptSHA256 && h.version == 2 && h.minor == 'b'
}
