package config

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
)

const (
	secretBytes = 32 // the size of the keys that are made from it
	newSecret   = "make one with `gatehouse secrets new FILE`"
)

// samples are pieces of secrets that stand in examples, in letters and digits alone. A random secret of 32 characters
// holds one of them with a chance far below one in a million.
var samples = []string{
	"changeme", "changethis", "changeit", "replaceme", "replacethis", "yoursecret", "mysecret", "supersecret", "secretkey", "256bitsecret",
	"example", "placeholder", "insecure", "password", "123456789", "abcdefgh", "qwerty",
}

// secrets checks the list, or the file that stands for it.
func (c *checker) secrets(value, path string) Secrets {
	const setting = "secret"
	if strings.TrimSpace(value) != "" && path != "" {
		c.fail(setting, "secret-file is set too; set only one of the two")
		return nil
	}
	name, items := setting, list(value)
	if path != "" {
		name = setting + "-file"
		if items = lines(c.readFile(name, path)); len(items) == 0 {
			return nil
		}
	} else if value != "" && len(items) == 0 {
		c.fail(name, "it holds no secret; %s", newSecret)
	}
	secrets, errs := checkSecrets(items)
	for _, err := range errs {
		c.fail(name, "%v", err)
	}
	return secrets
}

// ParseSecrets reads the text of a secret file, one secret on each line, and refuses what Check would refuse.
func ParseSecrets(text string) (Secrets, error) {
	secrets, errs := checkSecrets(lines(text))
	if len(secrets) == 0 && len(errs) == 0 {
		errs = append(errs, errors.New("it holds no secret; "+newSecret))
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	return secrets, nil
}

func lines(text string) []string {
	var items []string
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			items = append(items, line)
		}
	}
	return items
}

func checkSecrets(items []string) (Secrets, []error) {
	var secrets Secrets
	var errs []error
	for i, item := range items {
		complaint := weakness(item)
		if complaint == "" && slices.ContainsFunc(secrets, func(s []byte) bool { return bytes.Equal(s, []byte(item)) }) {
			complaint = "is there twice; remove one"
		}
		if complaint != "" {
			errs = append(errs, fmt.Errorf("number %d %s", i+1, complaint))
			continue
		}
		secrets = append(secrets, []byte(item))
	}
	return secrets, errs
}

// weakness says why a secret is refused, without a hint at what it is.
func weakness(secret string) string {
	if len(secret) < secretBytes {
		return fmt.Sprintf("has fewer than %d bytes; %s", secretBytes, newSecret)
	}
	different := map[byte]bool{}
	for _, b := range []byte(secret) {
		different[b] = true
	}
	plain := strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, secret)
	isSample := slices.ContainsFunc(samples, func(sample string) bool { return strings.Contains(plain, sample) })
	if len(different) < 6 || isSample || repeats(secret) || len(plain) >= secretBytes/2 && repeats(plain) {
		return "can be guessed (a sample or a pattern); " + newSecret
	}
	return ""
}

// repeats reports whether the text is one piece, written at least twice; the last time may be cut short.
func repeats(text string) bool {
	for period := 1; period <= len(text)/2; period++ {
		if text[period:] == text[:len(text)-period] {
			return true
		}
	}
	return false
}
