// Package account holds the acts that concern a user and their sessions at once: signing up, in and out,
// finding out who is asking, changing the password, recovering it, leaving. Each act is one method, and each that writes several
// tables is one transaction, which touches the counters of attempts first, then the user's row and then what belongs to it, so
// that two acts on one user take turns. Where a mailed link decides, it comes before the user; two that meet then may have to
// start over, which db.WithTx does.
package account

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"gatehouse/db"
	"gatehouse/models/password"
	"gatehouse/models/secret"
	"gatehouse/models/session"
	"gatehouse/models/throttle"
	"gatehouse/models/token"
	"gatehouse/models/user"
)

var (
	// ErrBadCredentials answers every sign-in that was refused, whatever the reason, in the same words and
	// after the same work (ASVS 6.3.8).
	ErrBadCredentials = errors.New("bad credentials")
	// ErrSamePassword says that the new password is the current one.
	ErrSamePassword = errors.New("new password is the current one")
	// ErrSignupClosed says that the operator takes no sign-ups.
	ErrSignupClosed = errors.New("sign-up is closed")
)

// Passwords hashes and verifies; the pool of hash workers does it in the program.
type Passwords interface {
	// Room returns ErrOverloaded if Hash and Verify would refuse now, and otherwise a context with which they do not.
	Room(ctx context.Context) (promised context.Context, leave func(), err error)
	Hash(ctx context.Context, plain string) (string, error)
	Verify(ctx context.Context, hash, plain string) (password.Verdict, error)
}

// Rules are what the operator decided.
type Rules struct {
	SignupOpen        bool
	PasswordMinLength int     // in characters
	Guessed           Guessed // what no new password may be; nil refuses nothing
	Sessions          session.Limits
	Limits            Limits
	Verification      Verification // VerifyOff where empty
	WakeMail          func()       // called when there are mails to be sent; nil where nobody sends any
}

// Accounts performs the acts. It is safe for concurrent use.
type Accounts struct {
	db        *db.DB
	passwords Passwords
	tokens    *token.Issuer
	marks     secret.Marks
	rules     Rules
	throttle  *throttle.Throttle
	scanning  chan struct{} // has room for the one sign-up that reads the rows without a key
	seen      seen          // sessions whose last-seen time is to be written
	lookups   *lookups      // of sessions
	memory    *memory       // of live sessions; nil where every check asks the database
}

// AdoptedPasswords is the purpose of the marks that stand beside the hashes adopt has made.
const AdoptedPasswords = "adopted password"

// New returns the accounts of a database. The marks are those of adopted passwords.
func New(conn *db.DB, passwords Passwords, tokens *token.Issuer, marks secret.Marks, rules Rules) *Accounts {
	a := &Accounts{db: conn, passwords: passwords, tokens: tokens, marks: marks, rules: rules, scanning: make(chan struct{}, 1)}
	a.throttle = throttle.New(conn, rules.Limits.Wait)
	a.lookups = newLookups(conn.Timeout(), a.find)
	return a
}

// Visitor is who sends a request, before anybody knows who that is: the secrets of all session cookies that
// came with it, the secret of the cookie that tells one browser from another, if any, and the device.
type Visitor struct {
	Secrets []session.Secret
	Browser session.Secret
	Device  session.Device
	Proxied bool // Device.IP is probably that of a proxy with many visitors behind it
}

// browser is the zero hash without such a cookie.
func (v Visitor) browser() session.Hash {
	if v.Browser == "" {
		return session.Hash{}
	}
	return v.Browser.Hash()
}

func (v Visitor) hashes() []session.Hash { return hashesOf(v.Secrets) }

func hashesOf(secrets []session.Secret) []session.Hash {
	hashes := make([]session.Hash, len(secrets))
	for i, s := range secrets {
		hashes[i] = s.Hash()
	}
	return hashes
}

// Current is a live session and its user, who is nil for a visitor with a session of their own.
type Current struct {
	Session session.Session
	User    *user.User
	// Shown is the user as JSON where that is known already, otherwise nil.
	Shown json.RawMessage
}

// SignedIn is the result of an act that proved the password. Secret is the session's new one; a family of tokens has none.
// Browser is the new secret of a browser that is known from now on; "" leaves its cookie as it is.
type SignedIn struct {
	Current
	Secret  session.Secret
	Browser session.Secret
}

// CookieLife is how long the browser is to keep the cookie: what is left of the absolute limit for a
// remembered session; zero, until the browser closes, for any other.
func (s SignedIn) CookieLife(now time.Time) time.Duration {
	if !s.Session.Remember {
		return 0
	}
	return s.Session.AbsoluteExpires.Sub(now)
}

// InvalidError lists what is wrong with the fields of a request: a sentence each.
type InvalidError struct {
	Fields map[string]string
	Weak   bool // the new password is too weak
}

func (*InvalidError) Error() string { return "invalid fields" }

func invalid(field, sentence string) error {
	return &InvalidError{Fields: map[string]string{field: sentence}}
}

// storable turns an error about a value that a column cannot hold into one about a field. A column that sign-up does
// not fill is the operator's business.
func storable(err error) error {
	column, bad := db.BadValue(err)
	if !bad {
		return err
	}
	if !slices.Contains([]string{"email", "password", "name", "gender", "role"}, column) {
		return err
	}
	return invalid(column, "cannot be stored")
}

// unavailable makes db.ErrUnavailable of every error of the database, whatever its reason, where the question is who
// somebody is or whether they are signed out: not knowing must look like nothing else (ASVS 16.5.2).
func unavailable(act string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, db.ErrUnavailable), errors.Is(err, context.Canceled):
		return fmt.Errorf("%s: %w", act, err)
	default:
		return fmt.Errorf("%w: %s: %w", db.ErrUnavailable, act, err)
	}
}

// attempts bounds how often an act starts over because somebody else was faster: the user changed while the password was
// verified, or the refresh token was exchanged.
const attempts = 3
