package password

import (
	"context"
	"encoding/base64"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/crypto/argon2"
)

const umlaut = "pässword"

// Made by the programs that are named; passlib's by 1.7.4, with libargon2.
var foreignVectors = []struct{ name, plain, hash string }{
	{"argon2id of PHP", umlaut, "$argon2id$v=19$m=64,t=2,p=2$bmhEbGt4RUhXSnhLTmhNUg$vXXoSagx06hbSwQ8uB0/MRnF6SzcWhKVw6XgWjBk9gA"},
	{"argon2id of passlib", umlaut, "$argon2id$v=19$m=64,t=2,p=2$jfH+f2+NMWbM2bs3ppRyLg$0FfBbCUj4z53ZXAg9RTJug"},
	{"argon2i of PHP", umlaut, "$argon2i$v=19$m=64,t=2,p=1$YjNSTVBLZktzeXc5UmZ3dw$FrpfFKTPlaJAdfCoK8/hsqpb3sZDPg9YesG4cqU2Ib8"},
	{"scrypt of passlib", umlaut, "$scrypt$ln=4,r=8,p=1$EmJsjfEeYwzBuJeS0hrj/A$xCtgS/ZDnxgRmH2cBJ4Dr3sqx1+fkMi4drYRJ3NDnHc"},
	{"PBKDF2 with SHA-1 of passlib", umlaut, "$pbkdf2$10$//777//...///vvv//777w$vPpuibVjB5nAYRjZNY9Jfb8dr8I"},
	{"PBKDF2 with SHA-1 by its long name", umlaut, "$pbkdf2-sha1$10$xFhLaY2REgKAUIrRmvN.Dw$FtDA0C.1pfBpYxF3GiNQsFE6AwI"},
	{"PBKDF2 with SHA-256 of passlib", umlaut, "$pbkdf2-sha256$10$//777//...///vvv//777w$WcBY/WYvRSHcij5GoaUkHGEgDwi46sO9Yrqd3Vk1uRI"},
	{"PBKDF2 with SHA-512 of passlib", umlaut, "$pbkdf2-sha512$10$Naa01to75zxHyNk7xzintA$a3vtWoI2kCXVgr/mqJ9zSMOLmsNRROff9jmV3GCk55fvWd1kbQwar1h51rBVHHtAxmiAiJioFz/bXP5KiWCLSw"},
	{"SHA-256 crypt of OpenSSL", umlaut, "$5$abcd$KX.nRbJHd6Fma54gzc0gvp4s2q2OIdd/VR3SuOCLb81"},
	{"SHA-256 crypt of PHP", umlaut, "$5$rounds=1000$my-salt$AKTpJ5vsOWGXtw2nfCLH/V2dwKkhDRSIDhRQipLorU7"},
	{"SHA-512 crypt of OpenSSL", umlaut, "$6$saltstring$CSTM8ggie.dU5m6eoS07/LZ2D/r4hrX.jxMSo1fYZexnehwOFJu1o2u1p.BZSnrxIhERrHnuxI8ONbt/kSPvF0"},
	{"SHA-512 crypt of PHP", umlaut, "$6$rounds=1000$usesomesillystri$xVScphA8b5yYO8BclId6u.qiEPf2Bf8OjuanDlycf1DE/WqCyB5PGxwwSaVR207nCj4CzGQgvmWF7JeQA3/DV/"},
}

func TestForeignHashesVerifyAndAskForRehash(t *testing.T) {
	p := startPool(t, Options{Cost: 4})
	for _, v := range foreignVectors {
		t.Run(v.name, func(t *testing.T) {
			checkFormat(t, v.hash, Foreign, 0, false)
			if got := mustVerify(t, p, v.hash, v.plain); got != (Verdict{Match: true, Rehash: true}) {
				t.Errorf("Verify = %+v, want a match with rehash", got)
			}
			for _, wrong := range []string{"", v.plain + "x", v.plain[:len(v.plain)-1], v.plain + "\x00", strings.ToUpper(v.plain), v.hash} {
				if got := mustVerify(t, p, v.hash, wrong); got != (Verdict{}) {
					t.Errorf("Verify(%q) = %+v, want none", wrong, got)
				}
			}
		})
	}
}

func TestForeignHashOfAnotherDigestNeverMatches(t *testing.T) {
	p := startPool(t, Options{Cost: 4})
	for _, v := range foreignVectors {
		for _, i := range []int{len(v.hash) - 3, strings.LastIndexByte(v.hash, '$') + 1, strings.LastIndexByte(v.hash, '$') - 4} {
			other := []byte(v.hash)
			other[i] ^= 'a' ^ 'c'
			if got := mustVerify(t, p, string(other), v.plain); got.Match {
				t.Errorf("Verify of %s with byte %d changed matches", v.name, i)
			}
		}
	}
}

// The limits of bcrypt are not those of the others, which take every byte. The
// first digests were made by Python's hashlib over 1024, 1023 and 1025 bytes,
// the last by PHP over 1024 bytes.
func TestForeignHashesTakeLongPasswordsUpTo1024Bytes(t *testing.T) {
	const (
		pbkdf2 = "$pbkdf2-sha256$10$//777//...///vvv//777w$"
		at1024 = pbkdf2 + "0z3QcWaBvBgeWO18ktEKHN091lD5gwg9Mwa3ccbEihM"
		at1023 = pbkdf2 + "OCsNNaCwU9VP2iTptz./.WXtL4Mum3nlGpNFNDIW.kk"
		at1025 = pbkdf2 + "c6hMuP/YBfwTKkgdJm/2bDptKV91eSHRAaDTQG249v4"
		argon  = "$argon2id$v=19$m=64,t=1,p=1$b3VtUkV3cjVoc1V0OEFrWQ$kyz7TJFVake1HbwLiWm8ulyEubTG7hc1Y79fNn5GmXs"
	)
	long := strings.Repeat("\x00a", MaxBytes/2)
	p := startPool(t, Options{Cost: 4})
	for _, tt := range []struct {
		hash, plain string
		want        bool
	}{
		{at1024, long, true},
		{at1024, long[1:], false},
		{at1023, long[1:], true},
		{at1024, long + "x", false},
		{at1025, long + "x", false},
		{argon, long, true},
		{argon, long[1:], false},
		{argon, long + "x", false},
	} {
		if got := mustVerify(t, p, tt.hash, tt.plain); got.Match != tt.want {
			t.Errorf("Verify of %d bytes against %q: match = %v, want %v", len(tt.plain), tt.hash, got.Match, tt.want)
		}
	}
}

// The queue guesses by the rounds; 5000 are those of a hash that names none.
func TestRoundsThatAreLeftOutAre5000(t *testing.T) {
	digest := "$salt$" + strings.Repeat(".", 43)
	named, _ := parse("$5$rounds=5000" + digest)
	if h, ok := parse("$5" + digest); !ok || h.extra != named.extra {
		t.Errorf("guess without rounds = %d units, want %d", h.extra, named.extra)
	}
}

// go-crypt computes the lanes in goroutines of its own, where a panic would end
// the process. So every number of lanes runs here, at the least memory too.
func TestArgon2AgreesWithReferenceInEveryNumberOfLanes(t *testing.T) {
	salt := []byte("somesalt")
	for p := range uint8(maxLanes) {
		p++
		for _, memory := range []uint32{8 * uint32(p), 8*uint32(p) + 7} {
			for id, key := range map[string]func([]byte, []byte, uint32, uint32, uint8, uint32) []byte{"argon2id": argon2.IDKey, "argon2i": argon2.Key} {
				digest := key([]byte(umlaut), salt, 2, memory, p, 24)
				hash := fmt.Sprintf("$%s$v=19$m=%d,t=2,p=%d$%s$%s", id, memory, p,
					base64.RawStdEncoding.EncodeToString(salt), base64.RawStdEncoding.EncodeToString(digest))
				h, ok := parse(hash)
				if match, err := new(meter).foreign(h, umlaut); !ok || !match || err != nil {
					t.Errorf("compare with %q = %v, %v, want a match", hash, match, err)
				}
			}
		}
	}
}

// Each pair is the last that is verified and the first that is not.
func TestForeignHashBeyondABoundIsUnknown(t *testing.T) {
	var (
		d15, d16, d20, d21 = b64(15), b64(16), b64(20), b64(21)
		d32, d33, d64, d65 = b64(32), b64(33), b64(64), b64(65)
		s3, s4, s7, s8     = b64(3), b64(4), b64(7), b64(8)
	)
	argon := func(m, t, p int, salt, digest string) string {
		return fmt.Sprintf("$argon2id$v=19$m=%d,t=%d,p=%d$%s$%s", m, t, p, salt, digest)
	}
	scrypt := func(ln, r, p int, salt, digest string) string {
		return fmt.Sprintf("$scrypt$ln=%d,r=%d,p=%d$%s$%s", ln, r, p, salt, digest)
	}
	pbkdf2 := func(id string, rounds int, salt, digest string) string {
		return fmt.Sprintf("$pbkdf2%s$%d$%s$%s", id, rounds, salt, digest)
	}
	sha := func(id, rounds, salt string, digest int) string {
		return "$" + id + "$" + rounds + salt + "$" + strings.Repeat(".", digest)
	}
	tests := []struct{ name, last, beyond string }{
		{"argon2 memory", argon(128<<10, 1, 1, s8, d32), argon(128<<10+1, 1, 1, s8, d32)},
		{"argon2 passes", argon(64, 16, 1, s8, d32), argon(64, 17, 1, s8, d32)},
		{"argon2 without passes", argon(64, 1, 1, s8, d32), argon(64, 0, 1, s8, d32)},
		{"argon2 lanes", argon(128, 1, 16, s8, d32), argon(1024, 1, 17, s8, d32)},
		{"argon2 without lanes", argon(128, 1, 1, s8, d32), argon(128, 1, 0, s8, d32)},
		{"argon2 memory of a lane", argon(32, 1, 4, s8, d32), argon(31, 1, 4, s8, d32)},
		{"argon2 salt", argon(64, 1, 1, s8, d32), argon(64, 1, 1, s7, d32)},
		{"argon2 short digest", argon(64, 1, 1, s8, d16), argon(64, 1, 1, s8, d15)},
		{"argon2 long digest", argon(64, 1, 1, s8, d64), argon(64, 1, 1, s8, d65)},
		{"scrypt memory by N", scrypt(17, 8, 1, s4, d32), scrypt(18, 8, 1, s4, d32)},
		{"scrypt memory by r", scrypt(17, 8, 1, s4, d32), scrypt(17, 9, 1, s4, d32)},
		{"scrypt N", scrypt(20, 1, 1, s4, d32), scrypt(21, 1, 1, s4, d32)},
		{"scrypt N that makes the memory negative", scrypt(20, 1, 1, s4, d32), scrypt(56, 1, 1, s4, d32)},
		{"scrypt N that makes the memory none", scrypt(20, 1, 1, s4, d32), scrypt(57, 1, 1, s4, d32)},
		{"scrypt without N", scrypt(1, 8, 1, s4, d32), scrypt(0, 8, 1, s4, d32)},
		{"scrypt r", scrypt(1, 1024, 1, s4, d32), scrypt(1, 1025, 1, s4, d32)},
		{"scrypt lanes", scrypt(14, 8, 16, s4, d32), scrypt(14, 8, 17, s4, d32)},
		{"scrypt lanes of much memory", scrypt(17, 8, 4, s4, d32), scrypt(17, 8, 5, s4, d32)},
		{"scrypt salt", scrypt(4, 8, 1, s4, d32), scrypt(4, 8, 1, s3, d32)},
		{"scrypt short digest", scrypt(4, 8, 1, s4, d16), scrypt(4, 8, 1, s4, d15)},
		{"scrypt long digest", scrypt(4, 8, 1, s4, d64), scrypt(4, 8, 1, s4, d65)},
		{"pbkdf2 rounds", pbkdf2("", 2_000_000, s4, d20), pbkdf2("", 2_000_001, s4, d20)},
		{"pbkdf2 without rounds", pbkdf2("", 1, s4, d20), pbkdf2("", 0, s4, d20)},
		{"pbkdf2 salt", pbkdf2("", 10, s4, d20), pbkdf2("", 10, s3, d20)},
		{"pbkdf2 short digest", pbkdf2("", 10, s4, d16), pbkdf2("", 10, s4, d15)},
		{"pbkdf2 second block", pbkdf2("", 10, s4, d20), pbkdf2("", 10, s4, d21)},
		{"pbkdf2-sha1 second block", pbkdf2("-sha1", 10, s4, d20), pbkdf2("-sha1", 10, s4, d21)},
		{"pbkdf2-sha256 second block", pbkdf2("-sha256", 10, s4, d32), pbkdf2("-sha256", 10, s4, d33)},
		{"pbkdf2-sha512 second block", pbkdf2("-sha512", 10, s4, d64), pbkdf2("-sha512", 10, s4, d65)},
		{"SHA-256 crypt rounds", sha("5", "rounds=1000000$", "salt", 43), sha("5", "rounds=1000001$", "salt", 43)},
		{"SHA-512 crypt rounds", sha("6", "rounds=1000000$", "salt", 86), sha("6", "rounds=1000001$", "salt", 86)},
		{"SHA crypt few rounds", sha("5", "rounds=1000$", "salt", 43), sha("5", "rounds=999$", "salt", 43)},
		{"SHA crypt short salt", sha("5", "", "salt", 43), sha("5", "", "sal", 43)},
		{"SHA crypt long salt", sha("5", "", "saltsaltsaltsalt", 43), sha("5", "", "saltsaltsaltsalts", 43)},
		{"SHA-256 crypt digest", sha("5", "", "salt", 43), sha("5", "", "salt", 44)},
		{"SHA-512 crypt digest", sha("6", "", "salt", 86), sha("6", "", "salt", 85)},
		{"length", scrypt(4, 8, 1, b64(110), d64), scrypt(4, 8, 1, b64(111), d64)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			checkFormat(t, tt.last, Foreign, 0, false)
			checkFormat(t, tt.beyond, Unknown, 0, false)
		})
	}
}

// b64 is so many bytes of nothing, in any of the alphabets.
func b64(n int) string { return base64.RawStdEncoding.EncodeToString(make([]byte, n)) }

// Most rows differ in one place from a hash that is right.
var unknownForeign = []string{
	"$argon2d$v=19$m=64,t=2,p=2$bmhEbGt4RUhXSnhLTmhNUg$vXXoSagx06hbSwQ8uB0/MRnF6SzcWhKVw6XgWjBk9gA",
	"$argon2$v=19$m=64,t=2,p=2$bmhEbGt4RUhXSnhLTmhNUg$vXXoSagx06hbSwQ8uB0/MRnF6SzcWhKVw6XgWjBk9gA",
	"$argon2id$v=16$m=64,t=2,p=2$bmhEbGt4RUhXSnhLTmhNUg$vXXoSagx06hbSwQ8uB0/MRnF6SzcWhKVw6XgWjBk9gA",
	"$argon2id$$m=64,t=2,p=2$bmhEbGt4RUhXSnhLTmhNUg$vXXoSagx06hbSwQ8uB0/MRnF6SzcWhKVw6XgWjBk9gA",
	"$argon2id$m=64,t=2,p=2$bmhEbGt4RUhXSnhLTmhNUg$vXXoSagx06hbSwQ8uB0/MRnF6SzcWhKVw6XgWjBk9gA",
	"$argon2id$v=19$t=2,m=64,p=2$bmhEbGt4RUhXSnhLTmhNUg$vXXoSagx06hbSwQ8uB0/MRnF6SzcWhKVw6XgWjBk9gA",
	"$argon2id$v=19$m=64,t=2$bmhEbGt4RUhXSnhLTmhNUg$vXXoSagx06hbSwQ8uB0/MRnF6SzcWhKVw6XgWjBk9gA",
	"$argon2id$v=19$m=64,t=2,p=2,k=1$bmhEbGt4RUhXSnhLTmhNUg$vXXoSagx06hbSwQ8uB0/MRnF6SzcWhKVw6XgWjBk9gA",
	"$argon2id$v=19$m=64,t=02,p=2$bmhEbGt4RUhXSnhLTmhNUg$vXXoSagx06hbSwQ8uB0/MRnF6SzcWhKVw6XgWjBk9gA",
	"$argon2id$v=19$m=64,t=+2,p=2$bmhEbGt4RUhXSnhLTmhNUg$vXXoSagx06hbSwQ8uB0/MRnF6SzcWhKVw6XgWjBk9gA",
	"$argon2id$v=19$m=18446744073709551680,t=2,p=2$bmhEbGt4RUhXSnhLTmhNUg$vXXoSagx06hbSwQ8uB0/MRnF6SzcWhKVw6XgWjBk9gA",
	"$argon2id$v=19$m=64,t=2,p=2$bmhEbGt4RUhXSnhLTmhNUg$",
	"$argon2id$v=19$m=64,t=2,p=2$bmhEbGt4RUhXSnhLTmhNUg",
	"$argon2id$v=19$m=64,t=2,p=2$$vXXoSagx06hbSwQ8uB0/MRnF6SzcWhKVw6XgWjBk9gA",
	"$argon2id$v=19$m=64,t=2,p=2$bmhEbGt4RUhXSnhLTmhNUg$vXXoSagx06hbSwQ8uB0/MRnF6SzcWhKVw6XgWjBk9gA=",
	"$argon2id$v=19$m=64,t=2,p=2$bmhEbGt4RUhXSnhLTmhNUg$vXXoSagx06hbSwQ8uB0/MRnF6SzcWhKVw6XgWjBk9gB",
	"$argon2id$v=19$m=64,t=2,p=2$bmhEbGt4RUhXSnhLTmhNUg$vXXoSagx06hbSwQ8uB0/MRnF6SzcWhKVw6XgWjBk9gA\n",
	"$argon2id$v=19$m=64,t=2,p=2$bmhEbGt4RUhXS\nnhLTmhNUg$vXXoSagx06hbSwQ8uB0/MRnF6SzcWhKVw6XgWjBk9gA",
	"$argon2id$v=19$m=64,t=2,p=2$bmhEbGt4RUhXSnhLTmhNUg$vXXoSagx06hbSwQ8uB0/MRnF6SzcWhKVw6XgWjBk9gA$",
	"argon2id$v=19$m=64,t=2,p=2$bmhEbGt4RUhXSnhLTmhNUg$vXXoSagx06hbSwQ8uB0/MRnF6SzcWhKVw6XgWjBk9gA",
	"$scrypt$ln=4,r=8$EmJsjfEeYwzBuJeS0hrj/A$xCtgS/ZDnxgRmH2cBJ4Dr3sqx1+fkMi4drYRJ3NDnHc",
	"$scrypt$ln=4,r=8,p=1$EmJsjfEeYwzBuJeS0hrj/A$",
	"$scrypt$ln=4,r=8,p=1$EmJsjfEeYwzBuJeS0hrj.A$xCtgS/ZDnxgRmH2cBJ4Dr3sqx1+fkMi4drYRJ3NDnHc",
	"$scrypt$ln=-4,r=8,p=1$EmJsjfEeYwzBuJeS0hrj/A$xCtgS/ZDnxgRmH2cBJ4Dr3sqx1+fkMi4drYRJ3NDnHc",
	"$yescrypt$ln=4,r=8,p=1$EmJsjfEeYwzBuJeS0hrj/A$xCtgS/ZDnxgRmH2cBJ4Dr3sqx1+fkMi4drYRJ3NDnHc",
	"$y$j9T$F5Jx5fExrKuPp53xLKQ..1$X3DX6M94c7o.9agCG9G317fhZg9SqC.5i5rd.RhAtQ7",
	"$pbkdf2$10$//777//...///vvv//777w$",
	"$pbkdf2$$//777//...///vvv//777w$vPpuibVjB5nAYRjZNY9Jfb8dr8I",
	"$pbkdf2$-10$//777//...///vvv//777w$vPpuibVjB5nAYRjZNY9Jfb8dr8I",
	"$pbkdf2$10$//777//+++///vvv//777w$vPpuibVjB5nAYRjZNY9Jfb8dr8I",
	"$pbkdf2-sha224$10$//777//...///vvv//777w$vPpuibVjB5nAYRjZNY9Jfb8dr8I",
	"$sha256$10$//777//...///vvv//777w$WcBY/WYvRSHcij5GoaUkHGEgDwi46sO9Yrqd3Vk1uRI",
	"$5$abcd$KX.nRbJHd6Fma54gzc0gvp4s2q2OIdd/VR3SuOCLb8",
	"$5$$KX.nRbJHd6Fma54gzc0gvp4s2q2OIdd/VR3SuOCLb81",
	"$5$abcd$",
	"$5$ab:cd$KX.nRbJHd6Fma54gzc0gvp4s2q2OIdd/VR3SuOCLb81",
	"$5$ab cd$KX.nRbJHd6Fma54gzc0gvp4s2q2OIdd/VR3SuOCLb81",
	"$5$äbcd$KX.nRbJHd6Fma54gzc0gvp4s2q2OIdd/VR3SuOCLb81",
	"$5$rounds=$abcd$KX.nRbJHd6Fma54gzc0gvp4s2q2OIdd/VR3SuOCLb81",
	"$5$rounds=01000$my-salt$AKTpJ5vsOWGXtw2nfCLH/V2dwKkhDRSIDhRQipLorU7",
	"$6$abcd$KX.nRbJHd6Fma54gzc0gvp4s2q2OIdd/VR3SuOCLb81",
	"$1$abcd$M8bPUiPSy1aJkwPcPWYVX0",
	"$apr1$abcd$NLw/IRgjEiY5X5tz3PKbx/",
	"$sha1$480000$salt$AKTpJ5vsOWGXtw2nfCLH/V2dwKkh",
	"$plaintext$" + umlaut,
	"$base64$cMOkc3N3b3Jk",
}

func TestUnknownForeignFormsNeverMatch(t *testing.T) {
	p := startPool(t, Options{Cost: 4})
	for _, hash := range unknownForeign {
		checkFormat(t, hash, Unknown, 0, false)
		for _, plain := range []string{umlaut, "", hash} {
			if got := mustVerify(t, p, hash, plain); got.Match {
				t.Errorf("Verify(%q, %q) matches", hash, plain)
			}
		}
	}
}

// A salt of SHA-crypt may look like the parameter that stands before it.
func TestSaltThatReadsLikeRoundsIsRefused(t *testing.T) {
	checkFormat(t, "$5$rounds=10$"+strings.Repeat(".", 43), Unknown, 0, false)
}

func TestWaitAllowsForADearForeignHash(t *testing.T) {
	for _, hash := range []string{
		"$argon2id$v=19$m=131072,t=16,p=1$" + b64(16) + "$" + b64(32),
		"$scrypt$ln=17,r=8,p=4$" + b64(16) + "$" + b64(32),
		"$pbkdf2$2000000$" + b64(16) + "$" + b64(20),
		"$pbkdf2-sha512$2000000$" + b64(16) + "$" + b64(64),
		"$6$rounds=1000000$salt$" + strings.Repeat(".", 86),
	} {
		synctest.Test(t, func(t *testing.T) {
			p := startPool(t, Options{Cost: 4, Workers: 1})
			release := occupy(t, p)
			ctx, cancel := context.WithCancel(context.Background())
			var wg sync.WaitGroup
			wg.Go(func() { _, _ = p.Verify(ctx, hash, "secret") })
			synctest.Wait()
			if got := p.Queue().Wait; got < 900*time.Millisecond || got > 3*time.Second {
				t.Errorf("wait behind %q = %v, want 1 s to 3 s", hash, got)
			}
			cancel()
			wg.Wait()
			release()
		})
	}
}
