package multibcrypt

import (
	"slices"
	"strings"
	"testing"

	"golang.org/x/crypto/bcrypt"
)

// Any password with any salt, alone or in any place of a group, has the digest
// of x/crypto, and so have those beside it, which are always the same and whose
// digests x/crypto made before.
func FuzzDigestsAreThoseOfXCrypto(f *testing.F) {
	var beside []Job
	for _, password := range []string{"", "correct horse", "\xff\x00\xa3", strings.Repeat("é", 36)} {
		hash, err := bcrypt.GenerateFromPassword([]byte(password), minCost)
		if err != nil {
			f.Fatal(err)
		}
		beside = append(beside, Job{Password: []byte(password), Salt: string(hash[7:29]), Digest: string(hash[29:])})
	}
	for i, v := range vectors {
		f.Add([]byte(v.password), []byte(v.hash[7:29]), byte(i%(Width+1)), byte(i%Width))
	}
	f.Fuzz(func(t *testing.T, password, salt []byte, others, place byte) {
		want := slices.Clone(beside[:int(others)%(len(beside)+1)])
		at := int(place) % (len(want) + 1)
		var padded [saltSize]byte
		copy(padded[:], salt)
		job := Job{Password: password, Salt: encoding.EncodeToString(padded[:])}
		got := compute(t, minCost, slices.Insert(slices.Clone(want), at, job))

		checkAgainstXCrypto(t, got[at])
		for i, j := range slices.Delete(got, at, at+1) {
			if j.Digest != want[i].Digest {
				t.Errorf("digest of %q beside %q = %q, want %q", j.Password, password, j.Digest, want[i].Digest)
			}
		}
	})
}
