// Package link keeps the tokens of mailed links: 256 random bits that only the mail holds, and their SHA-256 in the
// database (ASVS 11.4.2, 6.4.3). A link is good for one purpose, one user and one address, for a while and once. Of
// several that a user was sent for one purpose only the newest is good.
package link

import "errors"

// Kind is what a link is good for.
type Kind string

// The kinds of links.
const (
	Reset       Kind = "reset"        // a new password
	Verify      Kind = "verify"       // the address of a sign-up is confirmed
	EmailChange Kind = "email_change" // a new address is confirmed
)

// Kinds lists all of them.
var Kinds = []Kind{Reset, Verify, EmailChange}

// ErrInvalid says that a token opens nothing: never made, used, replaced by a newer one, expired, or of another kind.
var ErrInvalid = errors.New("link is not valid")

// Link is what a token stands for. Whoever acts on it compares Address with what it should be by now: a user may have
// another address since the mail went out, and an old table may have given the id to somebody else.
type Link struct {
	Kind    Kind
	UserID  int64
	Address string // where the mail went, as it was stored
}
