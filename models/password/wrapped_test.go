package password

import (
	"context"
	"errors"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/crypto/bcrypt"
)

// Made by PHP 8.2 with its hash, base64_encode and password_hash.
var wrappedVectors = []struct {
	plain, digest string
	scheme        Scheme
	hash          string
}{
	{umlaut, "8e1843033a0f6ee52e2f618aa8ebbef4", Scheme{Algorithm: MD5}, "$gatehouse-wrapped$v=1,a=md5,p=before$$$2y$04$rlyID461TXmC4USkulmOi.23ld2/lnWkObzPZgS6eKNREpKFbWiqy"},
	{umlaut, "97f33b43401f26e3bf1ba2fbd6d9899c", Scheme{Algorithm: MD5, Salt: "abc"}, "$gatehouse-wrapped$v=1,a=md5,p=before$YWJj$$2y$04$qMYSzxgp1Hh7XcokYBh8ZOfAIHY/ihuMjcEzIlM/3ke8Tcj6Wko32"},
	{umlaut, "3371bb57b8fb4d59c756892ad12039e7", Scheme{Algorithm: MD5, Salt: "abc", SaltAfter: true}, "$gatehouse-wrapped$v=1,a=md5,p=after$YWJj$$2y$04$hVz4GL59EZ/rLTmJoqF82ebQ2cy.h5XfMiO.4ATmTO2foRv6FC9x6"},
	{umlaut, "9e2a98d75cfc00f9bb957482193b9fe08e424ff2", Scheme{Algorithm: SHA1, Salt: "\xff\xfe\xfb?", SaltAfter: true}, "$gatehouse-wrapped$v=1,a=sha1,p=after$__77Pw$$2y$04$CvZ2jrT0UudBfxH2RBxQIugA6YmoBIW5t5sqpwupPmvGP.xrB58aG"},
	{umlaut, "a66182adfcc692014c5112f1a7647305a60e5e325d565ac61c9270e25a0c6006", Scheme{Algorithm: SHA256, Salt: "x9$,="}, "$gatehouse-wrapped$v=1,a=sha256,p=before$eDkkLD0$$2y$04$ysO2/OfAT/0IoR2tEDyLuO.KDY4yodmA/BkPFeQk5y58TDvncR5AK"},
	{umlaut, "6f9814a5f8fe31a35d8b2ddef1d943622ec12b15d15517e735be302550e0b7f568ed9e6149492f51c322532ceb9571442e0fad8f314df96d5afd678d52a1f8b1", Scheme{Algorithm: SHA512, Salt: strings.Repeat("s", MaxSalt), SaltAfter: true}, "$gatehouse-wrapped$v=1,a=sha512,p=after$c3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzcw$$2y$04$3RMUFbjyaB0Nm9n3ryoa7./esMq0b134z9.o4xv7PqYlyGPYVocM2"},
	{"", "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e", Scheme{Algorithm: SHA512}, "$gatehouse-wrapped$v=1,a=sha512,p=before$$$2y$04$3EG5i0rg5qVwSbYrsTb1zO6jWCpkQFvhNRUvYaeHaSFdS9E7uAXUy"},
}

func TestWrappedHashesVerifyAndAskForRehash(t *testing.T) {
	for _, cost := range []int{4, 5} { // rehash whatever the cost
		p := startPool(t, Options{Cost: cost})
		for _, v := range wrappedVectors {
			checkFormat(t, v.hash, Wrapped, 4, true)
			if got := mustVerify(t, p, v.hash, v.plain); got != (Verdict{Match: true, Rehash: true}) {
				t.Errorf("Verify(%q) = %+v, want a match with rehash", v.hash, got)
			}
			for _, wrong := range []string{v.plain + "x", v.plain + "\x00", v.digest, v.scheme.Salt + v.plain + "x", v.hash} {
				if got := mustVerify(t, p, v.hash, wrong); got != (Verdict{}) {
					t.Errorf("Verify(%q, %q) = %+v, want none", v.hash, wrong, got)
				}
			}
		}
	}
}

func TestWrapMakesWhatVerifyReads(t *testing.T) {
	p := startPool(t, Options{Cost: 5})
	for _, v := range wrappedVectors {
		for _, digest := range []string{v.digest, strings.ToUpper(v.digest)} {
			hash, err := p.Wrap(t.Context(), digest, v.scheme)
			if err != nil {
				t.Fatalf("Wrap(%q): %v", digest, err)
			}
			head, inner := hash[:len(hash)-60], hash[len(hash)-60:]
			if want := v.hash[:len(v.hash)-60]; head != want || len(hash) > maxStored {
				t.Errorf("Wrap(%q) = %q and bcrypt, want %q", digest, head, want)
			}
			if !regexp.MustCompile(`^\$2a\$05\$[./A-Za-z0-9]{53}$`).MatchString(inner) {
				t.Errorf("the bcrypt in %q is not standard", hash)
			}
			if err := bcrypt.CompareHashAndPassword([]byte(inner), wrappedKey(v.digest)); err != nil {
				t.Errorf("x/crypto on the bcrypt in %q: %v", hash, err)
			}
			checkFormat(t, hash, Wrapped, 5, true)
			if got := mustVerify(t, p, hash, v.plain); !got.Match {
				t.Errorf("Verify(%q) of its own hash does not match", hash)
			}
		}
	}
}

func TestSaltAndItsPlaceAreTakenExactly(t *testing.T) {
	p := startPool(t, Options{Cost: 4})
	const digest = "97f33b43401f26e3bf1ba2fbd6d9899c" // md5("abc" + plain)
	for _, tt := range []struct {
		scheme Scheme
		want   bool
	}{
		{Scheme{Algorithm: MD5, Salt: "abc"}, true},
		{Scheme{Algorithm: MD5, Salt: "abc", SaltAfter: true}, false},
		{Scheme{Algorithm: MD5, Salt: "abc "}, false},
		{Scheme{Algorithm: MD5, Salt: "Abc"}, false},
		{Scheme{Algorithm: MD5}, false},
	} {
		hash, err := p.Wrap(t.Context(), digest, tt.scheme)
		if err != nil {
			t.Fatal(err)
		}
		if got := mustVerify(t, p, hash, umlaut); got.Match != tt.want {
			t.Errorf("match with %+v = %v, want %v", tt.scheme, got.Match, tt.want)
		}
	}
}

func TestWrappedHashesTakePasswordsUpTo1024Bytes(t *testing.T) {
	p := startPool(t, Options{Cost: 4})
	long := strings.Repeat("a", MaxBytes)
	for _, plain := range []string{long, long + "b"} {
		hash, err := p.Wrap(t.Context(), SHA1.hex("salt"+plain), Scheme{Algorithm: SHA1, Salt: "salt"})
		if err != nil {
			t.Fatal(err)
		}
		for _, try := range []string{long, long + "b", long + "c", long[1:]} {
			want := try == plain && len(plain) <= MaxBytes
			if got := mustVerify(t, p, hash, try); got.Match != want {
				t.Errorf("%d bytes against the hash of %d: match = %v, want %v", len(try), len(plain), got.Match, want)
			}
		}
	}
}

func TestWrapRefusesWhatIsNoDigest(t *testing.T) {
	p := startPool(t, Options{Cost: 4})
	md5 := wrappedVectors[0].digest
	tests := []struct {
		name, digest string
		scheme       Scheme
		want         error
	}{
		{"empty", "", Scheme{Algorithm: MD5}, errNotHex},
		{"plain text", "secret", Scheme{Algorithm: MD5}, errNotHex},
		{"too short", md5[1:], Scheme{Algorithm: MD5}, errNotHex},
		{"too long", md5 + "0", Scheme{Algorithm: MD5}, errNotHex},
		{"line break", md5[1:] + "\n", Scheme{Algorithm: MD5}, errNotHex},
		{"letter g", md5[1:] + "g", Scheme{Algorithm: MD5}, errNotHex},
		{"of another algorithm", md5, Scheme{Algorithm: SHA1}, errNotHex},
		{"no algorithm", md5, Scheme{}, errNotHex},
		{"no algorithm, empty", "", Scheme{}, errNotHex},
		{"unknown algorithm", md5, Scheme{Algorithm: "md4"}, errNotHex},
		{"long salt", md5, Scheme{Algorithm: MD5, Salt: strings.Repeat("s", MaxSalt+1)}, ErrSaltTooLong},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			hash, err := p.Wrap(t.Context(), tt.digest, tt.scheme)
			if !errors.Is(err, tt.want) || hash != "" {
				t.Fatalf("Wrap = %q, %v, want %v", hash, err, tt.want)
			}
			if tt.digest != "" && strings.Contains(err.Error(), tt.digest) {
				t.Errorf("the error %q tells the text", err)
			}
		})
	}
}

func TestWrapIsRefusedByAFullPool(t *testing.T) {
	if _, err := NewPool(Options{}).Wrap(context.Background(), wrappedVectors[0].digest, Scheme{Algorithm: MD5}); !errors.Is(err, ErrOverloaded) {
		t.Errorf("Wrap before Start = %v, want ErrOverloaded", err)
	}
}

func TestMalformedWrappedHashesNeverMatch(t *testing.T) {
	p := startPool(t, Options{Cost: 4})
	good := wrappedVectors[1].hash
	edit := func(old, change string) string { return strings.Replace(good, old, change, 1) }
	for _, hash := range []string{
		edit("v=1", "v=2"),
		edit("a=md5", "a=MD5"),
		edit("a=md5", "a=md4"),
		edit("a=md5", "a="),
		edit("a=md5,p=before", "a=md5"),
		edit("a=md5,p=before", "a=md5,p=before,x=1"),
		edit("p=before", "p="),
		edit("p=before", "p=middle"),
		edit("$YWJj$", "$YWJj\n$"),
		edit("$YWJj$", "$YWJ$"),
		edit("$YWJj$", "$YWI=$"),
		edit("$YWJj$", "$+/+/$"),
		edit("$YWJj$", "$"),
		edit("$YWJj$", "$"+strings.Repeat("YWJj", 22)+"$"), // 66 bytes
		edit("$2y$04", "$2y$03"),
		edit("$2y$04", "$2y$17"),
		edit("$2y$04", "$2x$04"),
		good + "x",
		good[:len(good)-1],
		good[:len(good)-60],
		strings.TrimPrefix(good, "$"),
		good[:len(good)-60] + passlibVectors[1].hash,
		good[:len(good)-60] + good,
	} {
		checkFormat(t, hash, Unknown, 0, false)
		if got := mustVerify(t, p, hash, umlaut); got.Match {
			t.Errorf("Verify(%q) matches", hash)
		}
	}
}

func TestHexOfGoesByTheLength(t *testing.T) {
	tests := []struct {
		text string
		want Weak
	}{
		{strings.Repeat("aF", 16), MD5},
		{strings.Repeat("09", 20), SHA1},
		{strings.Repeat("c", 64), SHA256},
		{strings.Repeat("C", 128), SHA512},
		{"", ""},
		{strings.Repeat("a", 31), ""},
		{strings.Repeat("a", 33), ""},
		{strings.Repeat("a", 56), ""},
		{strings.Repeat("a", 31) + "g", ""},
		{strings.Repeat("a", 31) + " ", ""},
	}
	for _, tt := range tests {
		if got, ok := HexOf(tt.text); got != tt.want || ok != (tt.want != "") {
			t.Errorf("HexOf(%q) = %q, %v, want %q", tt.text, got, ok, tt.want)
		}
	}
}
