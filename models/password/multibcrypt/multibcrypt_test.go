package multibcrypt

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"golang.org/x/crypto/bcrypt"
)

// Published with OpenBSD's and jBCrypt's tests and with Openwall's
// crypt_blowfish.
var vectors = []struct{ password, hash string }{
	{"a", "$2a$06$m0CrhHm10qJ3lXRY.5zDGO3rS2KdeeWLuGmsfGlMfOxih58VYVfxe"},
	{"abc", "$2a$06$If6bvum7DFjUnE9p2uDeDu0YHzrHM6tf.iqN8.yx.jNN1ILEf7h0i"},
	{"abcdefghijklmnopqrstuvwxyz", "$2a$06$.rCVZVOThsIa97pEDOxvGuRRgzG64bvtJ0938xuqzv18d3ZpQhstC"},
	{"~!@#$%^&*()      ~!@#$%^&*()PNBFRD", "$2a$06$fPIsBO8qRqkjj273rfaOI.HtSV9jLDpTbZn782DC6/t7qT67P6FfO"},
	{"~!@#$%^&*()      ~!@#$%^&*()PNBFRD", "$2a$10$LgfYWkbzEvQ4JakH7rOvHe0y8pHKF9OaFgwUZ2q7W2FFZmZzJYlfS"},
	{"", "$2a$08$HqWuK6/Ng6sg9gQzbLrgb.Tl.ZHfXLhvt/SgVyWhQqgqcZ7ZuUtye"},
	{"", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.7uG0VCzI2bS7j6ymqJi9CdcdxiRTWNy"},
	{"U*U", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"},
	{"U*U*", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.VGOzA784oUp/Z0DY336zx7pLYAy0lwK"},
	{"U*U*U", "$2a$05$" + strings.Repeat("X", 21) + "OAcXxm9kjPGEMsLznoKqmqw7tc8WCx4a"},
	{"\xa3", "$2y$05$/OK.fbVrR/bpIqNJ5ianF.Sa7shbm4.OzKpvFnX1pQLmQW96oUlCq"},
	{"\xff\xff\xa3", "$2b$05$/OK.fbVrR/bpIqNJ5ianF.CE5elHaaO4EbggVDjb8P19RukzXSM3e"},
	{"\xd1\x91", "$2y$05$6bNw2HLQYeqHYyBfLMsv/OUcZd0LKP39b87nBw3.S2tVZSqiQX6eu"},
	{strings.Repeat("\xaa\x55", 36), "$2a$05$/OK.fbVrR/bpIqNJ5ianF.R9xrDjiycxMbQE2bp.vgqlYpW5wx2yy"},
	{strings.Repeat("\x55\xaa\xff", 24), "$2a$05$/OK.fbVrR/bpIqNJ5ianF.9tQZzcJfm3uj2NvJ/n5xkhpqLrMpWCe"},
	{
		"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789chars after 72 are ignored",
		"$2a$05$abcdefghijklmnopqrstuu5s2v8.iXieOjg/.AySBTTZIIVFJeBui",
	},
}

func TestPublishedDigests(t *testing.T) {
	for _, v := range vectors {
		var cost int
		if _, err := fmt.Sscanf(v.hash[4:6], "%d", &cost); err != nil {
			t.Fatal(err)
		}
		for n := 1; n <= 2; n++ { // alone and in a group
			for _, j := range compute(t, cost, slices.Repeat([]Job{{Password: []byte(v.password), Salt: v.hash[7:29]}}, n)) {
				if j.Digest != v.hash[29:] {
					t.Errorf("digest of %q with %q, %d at once = %q, want %q", v.password, v.hash[:29], n, j.Digest, v.hash[29:])
				}
			}
		}
	}
}

// Every length up to the 72 bytes that count and some more, of bytes of every
// value, NUL and those from 0x80 included.
func TestEveryLengthAgreesWithXCrypto(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	var jobs []Job
	for n := range 80 {
		jobs = append(jobs, randomJob(random, n))
	}
	for i, j := range compute(t, minCost, jobs) {
		checkAgainstXCrypto(t, j)
		checkAgainstXCrypto(t, compute(t, minCost, jobs[i:i+1])[0])
	}
}

func TestEveryFillingAgreesWithXCrypto(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for cost := minCost; cost <= minCost+2; cost++ {
		for n := range 2*Width + 2 {
			var jobs []Job
			for range n {
				jobs = append(jobs, randomJob(random, random.IntN(80)))
			}
			for _, j := range compute(t, cost, jobs) {
				checkAgainstXCrypto(t, j)
			}
		}
	}
}

func TestMixedCostsAgreeWithXCrypto(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 8))
	var jobs []*Job
	for range 30 {
		j := randomJob(random, random.IntN(80))
		j.Cost = minCost + random.IntN(2)
		jobs = append(jobs, &j)
	}
	if err := Compute(jobs...); err != nil {
		t.Fatal(err)
	}
	for _, j := range jobs {
		checkAgainstXCrypto(t, *j)
	}
}

func TestUsualCostAgreesWithXCrypto(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	var jobs []Job
	for n := range Width + 1 {
		jobs = append(jobs, randomJob(random, 7*n))
	}
	for _, j := range compute(t, 10, jobs) {
		checkAgainstXCrypto(t, j)
	}
}

func TestNULIsAByteAndTheEndIsANUL(t *testing.T) {
	salt := NewSalt()
	jobs := compute(t, minCost, []Job{
		{Password: []byte("ab"), Salt: salt},
		{Password: []byte("ab\x00"), Salt: salt},
		{Password: []byte("ab\x00c"), Salt: salt},
		{Password: []byte("ab\x00ab"), Salt: salt},
	})
	for _, j := range jobs {
		checkAgainstXCrypto(t, j)
	}
	if jobs[0].Digest == jobs[1].Digest || jobs[0].Digest == jobs[2].Digest {
		t.Error("what follows a NUL byte does not count")
	}
	if jobs[0].Digest != jobs[3].Digest { // the key is repeated, with its closing NUL
		t.Error("the password is not closed by a NUL byte")
	}
}

func TestWrongPasswordsHaveOtherDigests(t *testing.T) {
	right := bytes.Repeat([]byte("x"), 72)
	jobs := []Job{{Password: right, Salt: NewSalt()}}
	for i := range right {
		wrong := bytes.Clone(right)
		wrong[i] ^= 0x80
		jobs = append(jobs, Job{Password: wrong, Salt: jobs[0].Salt})
	}
	jobs = compute(t, minCost, jobs)
	for i, j := range jobs[1:] {
		if j.Digest == jobs[0].Digest {
			t.Errorf("byte %d of the password does not count", i)
		}
	}
}

func TestWhatIsNotUnderstoodIsRefused(t *testing.T) {
	salt := NewSalt()
	for _, tt := range []struct {
		name string
		cost int
		salt string
		want error
	}{
		{"cost too low", minCost - 1, salt, errCost},
		{"cost too high", maxCost + 1, salt, errCost},
		{"negative cost", -1, salt, errCost},
		{"no salt", minCost, "", errSalt},
		{"short salt", minCost, salt[:21], errSalt},
		{"long salt", minCost, salt + ".", errSalt},
		{"other alphabet", minCost, "+" + salt[1:], errSalt},
		{"padded", minCost, salt[:20] + "==", errSalt},
		{"line break", minCost, salt[:20] + "\r\n", errSalt},
		{"line break and 16 bytes", minCost, "\n" + salt, errSalt},
	} {
		good, bad := Job{Cost: minCost, Salt: salt}, Job{Cost: tt.cost, Salt: tt.salt}
		if err := Compute(&good, &bad); !errors.Is(err, tt.want) {
			t.Errorf("%s: Compute = %v, want %v", tt.name, err, tt.want)
		}
		if good.Digest != "" || bad.Digest != "" {
			t.Errorf("%s: a digest is set", tt.name)
		}
	}
}

func TestSpareBitsOfASaltDoNotCount(t *testing.T) {
	salt := NewSalt()[:21]
	jobs := compute(t, minCost, []Job{{Salt: salt + "e"}, {Salt: salt + "f"}, {Salt: salt + "s"}, {Salt: salt + "u"}})
	for _, j := range jobs {
		checkAgainstXCrypto(t, j)
	}
	if jobs[0].Digest != jobs[1].Digest || jobs[0].Digest != jobs[2].Digest || jobs[0].Digest == jobs[3].Digest {
		t.Errorf("digests of salts that end in e, f, s, u = %+v, want the first three the same", jobs)
	}
}

func TestPasswordIsNotWrittenTo(t *testing.T) {
	text := []byte("secret and more")
	compute(t, minCost, []Job{{Password: text[:6], Salt: NewSalt()}})
	if string(text) != "secret and more" {
		t.Errorf("text around the password = %q", text)
	}
}

func TestNewSaltsDiffer(t *testing.T) {
	one, other := NewSalt(), NewSalt()
	if one == other {
		t.Errorf("NewSalt = %q twice", one)
	}
	if salt, err := decodeSalt(one); err != nil || len(salt) != 16 {
		t.Errorf("decodeSalt(%q) = %v, %v", one, salt, err)
	}
}

// The first and the last words of Blowfish's tables, as published.
func TestStateBeginsAsPi(t *testing.T) {
	s := initial()
	for at, want := range map[int]uint32{
		0: 0x243f6a88, 1: 0x85a308d3, subkeys - 1: 0x8979fb1b,
		box0: 0xd1310ba6, box1: 0x4b7a70e9, box2: 0xe93d5a68, box3: 0x3a39ce37, words - 1: 0x3ac372e6,
	} {
		if s[at] != want {
			t.Errorf("word %d = %08x, want %08x", at, s[at], want)
		}
	}
}

func randomJob(random *rand.Rand, length int) Job {
	b := make([]byte, length+saltSize)
	for i := range b {
		b[i] = byte(random.Uint32())
	}
	return Job{Password: b[saltSize:], Salt: encoding.EncodeToString(b[:saltSize])}
}

// compute computes all at one cost, and leaves the jobs that it is given as they
// are.
func compute(t *testing.T, cost int, jobs []Job) []Job {
	t.Helper()
	done := slices.Clone(jobs)
	var pointers []*Job
	for i := range done {
		done[i].Cost = cost
		pointers = append(pointers, &done[i])
	}
	if err := Compute(pointers...); err != nil {
		t.Fatal(err)
	}
	return done
}

// checkAgainstXCrypto looks at the length too: x/crypto only compares as much as
// a digest has.
func checkAgainstXCrypto(t *testing.T, j Job) {
	t.Helper()
	hash := fmt.Sprintf("$2a$%02d$%s%s", j.Cost, j.Salt, j.Digest)
	if err := bcrypt.CompareHashAndPassword([]byte(hash), j.Password); err != nil || len(hash) != 60 {
		t.Errorf("digest of %q in %q: %v", j.Password, hash, err)
	}
}
