package adoption

import (
	"strings"
	"testing"

	"gatehouse/models/password"
)

// aBcrypt is well formed, and the hash of nothing.
const aBcrypt = "$2a$04$......................aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

func TestEachTextIsTreatedAsTheOperatorDecided(t *testing.T) {
	md5, sha1 := strings.Repeat("0a", 16), strings.Repeat("0a", 20)
	plans := []Plan{{}, {Plain: true}, {Weak: password.MD5}, {Weak: password.SHA1}}
	for _, test := range []struct {
		name, text string
		want       [4]treatment // by plan
	}{
		{"plain text", "correct horse", [4]treatment{hash, hash, hash, hash}},
		{"blanks", "   ", [4]treatment{hash, hash, hash, hash}},
		{"the longest password", strings.Repeat("é", 512), [4]treatment{hash, hash, hash, hash}},
		{"too long a password", strings.Repeat("é", 512) + "x", [4]treatment{unusable, unusable, unusable, unusable}},
		{"no UTF-8", "correct \xff horse", [4]treatment{unusable, unusable, unusable, unusable}},
		{"a NUL", "correct\x00horse", [4]treatment{unusable, unusable, unusable, unusable}},
		{"nothing", "", [4]treatment{leave, leave, leave, leave}},
		{"bcrypt", aBcrypt, [4]treatment{leave, leave, leave, leave}},
		{"bcrypt behind a prefix", "{BLF-CRYPT}" + aBcrypt, [4]treatment{respell, respell, respell, respell}},
		{"bcrypt that was cut off", aBcrypt[:50], [4]treatment{unusable, unusable, unusable, unusable}},
		{"Django's", "bcrypt$" + aBcrypt, [4]treatment{respell, respell, respell, respell}},
		{"SHA-crypt", "$5$salt$" + strings.Repeat(".", 43), [4]treatment{leave, leave, leave, leave}},
		{"MD5", md5, [4]treatment{undecided, hash, wrap, undecided}},
		{"MD5 in capitals", strings.ToUpper(md5), [4]treatment{undecided, hash, wrap, undecided}},
		{"SHA-1", sha1, [4]treatment{undecided, hash, undecided, wrap}},
		{"MySQL's SHA-1", "*" + strings.ToUpper(sha1), [4]treatment{unusable, unusable, unusable, unusable}},
		{"an unknown hash", "{SSHA}" + strings.Repeat("A", 32), [4]treatment{unusable, unusable, unusable, unusable}},
		{"a locked account", "!", [4]treatment{unusable, unusable, unusable, unusable}},
	} {
		for i, plan := range plans {
			if got := plan.treat(test.text); got != test.want[i] {
				t.Errorf("%s with %+v: treatment %d, want %d", test.name, plan, got, test.want[i])
			}
		}
	}
}

func TestOnlyWhatMakesAHashCountsAsWork(t *testing.T) {
	for treatment, want := range map[treatment]bool{
		leave: false, hash: true, respell: true, wrap: true, undecided: false, unusable: false,
	} {
		if got := treatment.makes(); got != want {
			t.Errorf("treatment %d makes a hash: %v, want %v", treatment, got, want)
		}
	}
}
