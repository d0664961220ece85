package password

import (
	"context"
	"crypto/md5"  //nolint:gosec // read, never chosen: an old table holds them
	"crypto/sha1" //nolint:gosec // likewise
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
)

// Weak is a fast hash that old programs stored in hex.
type Weak string

// The fast hashes that can be wrapped.
const (
	MD5    Weak = "md5"
	SHA1   Weak = "sha1"
	SHA256 Weak = "sha256"
	SHA512 Weak = "sha512"
)

// MaxSalt is the length of the longest salt of a wrapped hash, in bytes.
const MaxSalt = 64

// Scheme says how an old program made its hashes.
type Scheme struct {
	Algorithm Weak
	// Salt is what was hashed together with the password; it may be empty.
	Salt string
	// SaltAfter says that the salt followed the password.
	SaltAfter bool
}

// errNotHex is the answer of Wrap to a text that is no digest of the algorithm.
var errNotHex = errors.New("not a digest of that algorithm in hex")

// ErrSaltTooLong is the answer of Wrap to a salt of more than MaxSalt bytes.
var ErrSaltTooLong = fmt.Errorf("salt is longer than %d bytes", MaxSalt)

const wrappedPrefix = "$gatehouse-wrapped$v=1,a="

// Wrap makes the string to store for a weak old hash, without its password:
// bcrypt over that digest in hex, upper or lower case, with what is needed to
// make it again. Errors: one for a text that is no digest of the algorithm,
// ErrSaltTooLong, and those of Hash.
func (p *Pool) Wrap(ctx context.Context, digest string, s Scheme) (string, error) {
	if weak, ok := HexOf(digest); !ok || weak != s.Algorithm {
		return "", fmt.Errorf("wrap %s: %w", s.Algorithm, errNotHex)
	}
	if len(s.Salt) > MaxSalt {
		return "", ErrSaltTooLong
	}
	inner, err := p.Hash(ctx, string(wrappedKey(digest)))
	if err != nil {
		return "", err
	}
	place := "before"
	if s.SaltAfter {
		place = "after"
	}
	salt := base64.RawURLEncoding.EncodeToString([]byte(s.Salt))
	return fmt.Sprintf("%s%s,p=%s$%s$%s", wrappedPrefix, s.Algorithm, place, salt, inner), nil
}

// HexOf tells of which hash a text could be the digest in hex, by its length.
// What was hashed, and whether it is a hash at all, nobody can tell from it.
func HexOf(text string) (Weak, bool) {
	if !isHex(text) {
		return "", false
	}
	for _, weak := range []Weak{MD5, SHA1, SHA256, SHA512} {
		if len(text) == len(weak.hex("")) {
			return weak, true
		}
	}
	return "", false
}

func isHex(s string) bool { return strings.Trim(s, "0123456789abcdefABCDEF") == "" }

// hex is what the old program stored. An unknown algorithm has none.
func (w Weak) hex(text string) string {
	switch w {
	case MD5:
		sum := md5.Sum([]byte(text)) //nolint:gosec // bcrypt goes over it
		return hex.EncodeToString(sum[:])
	case SHA1:
		sum := sha1.Sum([]byte(text)) //nolint:gosec // bcrypt goes over it
		return hex.EncodeToString(sum[:])
	case SHA256:
		sum := sha256.Sum256([]byte(text))
		return hex.EncodeToString(sum[:])
	case SHA512:
		sum := sha512.Sum512([]byte(text))
		return hex.EncodeToString(sum[:])
	default:
		return ""
	}
}

// wrappedKey is the password that bcrypt gets. It is always 44 characters: the
// hex of SHA-512 is longer than the 72 bytes that bcrypt reads.
func wrappedKey(digest string) []byte {
	sum := sha256.Sum256([]byte(strings.ToLower(digest)))
	return base64.StdEncoding.AppendEncode(nil, sum[:])
}

// parseWrapped reads what follows the prefix: "md5,p=before$SALT$" and a
// standard bcrypt string.
func parseWrapped(rest string) (parsed, bool) {
	params, rest, _ := strings.Cut(rest, "$")
	salt, inner, _ := strings.Cut(rest, "$")
	weak, place, _ := strings.Cut(params, ",p=")
	if Weak(weak).hex("") == "" || (place != "before" && place != "after") {
		return parsed{}, false
	}
	if !holds(base64.RawURLEncoding, salt, 0, MaxSalt) {
		return parsed{}, false
	}
	h, ok := parseBcrypt(inner)
	if !ok {
		return parsed{}, false
	}
	h.format, h.algorithm, h.text, h.after = Wrapped, weak, salt, place == "after"
	return h, true
}

// wrappedKeyFor is what bcrypt hashes for plain under a wrapped row.
func (h parsed) wrappedKeyFor(plain string) []byte {
	salt, _ := base64.RawURLEncoding.DecodeString(h.text) // parse has looked at it
	if h.after {
		return wrappedKey(Weak(h.algorithm).hex(plain + string(salt)))
	}
	return wrappedKey(Weak(h.algorithm).hex(string(salt) + plain))
}
