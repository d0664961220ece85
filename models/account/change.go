package account

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gatehouse/db"
	"gatehouse/models/device"
	"gatehouse/models/event"
	"gatehouse/models/mail"
	"gatehouse/models/session"
	"gatehouse/models/throttle"
	"gatehouse/models/user"
)

// Reauthenticate proves the password once more: the session counts as fresh, and gets a new secret if it has one.
// Errors: ErrBadCredentials, *InvalidError, session.ErrNotFound if the session has ended meanwhile.
func (a *Accounts) Reauthenticate(ctx context.Context, c Current, v Visitor, plain string, now time.Time) (SignedIn, error) {
	if sentence := unusable(plain); sentence != "" {
		return SignedIn{}, invalid("password", sentence)
	}
	return a.proving(ctx, c, v, event.ReauthenticationFailed, plain, now, func(p proved) (SignedIn, error) {
		return a.renew(ctx, c, p, p.Hash(), now)
	})
}

// ChangePassword replaces the password, ends every other session of the user and gives this one a new secret. A family
// of tokens has none that could be renewed, and ends too.
// Errors: ErrBadCredentials for a wrong current password, ErrSamePassword, *InvalidError, session.ErrNotFound.
func (a *Accounts) ChangePassword(ctx context.Context, c Current, v Visitor, current, next string, now time.Time) (SignedIn, error) {
	bad := &InvalidError{Fields: map[string]string{}}
	if sentence := a.weakness(next, c.User.Email); sentence != "" {
		bad.Fields["newPassword"], bad.Weak = sentence, unusable(next) == ""
	}
	if sentence := unusable(current); sentence != "" {
		bad.Fields["currentPassword"], bad.Weak = sentence, false
	}
	if len(bad.Fields) > 0 {
		return SignedIn{}, bad
	}
	hash := ""
	return a.proving(ctx, c, v, event.PasswordChangeFailed, current, now, func(p proved) (_ SignedIn, err error) {
		if current == next {
			return SignedIn{}, ErrSamePassword
		}
		if hash == "" {
			if hash, err = a.newHash(ctx, "newPassword", next, now); err != nil {
				return SignedIn{}, err
			}
		}
		return a.renew(ctx, c, p, hash, now)
	})
}

// proved is a user whose password is right, and the attempt to settle.
type proved struct {
	user.Stored
	attempt *throttle.Attempt
	browser session.Hash
}

// proving does an act of a user who is signed in and proves the password once more; failed is what has happened if they do not.
func (a *Accounts) proving(ctx context.Context, c Current, v Visitor, failed event.Kind, plain string, now time.Time, act func(proved) (SignedIn, error)) (SignedIn, error) {
	var done SignedIn
	t := try{accountKey(*c.User), c.User.ID, v, failed}
	err := a.trying(ctx, t, now, func(ctx context.Context, attempt *throttle.Attempt) (int64, error) {
		u, err := a.checkPassword(ctx, c.User.ID, plain)
		if err == nil {
			done, err = act(proved{u, attempt, v.browser()})
		}
		return c.User.ID, err
	})
	return done, err
}

// checkPassword returns the user as they are now if the password is theirs. Errors: ErrBadCredentials, also where the user is gone or
// disabled.
func (a *Accounts) checkPassword(ctx context.Context, id int64, plain string) (user.Stored, error) {
	u, err := user.In(a.db).Find(ctx, id)
	if err != nil && !errors.Is(err, user.ErrNotFound) {
		return user.Stored{}, err
	}
	u = a.adopted(u)
	verdict, err := a.passwords.Verify(ctx, u.Hash(), plain)
	if err != nil {
		return user.Stored{}, fmt.Errorf("verify password: %w", err)
	}
	if !verdict.Match || !u.Active() {
		return user.Stored{}, ErrBadCredentials
	}
	return u, nil
}

// renew stores the hash, if the verified one still counts, and renews the session. Where the hash changes, all other
// sessions end in the same transaction (ASVS 7.4.3).
func (a *Accounts) renew(ctx context.Context, c Current, p proved, hash string, now time.Time) (SignedIn, error) {
	done := SignedIn{Current: c}
	changes, kind := hash != p.Hash(), event.Reauthenticated
	if changes {
		kind = event.PasswordChanged
	}
	err := a.db.WithTx(ctx, func(tx *db.Tx) (err error) {
		if err := p.attempt.Succeed(ctx, tx); err != nil {
			return err
		}
		if err := keepOrSet(ctx, user.In(tx), p.Stored, hash); err != nil {
			return err
		}
		if changes {
			if err := afterChange(ctx, tx, p.User, p.browser, now); err != nil {
				return err
			}
		}
		if done.Secret, err = freshen(ctx, session.In(tx), c, changes, now); err != nil {
			return err
		}
		return event.In(tx).Add(ctx, kind, c.User.ID, "", now)
	})
	if err != nil {
		return SignedIn{}, storable(err)
	}
	if changes {
		a.wakeMail()
	}
	done.Session.AuthenticatedAt = now
	if done.Secret != "" {
		done.Session.Hash = done.Secret.Hash()
	}
	return done, nil
}

// afterChange is what follows from a new password, beside the end of other sessions.
func afterChange(ctx context.Context, tx *db.Tx, u user.User, current session.Hash, now time.Time) error {
	if err := forgetDevices(ctx, tx, u.ID, current); err != nil {
		return err
	}
	if err := voidWishes(ctx, tx, u.ID); err != nil {
		return err
	}
	return mail.In(tx).Add(ctx, mail.PasswordChanged, u.ID, u.Email, now)
}

// forgetDevices makes all browsers of a user unknown but the one in use, whose hash is zero if it is none that keeps cookies.
func forgetDevices(ctx context.Context, tx *db.Tx, userID int64, current session.Hash) error {
	devices := device.In(tx)
	keep, err := devices.Find(ctx, current, userID)
	if err != nil && !errors.Is(err, device.ErrNotFound) {
		return err
	}
	return devices.DeleteOthers(ctx, userID, keep)
}

// freshen counts a session as freshly proved, and returns its new secret if it has one. Under a new password all others end.
func freshen(ctx context.Context, sessions session.Store, c Current, newPassword bool, now time.Time) (session.Secret, error) {
	if c.Session.Kind == session.Token {
		// Also where the family ends below, because this tells whether it has ended meanwhile.
		if err := sessions.Freshen(ctx, c.Session.PublicID, now); err != nil || !newPassword {
			return "", err
		}
		return "", sessions.DeleteAll(ctx, c.User.ID)
	}
	if newPassword {
		if err := sessions.DeleteAll(ctx, c.User.ID, c.Session.PublicID); err != nil {
			return "", err
		}
	}
	return sessions.Rotate(ctx, c.Session.Hash, now)
}

// keepOrSet stores a hash that differs from the verified one, and else only confirms that.
func keepOrSet(ctx context.Context, users user.Store, u user.Stored, hash string) error {
	if hash == u.Hash() {
		return users.Confirm(ctx, u)
	}
	return users.SetPassword(ctx, u, hash)
}
