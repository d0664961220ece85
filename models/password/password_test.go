package password

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/crypto/bcrypt"
)

// Published by passlib in tests/test_handlers_bcrypt.py.
var passlibVectors = []struct{ plain, hash string }{
	{"", "$bcrypt-sha256$v=2,t=2b,r=5$E/e/2AOhqM5W/KJTFQzLce$WFPIZKtDDTriqWwlmRFfHiOTeheAZWe"},
	{"password", "$bcrypt-sha256$v=2,t=2b,r=5$5Hg1DKFqPE8C2aflZ5vVoe$wOK1VFFtS8IGTrGa7.h5fs0u84qyPbS"},
	{"táБℓə", "$bcrypt-sha256$v=2,t=2b,r=5$.US1fQ4TQS.ZTz/uJ5Kyn.$pzzgp40k8reM1CuQb03PvE0IDPQSdV6"},
	{strings.Repeat("abc123", 12), "$bcrypt-sha256$v=2,t=2b,r=5$X1g1nh3g0v4h6970O68cxe$zu1cloESVFIOsUIo7fCEgkdHaI9SSue"},
	{strings.Repeat("abc123", 12) + "qwr", "$bcrypt-sha256$v=2,t=2b,r=5$X1g1nh3g0v4h6970O68cxe$CBF9csfEdW68xv3DwE6xSULXMtqEFP."},
	{strings.Repeat("abc123", 12) + "xyz", "$bcrypt-sha256$v=2,t=2b,r=5$X1g1nh3g0v4h6970O68cxe$zC/1UDUG2ofEXB6Onr2vvyFzfhEOS3S"},
	{"", "$bcrypt-sha256$2a,5$E/e/2AOhqM5W/KJTFQzLce$F6dYSxOdAEoJZO2eoHUZWZljW/e0TXO"},
	{"password", "$bcrypt-sha256$2b,5$5Hg1DKFqPE8C2aflZ5vVoe$12BjNE0p7axMg55.Y/mHsYiVuFBDQyu"},
	{strings.Repeat("abc123", 12) + "qwr", "$bcrypt-sha256$2b,5$X1g1nh3g0v4h6970O68cxe$021KLEif6epjot5yoxk0m8I0929ohEa"},
}

// Published by John the Ripper and Openwall crypt_blowfish; passlib repeats them.
var bcryptVectors = []struct{ plain, hash string }{
	{"U*U*U*U*", "$2a$05$c92SVSfjeiCD6F2nAD6y0uBpJDjdRkt0EgeC4/31Rf2LUZbDRDE.O"},
	{"", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.7uG0VCzI2bS7j6ymqJi9CdcdxiRTWNy"},
	{"U*U*U", "$2a$05$" + strings.Repeat("X", 21) + "OAcXxm9kjPGEMsLznoKqmqw7tc8WCx4a"},
	{"\xa3", "$2y$05$/OK.fbVrR/bpIqNJ5ianF.Sa7shbm4.OzKpvFnX1pQLmQW96oUlCq"},
	{strings.Repeat("\xaa\x55", 36), "$2a$05$/OK.fbVrR/bpIqNJ5ianF.R9xrDjiycxMbQE2bp.vgqlYpW5wx2yy"},
	{"táБℓə", "$2b$05$Z17AXnnlpzddNUvnC6cZNOSwMA/8oNiKnHTHTwLlBijfucQQlHjaG"},
}

func TestPublishedHashesVerify(t *testing.T) {
	p := startPool(t, Options{Cost: 4})
	for _, v := range append(passlibVectors, bcryptVectors...) {
		if got := mustVerify(t, p, v.hash, v.plain); !got.Match {
			t.Errorf("Verify(%q, %q) does not match", v.hash, v.plain)
		}
		if got := mustVerify(t, p, v.hash, v.plain+"x"); got.Match {
			t.Errorf("Verify(%q, %q) matches", v.hash, v.plain+"x")
		}
	}
}

func TestOwnBcryptAgreesWithReference(t *testing.T) {
	key := []byte(strings.Repeat("tÿ\x80 9~", 12))[:plainLimit]
	for n := range plainLimit + 1 {
		cost := 4 + n%2
		ref, err := bcrypt.GenerateFromPassword(key[:n], cost)
		if err != nil {
			t.Fatal(err)
		}
		h, ok := parse(string(ref))
		if !ok {
			t.Fatalf("parse(%q) fails", ref)
		}
		if got := digestOf(t, h, key[:n]); got != h.digest {
			t.Errorf("digest of %d bytes at cost %d = %q, want %q", n, cost, got, h.digest)
		}
	}
}

func TestOwnBcryptMakesPasslibsHashes(t *testing.T) {
	for _, v := range passlibVectors {
		h, _ := parse(v.hash)
		if got := digestOf(t, h, sha256Key(h.version, h.salt, v.plain)); got != h.digest {
			t.Errorf("digest for %q = %q, want %q", v.hash, got, h.digest)
		}
	}
}

func digestOf(t *testing.T, h parsed, key []byte) string {
	t.Helper()
	salt, err := bcryptBase64().DecodeString(h.salt)
	if err != nil {
		t.Fatal(err)
	}
	digest, err := bcryptDigest(key, h.cost, salt)
	if err != nil {
		t.Fatal(err)
	}
	return digest
}

func TestHashUpTo72BytesVerifiesAnywhere(t *testing.T) {
	p := startPool(t, Options{Cost: 5})
	for _, plain := range []string{"", " pass word ", strings.Repeat("a", 72)} {
		hash := mustHash(t, p, plain)
		if !regexp.MustCompile(`^\$2[ab]\$05\$[./A-Za-z0-9]{53}$`).MatchString(hash) {
			t.Errorf("Hash(%q) = %q, want standard bcrypt", plain, hash)
		}
		if err := bcrypt.CompareHashAndPassword([]byte(hash), []byte(plain)); err != nil {
			t.Errorf("x/crypto on the hash of %q: %v", plain, err)
		}
		if got := mustVerify(t, p, hash, plain); got != (Verdict{Match: true}) {
			t.Errorf("Verify of %q = %+v, want a match without rehash", plain, got)
		}
	}
}

// The test computes the key and leaves bcrypt to x/crypto, so that it shares
// nothing with the code.
func TestHashOver72BytesIsPasslibsFormat(t *testing.T) {
	p := startPool(t, Options{Cost: 5})
	form := regexp.MustCompile(`^\$bcrypt-sha256\$v=2,t=2b,r=5\$([./A-Za-z0-9]{21}[.Oeu])\$([./A-Za-z0-9]{31})$`)
	for _, n := range []int{73, 256, MaxBytes} {
		plain := strings.Repeat("é ", n)[:n]
		hash := mustHash(t, p, plain)
		part := form.FindStringSubmatch(hash)
		if part == nil {
			t.Fatalf("Hash of %d bytes = %q, want %v", n, hash, form)
		}
		mac := hmac.New(sha256.New, []byte(part[1]))
		mac.Write([]byte(plain))
		key := base64.StdEncoding.EncodeToString(mac.Sum(nil))
		if err := bcrypt.CompareHashAndPassword([]byte("$2b$05$"+part[1]+part[2]), []byte(key)); err != nil {
			t.Errorf("x/crypto on the hash of %d bytes: %v", n, err)
		}
		if got := mustVerify(t, p, hash, plain); got != (Verdict{Match: true}) {
			t.Errorf("Verify of %d bytes = %+v, want a match without rehash", n, got)
		}
		if other := mustHash(t, p, plain); other == hash {
			t.Errorf("two hashes of %d bytes are the same: no fresh salt", n)
		}
	}
}

func TestPasswordsAreTakenExactly(t *testing.T) {
	p := startPool(t, Options{Cost: 4})
	a72 := strings.Repeat("a", 72)
	tests := []struct{ name, plain, other string }{
		{"last of 64 four-byte characters", strings.Repeat("😀", 64), strings.Repeat("😀", 63) + "😁"},
		{"byte 73 added", a72, a72 + "b"},
		{"byte 73 changed", a72 + "b", a72 + "c"},
		{"byte 73 dropped", a72 + "b", a72},
		{"last of 1024 bytes", strings.Repeat("a", 1023) + "b", strings.Repeat("a", 1024)},
		{"byte 1025 added", strings.Repeat("a", 1024), strings.Repeat("a", 1025)},
		{"space at the end", "secret", "secret "},
		{"case", "secret", "Secret"},
		{"composed letter", "\u00e9", "e\u0301"},
		{"NUL and repetition", "a", "a\x00a"},
		{"NUL at the end", "a\x00", "a"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			hash := mustHash(t, p, tt.plain)
			if got := mustVerify(t, p, hash, tt.plain); !got.Match {
				t.Errorf("Verify(%q) of its own hash does not match", tt.plain)
			}
			if got := mustVerify(t, p, hash, tt.other); got.Match {
				t.Errorf("Verify(%q) matches the hash of %q", tt.other, tt.plain)
			}
		})
	}
}

func TestHashRefusesOver1024Bytes(t *testing.T) {
	p := startPool(t, Options{Cost: 4})
	if hash, err := p.Hash(t.Context(), strings.Repeat("a", MaxBytes+1)); !errors.Is(err, errTooLong) || hash != "" {
		t.Errorf("Hash = %q, %v, want errTooLong", hash, err)
	}
}

func TestRehashIsAskedForCheaperAndForeignForms(t *testing.T) {
	const at5 = "$bcrypt-sha256$v=2,t=2b,r=5$X1g1nh3g0v4h6970O68cxe$CBF9csfEdW68xv3DwE6xSULXMtqEFP."
	long := strings.Repeat("abc123", 12) + "qwr"
	tests := []struct {
		name, hash, plain string
		cost              int
		want              bool
	}{
		{"same cost", bcryptVectors[0].hash, bcryptVectors[0].plain, 5, false},
		{"2b", bcryptVectors[5].hash, bcryptVectors[5].plain, 5, false},
		{"cheaper", bcryptVectors[0].hash, bcryptVectors[0].plain, 6, true},
		{"dearer", bcryptVectors[0].hash, bcryptVectors[0].plain, 4, false},
		{"2y, which is all that some programs read", bcryptVectors[3].hash, bcryptVectors[3].plain, 5, false},
		{"long", at5, long, 5, false},
		{"long, cheaper", at5, long, 6, true},
		{"long, type 2a", strings.Replace(at5, "2b", "2a", 1), long, 5, true},
		{"long, version 1", passlibVectors[8].hash, long, 5, true},
		{"short in the long format", passlibVectors[1].hash, "password", 5, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := mustVerify(t, startPool(t, Options{Cost: tt.cost}), tt.hash, tt.plain)
			if want := (Verdict{Match: true, Rehash: tt.want}); got != want {
				t.Errorf("Verify = %+v, want %+v", got, want)
			}
		})
	}
}

// Most rows differ in one place from a hash that is right.
var unknownHashes = []string{
	"$2a$17$c92SVSfjeiCD6F2nAD6y0uBpJDjdRkt0EgeC4/31Rf2LUZbDRDE.O",
	"$2a$31$c92SVSfjeiCD6F2nAD6y0uBpJDjdRkt0EgeC4/31Rf2LUZbDRDE.O",
	"$2a$03$c92SVSfjeiCD6F2nAD6y0uBpJDjdRkt0EgeC4/31Rf2LUZbDRDE.O",
	"$2a$+5$c92SVSfjeiCD6F2nAD6y0uBpJDjdRkt0EgeC4/31Rf2LUZbDRDE.O",
	"$2a$5$c92SVSfjeiCD6F2nAD6y0uBpJDjdRkt0EgeC4/31Rf2LUZbDRDE.O",
	"$2$05$c92SVSfjeiCD6F2nAD6y0uBpJDjdRkt0EgeC4/31Rf2LUZbDRDE.O",
	"$2x$05$c92SVSfjeiCD6F2nAD6y0uBpJDjdRkt0EgeC4/31Rf2LUZbDRDE.O",
	"$2a$05$c92SVSfjei!D6F2nAD6y0uBpJDjdRkt0EgeC4/31Rf2LUZbDRDE.O",
	"$2a$05$c92SVSfj\niCD6F2nAD6y0uBpJDjdRkt0EgeC4/31Rf2LUZbDRDE.O",
	"$2a$05$c92SVSfjeiCD6F2nAD6y0uBpJDjdRkt0EgeC4/31Rf2LUZbDRDE.",
	"$2a$05$c92SVSfjeiCD6F2nAD6y0uBpJDjdRkt0EgeC4/31Rf2LUZbDRDE.O\n",
	"$bcrypt-sha256$v=2,t=2b,r=17$5Hg1DKFqPE8C2aflZ5vVoe$wOK1VFFtS8IGTrGa7.h5fs0u84qyPbS",
	"$bcrypt-sha256$v=2,t=2b,r=05$5Hg1DKFqPE8C2aflZ5vVoe$wOK1VFFtS8IGTrGa7.h5fs0u84qyPbS",
	"$bcrypt-sha256$v=1,t=2b,r=5$5Hg1DKFqPE8C2aflZ5vVoe$wOK1VFFtS8IGTrGa7.h5fs0u84qyPbS",
	"$bcrypt-sha256$v=3,t=2b,r=5$5Hg1DKFqPE8C2aflZ5vVoe$wOK1VFFtS8IGTrGa7.h5fs0u84qyPbS",
	"$bcrypt-sha256$v=2,t=2x,r=5$5Hg1DKFqPE8C2aflZ5vVoe$wOK1VFFtS8IGTrGa7.h5fs0u84qyPbS",
	"$bcrypt-sha256$v=2,t=2b,r=5$5Hg1DKF!PE8C2aflZ5vVoe$wOK1VFFtS8IGTrGa7.h5fs0u84qyPbS",
	"$bcrypt-sha256$v=2,t=2b,r=5$5Hg1DKFqPE8C2aflZ5vVof$wOK1VFFtS8IGTrGa7.h5fs0u84qyPbS",
	"$bcrypt-sha256$v=2,t=2b,r=5$5Hg1DKFqPE8C2aflZ5vVoe$",
	"$bcrypt-sha256$",
	"",
}

func TestMalformedHashesNeverMatch(t *testing.T) {
	p := startPool(t, Options{Cost: 4})
	for _, hash := range append(unknownHashes, "password") {
		for _, plain := range []string{"U*U*U*U*", "password", "", hash} {
			if got := mustVerify(t, p, hash, plain); got.Match {
				t.Errorf("Verify(%q, %q) matches", hash, plain)
			}
		}
	}
}

func TestFormatAndCostReadAStoredHash(t *testing.T) {
	for _, v := range bcryptVectors {
		checkFormat(t, v.hash, Bcrypt, 5, true)
	}
	for _, v := range passlibVectors {
		checkFormat(t, v.hash, BcryptSHA256, 5, true)
	}
	for _, hash := range unknownHashes {
		checkFormat(t, hash, Unknown, 0, false)
	}
	checkFormat(t, dummyHash(MaxCost).bcryptString(), Bcrypt, MaxCost, true)
}

func checkFormat(t *testing.T, hash string, want Format, wantCost int, wantOK bool) {
	t.Helper()
	if got := FormatOf(hash); got != want {
		t.Errorf("FormatOf(%q) = %v, want %v", hash, got, want)
	}
	if cost, ok := Cost(hash); cost != wantCost || ok != wantOK {
		t.Errorf("Cost(%q) = %d, %v, want %d, %v", hash, cost, ok, wantCost, wantOK)
	}
}
