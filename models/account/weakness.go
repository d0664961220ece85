package account

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"gatehouse/models/password"
)

// Guessed knows passwords that are guessed first. Both methods return a sentence, or nothing.
type Guessed interface {
	// Weakness says why the owner of an e-mail address may not have a password.
	Weakness(plain, email string) string
	// Leak says so of a password that has leaked. It may ask another server, and so comes last.
	Leak(ctx context.Context, plain string, now time.Time) string
}

// weakness says why a text may not become the password of whoever has this address, or nothing. There are no rules on
// its composition, and it is taken exactly as it is (ASVS 6.2.1, 6.2.4, 6.2.5, 6.2.8, 6.2.11).
func (a *Accounts) weakness(plain, email string) string {
	if sentence := unusable(plain); sentence != "" {
		return sentence
	}
	if n := a.rules.PasswordMinLength; utf8.RuneCountInString(plain) < n {
		return fmt.Sprintf("must have at least %d characters", n)
	}
	if len(plain) > password.MaxBytes {
		return fmt.Sprintf("must have at most %d bytes", password.MaxBytes)
	}
	if a.rules.Guessed == nil {
		return ""
	}
	return a.rules.Guessed.Weakness(plain, email)
}

// PasswordMinLength is how many characters a new password has at least.
func (a *Accounts) PasswordMinLength() int { return a.rules.PasswordMinLength }

// newHash makes the hash of a password that everything else speaks for. One that has leaked is refused (ASVS 6.2.12), as
// the form's field of this name.
func (a *Accounts) newHash(ctx context.Context, field, plain string, now time.Time) (string, error) {
	if a.rules.Guessed != nil {
		if sentence := a.rules.Guessed.Leak(ctx, plain, now); sentence != "" {
			return "", &InvalidError{Fields: map[string]string{field: sentence}, Weak: true}
		}
	}
	hash, err := a.passwords.Hash(ctx, plain)
	if err != nil {
		return "", fmt.Errorf("hash password: %w", err)
	}
	return hash, nil
}

const required = "is required"

// unusable says why a text can be nobody's password, or nothing. A NUL would end it early in the bcrypt of
// other programs, which must be able to verify what is stored here.
func unusable(plain string) string {
	switch {
	case plain == "":
		return required
	case !utf8.ValidString(plain) || strings.ContainsRune(plain, 0):
		return "must be valid text"
	default:
		return ""
	}
}
