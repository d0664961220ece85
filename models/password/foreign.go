package password

import (
	"encoding/base64"
	"fmt"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/go-crypt/crypt/algorithm"
	"github.com/go-crypt/crypt/algorithm/argon2"
	"github.com/go-crypt/crypt/algorithm/pbkdf2"
	"github.com/go-crypt/crypt/algorithm/scrypt"
	"github.com/go-crypt/crypt/algorithm/shacrypt"
)

// The hashes of other programs come from files and tables of strangers, and
// each names its own price. What is dearer than these bounds counts as unknown
// (ASVS 5.0 15.2.2). They let in what Django, Werkzeug, PHP, passlib and OWASP
// write today.
const (
	maxStored       = 255           // bytes: what the column password holds
	maxMemory       = 128 << 20     // bytes that one argon2 or scrypt takes, and each worker does one
	maxArgonPasses  = 16            // t
	maxLanes        = 16            // p of argon2 and scrypt
	maxScryptWork   = 4 * maxMemory // scrypt does its lanes one after the other
	maxPBKDF2Rounds = 2_000_000
	maxSHARounds    = 1_000_000
	minSHARounds    = 1000 // below it every program computes 1000

	minSalt      = 4 // bytes
	minArgonSalt = 8 // RFC 9106 section 3.1
	minDigest    = 16
	maxDigest    = 64
)

// unitTime turns a time that was guessed from parameters into units of work, at
// the speed of firstGuess.
const unitTime = 54 * time.Microsecond

var (
	argonForm  = regexp.MustCompile(`^v=19\$m=(\d+),t=(\d+),p=(\d+)\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$`)
	scryptForm = regexp.MustCompile(`^ln=(\d+),r=(\d+),p=(\d+)\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$`)
	pbkdf2Form = regexp.MustCompile(`^(\d+)\$([A-Za-z0-9./]+)\$([A-Za-z0-9./]+)$`)
	shaForm    = regexp.MustCompile(`^(?:rounds=(\d+)\$)?([!-#%-9;-~]+)\$([A-Za-z0-9./]+)$`)
)

// parseForeign is all that is read of a foreign hash before its password is
// checked. It is stricter than the decoders of go-crypt, which take missing
// parameters, empty salts and any price, so that what it lets through can be
// computed within known time and memory. Argon2d is not let in: RFC 9106
// section 4 does not recommend it for passwords, and no known program stores it.
func parseForeign(hash string) (parsed, bool) {
	id, rest, ok := strings.Cut(strings.TrimPrefix(hash, "$"), "$")
	if !ok || len(hash) > maxStored || hash[0] != '$' {
		return parsed{}, false
	}
	var took time.Duration
	switch id {
	case "argon2id", "argon2i":
		took, ok = argonTime(rest)
	case "scrypt":
		took, ok = scryptTime(rest)
	case "pbkdf2", "pbkdf2-sha1":
		took, ok = pbkdf2Time(rest, 20)
	case "pbkdf2-sha256":
		took, ok = pbkdf2Time(rest, 32)
	case "pbkdf2-sha512":
		took, ok = pbkdf2Time(rest, 64)
	case "5":
		took, ok = shaTime(rest, 43)
	case "6":
		took, ok = shaTime(rest, 86)
	default:
		ok = false
	}
	if !ok {
		return parsed{}, false
	}
	return parsed{format: Foreign, algorithm: id, text: hash, extra: uint64(1 + took/unitTime)}, true
}

// The times are rough and rather too long: the queue uses them to tell who
// would wait, and a hash that ends sooner only frees its worker earlier.

func argonTime(rest string) (time.Duration, bool) {
	part := argonForm.FindStringSubmatch(rest)
	if part == nil {
		return 0, false
	}
	m, okM := number(part[1], 1, maxMemory>>10)
	t, okT := number(part[2], 1, maxArgonPasses)
	p, okP := number(part[3], 1, maxLanes)
	ok := okM && okT && okP && m >= 8*p && // RFC 9106 section 3.1
		holds(base64.RawStdEncoding, part[4], minArgonSalt, maxStored) &&
		holds(base64.RawStdEncoding, part[5], minDigest, maxDigest)
	return time.Duration(m*t) * time.Microsecond, ok
}

func scryptTime(rest string) (time.Duration, bool) {
	part := scryptForm.FindStringSubmatch(rest)
	if part == nil {
		return 0, false
	}
	ln, okN := number(part[1], 1, 20)
	r, okR := number(part[2], 1, 1024)
	p, okP := number(part[3], 1, maxLanes)
	memory := 128 * r << ln // at most 2^37
	ok := okN && okR && okP && memory <= maxMemory && memory*p <= maxScryptWork &&
		holds(base64.RawStdEncoding, part[4], minSalt, maxStored) &&
		holds(base64.RawStdEncoding, part[5], minDigest, maxDigest)
	return time.Duration(memory*p/1024) * 4 * time.Microsecond, ok
}

// pbkdf2Time takes no digest that is longer than that of the hash inside: each
// further block would be the full price again.
func pbkdf2Time(rest string, size int) (time.Duration, bool) {
	part := pbkdf2Form.FindStringSubmatch(rest)
	if part == nil {
		return 0, false
	}
	rounds, ok := number(part[1], 1, maxPBKDF2Rounds)
	ok = ok && holds(adaptedBase64(), part[2], minSalt, maxStored) &&
		holds(adaptedBase64(), part[3], minDigest, size)
	return time.Duration(rounds*int64(max(size, 32))) * 16 * time.Nanosecond, ok
}

func shaTime(rest string, digest int) (time.Duration, bool) {
	part := shaForm.FindStringSubmatch(rest)
	if part == nil || len(part[2]) < minSalt || len(part[2]) > 16 || len(part[3]) != digest ||
		strings.HasPrefix(part[2], "rounds=") { // no program leaves out the salt
		return 0, false
	}
	if part[1] == "" {
		part[1] = "5000"
	}
	rounds, ok := number(part[1], minSHARounds, maxSHARounds)
	return time.Duration(rounds) * time.Microsecond, ok
}

// number reads a decimal as every program writes it: no sign, no zero in front.
func number(s string, low, high int64) (int64, bool) {
	n, err := strconv.ParseInt(s, 10, 64)
	return n, err == nil && n >= low && n <= high && strconv.FormatInt(n, 10) == s
}

// holds says whether a text is the encoding of so many bytes.
func holds(e *base64.Encoding, s string, low, high int) bool {
	b, ok := decode(e, s)
	return ok && len(b) >= low && len(b) <= high
}

// decode takes what could be encoded to the same letters alone: the reader of
// the standard library skips line breaks and bits that count for nothing.
func decode(e *base64.Encoding, s string) ([]byte, bool) {
	b, err := e.DecodeString(s)
	return b, err == nil && e.EncodeToString(b) == s
}

// adaptedBase64 is passlib's ab64: the standard alphabet with a dot for the plus.
func adaptedBase64() *base64.Encoding {
	return base64.NewEncoding("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789./").WithPadding(base64.NoPadding)
}

// decoder names the decoders of go-crypt one by one. Its plain text and md5crypt
// are not even linked in.
func (h parsed) decoder() func(string) (algorithm.Digest, error) {
	switch h.algorithm {
	case "argon2id":
		return argon2.DecodeVariant(argon2.VariantID)
	case "argon2i":
		return argon2.DecodeVariant(argon2.VariantI)
	case "scrypt":
		return scrypt.DecodeVariant(scrypt.VariantScrypt)
	case "pbkdf2", "pbkdf2-sha1":
		return pbkdf2.DecodeVariant(pbkdf2.VariantSHA1)
	case "pbkdf2-sha256":
		return pbkdf2.DecodeVariant(pbkdf2.VariantSHA256)
	case "pbkdf2-sha512":
		return pbkdf2.DecodeVariant(pbkdf2.VariantSHA512)
	case "5":
		return shacrypt.DecodeVariant(shacrypt.VariantSHA256)
	default:
		return shacrypt.DecodeVariant(shacrypt.VariantSHA512)
	}
}

// foreign computes a foreign hash. The digests are compared in constant time.
// Its time is put aside: it says nothing about how fast bcrypt is here.
func (m *meter) foreign(h parsed, plain string) (bool, error) {
	begin := time.Now()
	defer func() { m.aside += time.Since(begin) }()
	if h.algorithm == "scrypt" || strings.HasPrefix(h.algorithm, "argon2") {
		// Left to itself the collector lets as much memory again pile up.
		defer runtime.GC()
	}
	digest, err := h.decoder()(h.text)
	if err != nil {
		return false, fmt.Errorf("decode %s hash: %w", h.algorithm, err)
	}
	match, err := digest.MatchAdvanced(plain[:min(len(plain), MaxBytes)])
	if err != nil {
		return false, fmt.Errorf("compare %s hash: %w", h.algorithm, err)
	}
	return match && h.exact(plain), nil
}

// exact says whether a match means this very password. HMAC, which PBKDF2 and
// scrypt are made of, fills up a short key with NUL bytes, so that "a" and
// "a\x00" are the same to it.
func (h parsed) exact(plain string) bool {
	if h.algorithm == "scrypt" || strings.HasPrefix(h.algorithm, "pbkdf2") {
		return len(plain) <= MaxBytes && !strings.HasSuffix(plain, "\x00")
	}
	return len(plain) <= MaxBytes
}
