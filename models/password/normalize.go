package password

import (
	"encoding/base64"
	"encoding/hex"
	"math/bits"
	"strconv"
	"strings"
)

// Normalize makes what an import may store of a hash as other programs write
// it. What FormatOf knows stays as it is. Other spellings of the same hash, those
// of Django, Werkzeug, LDAP, Dovecot and Spring, are rewritten, which takes no
// hashing and no password. False is all else.
func Normalize(text string) (stored string, ok bool) {
	if _, ok := parse(text); ok {
		return text, true
	}
	stored = respell(text)
	_, ok = parse(stored)
	if !ok {
		return "", false
	}
	return stored, true
}

// respell need not check more than it uses: parse looks at what comes out.
func respell(text string) string {
	switch {
	case strings.HasPrefix(text, "{"):
		return unbrace(text)
	case strings.HasPrefix(text, "$pbkdf2-"):
		return respellPHC(text)
	case strings.HasPrefix(text, "pbkdf2:"), strings.HasPrefix(text, "scrypt:"):
		return respellWerkzeug(text)
	default:
		return respellDjango(text)
	}
}

// braces lists the schemes that LDAP (RFC 2307), Dovecot and Spring write in
// front of a hash that speaks for itself, and how the latter begins.
var braces = map[string][]string{
	"crypt":        {"$2", "$5$", "$6$"},
	"bcrypt":       {"$2"},
	"blf-crypt":    {"$2"},
	"sha256-crypt": {"$5$"},
	"sha512-crypt": {"$6$"},
	"argon2":       {"$argon2"},
	"argon2i":      {"$argon2i$"},
	"argon2id":     {"$argon2id$"},
}

// unbrace also knows passlib's {PBKDF2-SHA256}, which stands for the identifier.
func unbrace(text string) string {
	scheme, hash, _ := strings.Cut(text[1:], "}")
	scheme = strings.ToLower(scheme)
	if strings.HasPrefix(scheme, "pbkdf2") {
		return "$" + scheme + "$" + hash
	}
	scheme, _, _ = strings.Cut(scheme, "@") // Spring's {argon2@SpringSecurity_v5_8}
	for _, begin := range braces[scheme] {
		if strings.HasPrefix(hash, begin) {
			return hash
		}
	}
	return ""
}

// respellPHC reads PBKDF2 in the PHC string format, as libraries for Node.js
// and Rust write it: $pbkdf2-sha256$i=600000,l=32$SALT$DIGEST.
func respellPHC(text string) string {
	part := strings.Split(text, "$")
	if len(part) != 5 {
		return ""
	}
	params, length, named := strings.Cut(part[2], ",l=")
	rounds, ok := strings.CutPrefix(params, "i=")
	digest, valid := decode(base64.RawStdEncoding, part[4])
	if !ok || !valid || named && length != strconv.Itoa(len(digest)) {
		return ""
	}
	adapted := strings.NewReplacer("+", ".", ".", "!") // a dot has no place there
	return "$" + part[1] + "$" + rounds + "$" + adapted.Replace(part[3]) + "$" + adapted.Replace(part[4])
}

// respellWerkzeug reads "pbkdf2:sha256:ITERATIONS$SALT$HEX" and
// "scrypt:N:R:P$SALT$HEX". The salt is the text itself. A pbkdf2 without
// iterations took the default of its version, which nobody knows any more.
func respellWerkzeug(text string) string {
	method, rest, _ := strings.Cut(text, "$")
	salt, digits, _ := strings.Cut(rest, "$")
	digest, err := hex.DecodeString(digits)
	arg := strings.Split(method, ":")
	switch {
	case err != nil:
		return ""
	case arg[0] == "pbkdf2" && len(arg) == 3:
		return pbkdf2String(arg[1], arg[2], salt, digest)
	case arg[0] == "scrypt" && len(arg) == 4:
		return scryptString(arg[1], arg[2], arg[3], salt, digest)
	default:
		return ""
	}
}

// respellDjango reads what Django's hashers write. Its bcrypt_sha256 is not
// among it: that is bcrypt over SHA-256 in hex, which is no format of ours.
func respellDjango(text string) string {
	name, rest, _ := strings.Cut(text, "$")
	part := strings.Split(rest, "$")
	digest, ok := decode(base64.StdEncoding, part[len(part)-1])
	switch {
	case name == "argon2" && strings.HasPrefix(rest, "argon2"):
		return "$" + rest
	case name == "bcrypt" && strings.HasPrefix(rest, "$2"):
		return rest
	case !ok:
		return ""
	case strings.HasPrefix(name, "pbkdf2_") && len(part) == 3:
		return pbkdf2String(strings.TrimPrefix(name, "pbkdf2_"), part[0], part[1], digest)
	case name == "scrypt" && len(part) == 5:
		return scryptString(part[0], part[2], part[3], part[1], digest)
	default:
		return ""
	}
}

func pbkdf2String(hash, rounds, salt string, digest []byte) string {
	return "$pbkdf2-" + hash + "$" + rounds + "$" +
		adaptedBase64().EncodeToString([]byte(salt)) + "$" + adaptedBase64().EncodeToString(digest)
}

// scryptString writes N as its logarithm; one that has none is no scrypt.
func scryptString(n, r, p, salt string, digest []byte) string {
	cost, ok := number(n, 2, 1<<20)
	if !ok || cost&(cost-1) != 0 {
		return ""
	}
	ln := strconv.Itoa(bits.TrailingZeros64(uint64(cost))) //nolint:gosec // it is positive
	return "$scrypt$ln=" + ln + ",r=" + r + ",p=" + p + "$" +
		base64.RawStdEncoding.EncodeToString([]byte(salt)) + "$" + base64.RawStdEncoding.EncodeToString(digest)
}
