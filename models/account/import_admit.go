package account

import (
	"context"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"gatehouse/models/password"
	"gatehouse/models/transfer"
	"gatehouse/models/user"
)

// admit checks a person by the rules of sign-up, but for those of new passwords: people keep theirs.
func (im *Import) admit(p transfer.Person) (candidate, string) {
	c := candidate{Import: user.Import{
		ID: p.ID, Profile: user.Profile{Name: p.Name, Gender: p.Gender}, Role: "user", State: user.Active,
		Created: p.Created, Verified: p.Verified,
	}}
	bad := &InvalidError{Fields: map[string]string{}}
	c.Email = parseEmail(p.Email, bad)
	maps.Copy(bad.Fields, c.Check())
	if p.Role != nil {
		c.Role = *p.Role
		if sentence := user.CheckRole(c.Role); sentence != "" {
			bad.Fields["role"] = sentence
		}
	}
	c.Admin = im.o.Admins && c.Role == user.Admin && (p.Admin == nil || *p.Admin)
	if p.Admin != nil && *p.Admin && c.Role != user.Admin {
		bad.Fields["admin"] = "is true, but the role is not " + user.Admin
	}
	if p.State != nil {
		c.State = *p.State
	}
	if p.LastLogin != nil {
		t := time.UnixMilli(*p.LastLogin)
		c.LastLogin = &t
	}
	var sentence string
	if c.Password, c.plain, sentence = im.judge(p.Password); sentence != "" {
		bad.Fields["password"] = sentence
	}
	if p.ID > im.o.MaxID/10*9 {
		bad.Fields["id"] = "is too near the largest that the table can hold"
	}
	var lines []string
	for _, field := range slices.Sorted(maps.Keys(bad.Fields)) {
		lines = append(lines, field+" "+bad.Fields[field])
	}
	return c, strings.Join(lines, "; ")
}

// judge finds out whether a text is a hash to store, a plain text to hash, or why it is neither. What could be a hash that
// is not known is never taken for a password: whoever has stolen it could sign in with it.
func (im *Import) judge(text string) (hash, plain, sentence string) {
	if text == "" {
		return "", "", ""
	}
	if hash, ok := password.Normalize(text); ok {
		return hash, "", ""
	}
	switch look := password.LookOf(text); {
	case unusable(text) != "":
		return "", "", unusable(text)
	case look == password.LooksHex:
		return "", "", "looks like MD5 or SHA in hex, which cannot be imported; set a new password"
	case look != password.LooksPlain:
		return "", "", "looks like a hash that is damaged, too costly to check, or of an unknown kind"
	case !im.o.Plaintext:
		return "", "", "is not a hash that Gatehouse knows; if it is plain text, --plaintext hashes it"
	case len(text) > password.MaxBytes:
		return "", "", fmt.Sprintf("must have at most %d bytes", password.MaxBytes)
	}
	return "", text, ""
}

// atOnce bounds how many hashes wait for the workers, which refuse to let them wait for long.
func atOnce() int { return min(4*runtime.NumCPU(), 16) }

// hash makes hashes of the plain texts, on all cores.
func (im *Import) hash(ctx context.Context, group []candidate) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	room := make(chan struct{}, atOnce())
	var wg sync.WaitGroup
	for i := range group {
		c := &group[i]
		if c.plain == "" {
			continue
		}
		room <- struct{}{}
		wg.Go(func() {
			defer func() { <-room }()
			hash, err := im.a.passwords.Hash(ctx, c.plain)
			if err != nil {
				cancel(fmt.Errorf("hash password: %w", err))
			}
			c.Password = hash
		})
	}
	wg.Wait()
	return context.Cause(ctx)
}
