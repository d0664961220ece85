package password

import (
	"errors"
	"fmt"
	"strings"

	"golang.org/x/crypto/bcrypt"

	"gatehouse/models/password/multibcrypt"
)

// SelfTest compares Multi with x/crypto: a group and one alone, at the lowest
// cost. It takes about 10 ms. After an error use XCrypto.
func SelfTest() error { return selfTest(multibcrypt.Compute) }

func selfTest(compute func(...*multibcrypt.Job) error) error {
	passwords := []string{"", "correct horse", "\xff\x00\xa3", strings.Repeat("é", plainLimit/2), "one alone"}
	var jobs []*multibcrypt.Job
	for _, plain := range passwords {
		jobs = append(jobs, &multibcrypt.Job{Cost: MinCost, Password: []byte(plain), Salt: multibcrypt.NewSalt()})
	}
	if err := attempt(func() error { return compute(jobs...) }); err != nil {
		return fmt.Errorf("test multibcrypt: %w", err)
	}
	for _, j := range jobs {
		hash := fmt.Sprintf("$2a$%02d$%s%s", j.Cost, j.Salt, j.Digest)
		if len(j.Digest) != digestLen || bcrypt.CompareHashAndPassword([]byte(hash), j.Password) != nil {
			return errors.New("test multibcrypt: it does not compute what x/crypto computes")
		}
	}
	return nil
}
