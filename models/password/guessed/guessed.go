// Package guessed tells which passwords are guessed first: the most used ones, those made of the site's name or of
// their owner's address, and, where the operator wants that asked, those that have leaked anywhere (ASVS 5.0 6.2.4,
// 6.2.11, 6.2.12).
//
// It judges new passwords alone: who has such a one already can sign in with it.
package guessed

import (
	"context"
	"log/slog"
	"time"
)

// Options say what is refused beside the list that is built in.
type Options struct {
	// Words name the site (ASVS 5.0 6.1.2).
	Words []string
	// BreachURL is what the service of leaked passwords is asked under, as far as the hex digits that end it. Where it
	// is empty, nobody is asked.
	BreachURL string
	// Log gets a warning when the service does not answer.
	Log *slog.Logger
}

// Passwords knows those that are guessed first. It is safe for concurrent use.
type Passwords struct {
	words    []string
	breaches *breaches // nil where nobody is asked
}

// New returns what the options describe. It asks nobody yet.
func New(o Options) *Passwords {
	p := &Passwords{words: o.Words}
	if o.BreachURL != "" {
		p.breaches = newBreaches(o.BreachURL, o.Log)
	}
	return p
}

// Weakness says why the owner of an e-mail address may not have this password, or nothing. It looks at what this
// process knows.
func (p *Passwords) Weakness(plain, email string) string {
	switch {
	case common(plain):
		return "is one of the most used passwords"
	case names(plain, append(partsOf(email), p.words...)):
		return "must not be your e-mail address, a part of it or the name of this site"
	default:
		return ""
	}
}

// Leak says that a password is in a list of leaked ones, or nothing. It may wait for another server, so it comes after
// every other check. Where that server does not answer, nothing is known against the password.
func (p *Passwords) Leak(ctx context.Context, plain string, now time.Time) string {
	if p.breaches == nil || !p.breaches.hold(ctx, plain, now) {
		return ""
	}
	return "is in a list of leaked passwords"
}
