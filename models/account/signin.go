package account

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"gatehouse/db"
	"gatehouse/models/device"
	"gatehouse/models/event"
	"gatehouse/models/mail"
	"gatehouse/models/password"
	"gatehouse/models/session"
	"gatehouse/models/throttle"
	"gatehouse/models/user"
)

// Credentials are what a sign-in claims.
type Credentials struct {
	Email    string
	Password string
	Remember bool
}

// SignIn verifies the credentials and starts a session in place of those the visitor came with. It takes
// effect only if the password that was verified is still the user's, and the user active, in the transaction
// that makes the session; where not, the attempt starts over. Errors: ErrBadCredentials, *throttle.TooManyError,
// throttle.ErrBusy, ErrUnverified, password.ErrOverloaded, *InvalidError.
func (a *Accounts) SignIn(ctx context.Context, in Credentials, v Visitor, now time.Time) (SignedIn, error) {
	var done SignedIn
	detail := string(session.Cookie)
	if in.Remember {
		detail += ", remember"
	}
	err := a.signIn(ctx, in, v, now, func(tx *db.Tx, u user.User) (err error) {
		if done, err = a.begin(ctx, tx, u, in.Remember, v, now); err != nil {
			return err
		}
		return event.In(tx).Add(ctx, event.SignIn, u.ID, detail, now)
	})
	return done, err
}

// begins starts a session of a user within a transaction that has written the user's row. It may be called again.
type begins func(tx *db.Tx, u user.User) error

func (a *Accounts) signIn(ctx context.Context, in Credentials, v Visitor, now time.Time, begin begins) error {
	email, err := parseCredentials(in)
	if err != nil {
		return err
	}
	return a.trying(ctx, try{email.Key(), 0, v, event.SignInFailed}, now, func(ctx context.Context, attempt *throttle.Attempt) (int64, error) {
		u, keep, err := a.authenticate(ctx, email, in.Password)
		switch {
		case err == nil:
			err = a.enter(ctx, proof{u, keep, email, attempt}, now, begin)
		case errors.Is(err, ErrUnverified):
			err = cmp.Or(event.In(a.db).Add(ctx, event.SignInUnverified, u.ID, "", now), err)
		}
		return u.ID, err
	})
}

// proof is a user whose password was verified, the hash to keep from now on, the address they gave, and the attempt.
type proof struct {
	user    user.Stored
	keep    string
	email   user.Email
	attempt *throttle.Attempt
}

func parseCredentials(in Credentials) (user.Email, error) {
	bad := &InvalidError{Fields: map[string]string{}}
	email := parseEmail(in.Email, bad)
	if sentence := unusable(in.Password); sentence != "" {
		bad.Fields["password"] = sentence
	}
	if len(bad.Fields) > 0 {
		return user.Email{}, bad
	}
	return email, nil
}

// parseEmail notes what is wrong with an address.
func parseEmail(text string, bad *InvalidError) user.Email {
	email, err := user.ParseEmail(text)
	switch {
	case err == nil:
	case strings.TrimSpace(text) == "":
		bad.Fields["email"] = required
	default:
		bad.Fields["email"] = "must be an e-mail address"
	}
	return email
}

// authenticate returns the user whose password this is, and the hash to keep from now on: the one that was
// verified, or a dearer one. Every refusal costs the same work. With ErrBadCredentials, the user is whose address it is,
// and has the id 0 if nobody has it.
func (a *Accounts) authenticate(ctx context.Context, email user.Email, plain string) (user.Stored, string, error) {
	u, err := user.In(a.db).FindByEmail(ctx, email)
	known := err == nil && u.Active()
	if err != nil && !errors.Is(err, user.ErrNotFound) && !errors.Is(err, user.ErrAmbiguous) {
		return user.Stored{}, "", err
	}
	hash := ""
	if known {
		u = a.adopted(u)
		hash = u.Hash()
	}
	verdict, err := a.passwords.Verify(ctx, hash, plain)
	if err != nil {
		return user.Stored{}, "", fmt.Errorf("verify password: %w", err)
	}
	if !known || !verdict.Match {
		return u, "", ErrBadCredentials
	}
	if u.Waiting() && a.ConfirmRequired() {
		return u, "", ErrUnverified
	}
	keep, err := a.rehash(ctx, verdict, u, plain)
	return u, keep, err
}

// adopted finds out whether the hash that adopt made counts: it was made of the text that stands in password.
func (a *Accounts) adopted(u user.Stored) user.Stored {
	fits, _ := a.marks.Fits(u.OwnMark, u.ID, u.Password)
	u.Adopted = fits && u.OwnHash != ""
	return u
}

// rehash returns a hash as new passwords get it, where the verified one is cheaper or of another kind. A busy server puts
// that off, and so does an adoption that is under way: what another program finds in password stays as it is.
func (a *Accounts) rehash(ctx context.Context, verdict password.Verdict, u user.Stored, plain string) (string, error) {
	if !verdict.Rehash {
		return u.Hash(), nil
	}
	if !u.Adopted {
		if adoption, err := user.In(a.db).Adoption(ctx); err != nil || adoption != user.NoAdoption {
			return u.Hash(), err
		}
	}
	better, err := a.passwords.Hash(ctx, plain)
	if errors.Is(err, password.ErrOverloaded) {
		return u.Hash(), nil
	}
	return better, err
}

// enter is the transaction of a sign-in.
func (a *Accounts) enter(ctx context.Context, p proof, now time.Time, begin begins) error {
	err := a.db.WithTx(ctx, func(tx *db.Tx) error {
		if err := p.attempt.Succeed(ctx, tx); err != nil {
			return err
		}
		users := user.In(tx)
		keep, err := keepNow(ctx, users, p)
		if err != nil {
			return err
		}
		if err := users.SignIn(ctx, p.user, keep, now); err != nil {
			return err
		}
		if err := users.ClaimKey(ctx, p.user, p.email); err != nil {
			return err
		}
		u, err := users.Find(ctx, p.user.ID)
		if err != nil {
			return err
		}
		if a.many(p.attempt.Failures()) {
			if err := mail.In(tx).Add(ctx, mail.ManyFailures, u.ID, u.Email, now); err != nil {
				return err
			}
		}
		return begin(tx, u.User)
	})
	if err == nil && a.many(p.attempt.Failures()) {
		a.wakeMail()
	}
	if errors.Is(err, user.ErrEmailTaken) {
		// Another row got this address meanwhile; of several, none signs in.
		return ErrBadCredentials
	}
	return err
}

// many tells whether a sign-in after so many wrong passwords is told to the user (ASVS 6.3.5).
func (a *Accounts) many(failures int) bool { return failures >= a.rules.Limits.Account.Free }

// keepNow puts a better hash off if an adoption has begun while it was made.
func keepNow(ctx context.Context, users user.Store, p proof) (string, error) {
	if p.user.Adopted || p.keep == p.user.Password {
		return p.keep, nil
	}
	// The lock first: what a transaction of MySQL has read once, it goes on seeing as it was.
	if err := users.Confirm(ctx, p.user); err != nil {
		return "", err
	}
	adoption, err := users.Adoption(ctx)
	if err != nil || adoption != user.NoAdoption {
		return p.user.Password, err
	}
	return p.keep, nil
}

// begin starts a user's session within a transaction that has written the user's row. It ends the sessions
// that the visitor came with and keeps their values, unless they are somebody else's.
func (a *Accounts) begin(ctx context.Context, tx *db.Tx, u user.User, remember bool, v Visitor, now time.Time) (SignedIn, error) {
	s, secret := session.New(u.ID, remember, a.rules.Sessions, v.Device, now)
	sessions := session.In(tx)
	old, err := sessions.Find(ctx, v.hashes()...)
	if err != nil {
		return SignedIn{}, err
	}
	for _, o := range old {
		if o.Live(now) && (o.UserID == 0 || o.UserID == u.ID) {
			s.Data = o.Data
		}
		if err := sessions.Delete(ctx, o.PublicID); err != nil {
			return SignedIn{}, err
		}
	}
	if err := sessions.MakeRoom(ctx, u.ID, session.Cookie, a.rules.Sessions.PerUser, now); err != nil {
		return SignedIn{}, err
	}
	if err := sessions.Create(ctx, s); err != nil {
		return SignedIn{}, err
	}
	browser, err := device.In(tx).SignedIn(ctx, v.browser(), u.ID, now)
	return SignedIn{Current: Current{Session: s, User: &u}, Secret: secret, Browser: browser}, err
}
