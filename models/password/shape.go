package password

import (
	"encoding/base64"
	"regexp"
	"strings"
)

// shapes are those of hashes that this package does not know, or that a short
// column cut off. They only need to tell a hash from a password.
var shapes = []*regexp.Regexp{
	// Modular crypt. Nobody has the first names in a password, however little is
	// left of the hash; the others, and names nobody has thought of yet, need
	// what looks like a salt or a digest after them.
	regexp.MustCompile(`\$(2[abxy]\$\d\d|2\$\d\d\$|(bcrypt|argon2|scrypt|pbkdf2)[a-z0-9-]*\$|gatehouse-|[56]\$rounds=|plaintext\$|base64\$)`),
	regexp.MustCompile(`^U?\$([0-9a-zA-Z]|apr1|sha1|md5|sm3|gy|wp|nt|NT)\$[-./A-Za-z0-9$=,+]{13,}$`),
	regexp.MustCompile(`^\$[A-Za-z0-9_-]{1,24}[$,]([-./A-Za-z0-9$=,+_]{20,}|.*[./A-Za-z0-9=+]{20,})$`),
	// {SSHA}, {SHA512-CRYPT}, {PBKDF2_SHA256} and the like of LDAP and Dovecot,
	// and Spring's. Its {noop} is plain text, but not all of it is the password.
	regexp.MustCompile(`(?i)^\{(x-)?(s?sha-?\d*|s?md[45]|crypt|[a-z0-9]+-crypt|bcrypt|argon2i?d?|scrypt|pbkdf2|pkcs5s2|noop|nt|lanman|ntlm|plain|plain-md[45]|cleartext|clear|(cram|digest|hmac)-md5|scram-sha-\d+)([-_.@][a-z0-9_.@-]*)?\}.`),
	regexp.MustCompile(`^\{[A-Za-z0-9]+@Spring`),
	// Names of Django, Werkzeug, web2py and tutorials: sha1$salt$digest,
	// md5:salt, pbkdf2:sha256:1000$salt$digest, pbkdf2(1000,20,sha512)$salt$digest.
	regexp.MustCompile(`(?i)^(unsalted_|salted_)?(md5|ssha|s?sha-?\d+|hmac[a-z0-9_-]*|phpass|bcrypt(_sha256)?|argon2i?d?|scrypt|pbkdf2([_-][a-z0-9]+)?)(:|\$|\().`),
	regexp.MustCompile(`^(crypt|plain)\$[^$]*\$.`),
	// A digest in hex beside a salt, as Joomla, osCommerce and Magento wrote
	// them, MySQL's *HEX and 0xHEX or \xHEX from a binary column.
	regexp.MustCompile(`(^|[^A-Za-z0-9]|^0x|^\\x)[0-9A-Fa-f]{32,}($|[^A-Za-z0-9])`),
	regexp.MustCompile(`^(\*|0x|\\x)[0-9A-Fa-f]{15,}$`),
	// Postgres' md5HEX and SCRAM.
	regexp.MustCompile(`^md5[0-9a-f]{32}$`),
	regexp.MustCompile(`^SCRAM-`),
	// What no form lets anybody type: the bytes of a digest.
	regexp.MustCompile(`[\x00-\x08\x0e-\x1f\x7f]`),
	// What programs store where nobody is to sign in: crypt that failed, and
	// Django's mark with 40 random characters.
	regexp.MustCompile(`^(\*[01]?|!!?|![A-Za-z0-9]{40})$`),
}

func hashShaped(text string) bool {
	for _, shape := range shapes {
		if shape.MatchString(text) {
			return true
		}
	}
	return isLongHex(text) || isPaddedBase64(text) || holdsDigest(text)
}

// The longest texts without a gap that a password may be, and that it may hold
// beside a mark that separates. Generated passwords are rarely longer; digests
// are, and every one of them has small and capital letters and digits.
const (
	longestWord = 42
	longestPart = 23
)

var separator = regexp.MustCompile(`[$:|;,.{}"]`)

// holdsDigest finds digests in base64 without filling, alone or beside a salt.
func holdsDigest(text string) bool {
	parts, longest := separator.Split(strings.ReplaceAll(text, "==", "=:"), -1), longestWord
	if len(parts) > 1 {
		longest = longestPart
	}
	for _, part := range parts {
		digest := strings.TrimRight(part, "=")
		if (len(digest) > longest || len(digest) < len(part) && len(digest) >= 20) && digestLetters.MatchString(digest) &&
			strings.ContainsAny(digest, "0123456789") && strings.ToLower(digest) != digest && strings.ToUpper(digest) != digest {
			return true
		}
	}
	return false
}

var digestLetters = regexp.MustCompile(`^[A-Za-z0-9+/_-]+$`)

// bare takes off what programs leave around a hash by mistake, such as a line
// break or Python's b'...', and the marks that lock an account.
func bare(text string) string {
	return strings.Trim(strings.TrimPrefix(text, "b'"), "!*'\"\t\r\n ")
}

// isLongHex finds digests of other lengths: MySQL's before 4.1, SHA-224, and
// those that a column cut off. A number is no digest.
func isLongHex(text string) bool {
	return isHex(text) && len(text) >= 16 && strings.Trim(text, "0123456789") != ""
}

// isPaddedBase64 finds digests as ASP.NET and Java programs store them.
func isPaddedBase64(text string) bool {
	_, ok := decode(base64.StdEncoding, text)
	return ok && len(text) >= 24 && strings.HasSuffix(text, "=")
}
