// Package mail sends mails. An act writes into the outbox, within its own transaction, who is to be told what: so there is
// no act without its mail and no mail without its act, and a mail server that is down delays nobody. A Worker takes the
// rows one by one, makes the token of a link just before its mail goes out, and sends. Each mail goes out at least
// once; twice only where a server died, or lost its database, between sending and saying so.
//
// The outbox never holds a token or a finished text: whoever reads the database can open nothing with it.
package mail

import (
	"time"

	"gatehouse/models/link"
)

// Kind says what a mail is about.
type Kind string

// The kinds of mails.
const (
	Reset           Kind = "reset"            // a link to choose a new password
	Verify          Kind = "verify"           // a link that confirms the address of a sign-up
	EmailChange     Kind = "email_change"     // a link that confirms a new address, to that address
	PasswordChanged Kind = "password_changed" // a notice
	EmailChanged    Kind = "email_changed"    // a notice to the old address
	AccountExists   Kind = "account_exists"   // somebody tried to sign up with the address of a user
	ManyFailures    Kind = "many_failures"    // somebody signed in after many tries that failed
)

// elsewhere tells whether a mail goes to an address that the act names, and not to that of the user.
func (k Kind) elsewhere() bool { return k == EmailChange || k == EmailChanged }

// notice tells of something that has happened, to whom the account belonged then: whatever becomes of the user before it is
// sent, they are to know.
func (k Kind) notice() bool { return k == PasswordChanged || k == EmailChanged || k == ManyFailures }

// errand is what a mailed link is for.
type errand struct {
	kind link.Kind
	page string
	life time.Duration
}

// errands are the kinds that have a link. A page reads the token from the query: a fragment, which no server ever sees,
// could be read by JavaScript only, and no page may need that. So these pages send no Referer and are not stored, a
// token works once, and the API takes it in a body alone (ASVS 14.2.1).
var errands = map[Kind]errand{
	Reset:       {link.Reset, "/reset", 30 * time.Minute},
	Verify:      {link.Verify, "/verify", 24 * time.Hour},
	EmailChange: {link.EmailChange, "/verify", 24 * time.Hour},
}

// LinkLife returns how long the link in a mail of this kind is good; 0 for one without a link.
func (k Kind) LinkLife() time.Duration { return errands[k].life }
