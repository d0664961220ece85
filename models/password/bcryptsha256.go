package password

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/crypto/blowfish" //nolint:staticcheck // bcrypt is made of it; nothing new is built on it
)

const sha256Prefix = "$bcrypt-sha256$"

// parseSHA256 reads what follows the prefix: passlib's version 2
// "v=2,t=2b,r=COST$SALT$DIGEST" or its version 1 "2b,COST$SALT$DIGEST". Both
// names of the algorithm, 2a and 2b, stand for the same computation here.
func parseSHA256(rest string) (parsed, bool) {
	params, tail, _ := strings.Cut(rest, "$")
	salt, digest, _ := strings.Cut(tail, "$")
	h := parsed{format: BcryptSHA256, version: 1, salt: salt, digest: digest}
	sep := ","
	if after, ok := strings.CutPrefix(params, "v=2,t="); ok {
		params, h.version, sep = after, 2, ",r="
	}
	variant, cost, _ := strings.Cut(params, sep)
	if variant != "2a" && variant != "2b" {
		return parsed{}, false
	}
	h.minor = variant[1]
	var ok bool
	// passlib never pads the cost and calls a padded one malformed.
	if h.cost, ok = parseCost(cost); !ok || cost[0] == '0' {
		return parsed{}, false
	}
	if len(salt) != saltLen || len(digest) != digestLen || !isBase64(salt) || !isBase64(digest) {
		return parsed{}, false
	}
	// The salt text is the HMAC key, so the unused bits of its last character
	// count. passlib only writes them as zero.
	if !strings.ContainsRune(".Oeu", rune(salt[saltLen-1])) {
		return parsed{}, false
	}
	return h, true
}

// sha256Key shortens a password to the 44 characters that bcrypt gets. passlib
// documents it under passlib.hash.bcrypt_sha256: version 2 keys the digest with
// the salt, so that a stolen list of plain SHA-256 digests is no use against it.
func sha256Key(version int, salt, plain string) []byte {
	var sum []byte
	if version == 1 {
		digest := sha256.Sum256([]byte(plain))
		sum = digest[:]
	} else {
		mac := hmac.New(sha256.New, []byte(salt))
		mac.Write([]byte(plain))
		sum = mac.Sum(nil)
	}
	return base64.StdEncoding.AppendEncode(nil, sum)
}

// newSHA256 makes a version 2 hash with a fresh salt.
func (m *meter) newSHA256(plain string, cost int) (string, error) {
	salt := make([]byte, blowfishSalt)
	rand.Read(salt) // never fails since Go 1.24: it ends the program instead
	text := bcryptBase64().EncodeToString(salt)
	key := sha256Key(2, text, plain)
	digest, ok := m.digest(cost, text, key)
	if !ok {
		var err error
		if digest, err = bcryptDigest(key, cost, salt); err != nil {
			return "", fmt.Errorf("hash long password: %w", err)
		}
		m.units += units(cost)
	}
	return fmt.Sprintf("%sv=2,t=2b,r=%d$%s$%s", sha256Prefix, cost, text, digest), nil
}

const blowfishSalt = 16

// bcryptDigest is bcrypt (Provos and Mazières, USENIX 1999) with a given salt,
// for where hashing is left to x/crypto. The password of the format above depends
// on the salt, and GenerateFromPassword cannot be told one. Verifying does not
// come here.
func bcryptDigest(key []byte, cost int, salt []byte) (string, error) {
	// bcrypt takes the C string, its closing NUL included.
	key = append(slices.Clip(key), 0)
	c, err := blowfish.NewSaltedCipher(key, salt)
	if err != nil {
		return "", err
	}
	for range 1 << cost {
		blowfish.ExpandKey(key, c)
		blowfish.ExpandKey(salt, c)
	}
	text := []byte("OrpheanBeholderScryDoubt")
	for block := range slices.Chunk(text, blowfish.BlockSize) {
		for range 64 {
			c.Encrypt(block, block)
		}
	}
	// The original drops the last of the 24 bytes, so everybody does.
	return bcryptBase64().EncodeToString(text[:23]), nil
}

func bcryptBase64() *base64.Encoding {
	return base64.NewEncoding(alphabet).WithPadding(base64.NoPadding)
}
