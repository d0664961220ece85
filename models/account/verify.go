package account

import (
	"context"
	"errors"
	"time"

	"gatehouse/db"
	"gatehouse/models/event"
	"gatehouse/models/link"
	"gatehouse/models/mail"
	"gatehouse/models/throttle"
	"gatehouse/models/user"
)

// VerifyEmail confirms the address that a link was mailed to: that of a sign-up, or a new one. Where addresses have to be
// confirmed, a sign-up asks for its password too, so that the owner of an address makes no stranger's password live by
// following a link. Errors: link.ErrInvalid, *InvalidError, *throttle.TooManyError.
func (a *Accounts) VerifyEmail(ctx context.Context, token, plain string, v Visitor, now time.Time) (user.User, event.Kind, error) {
	l, err := a.follow(ctx, token, v, now, link.Verify, link.EmailChange)
	if err != nil {
		return user.User{}, "", err
	}
	if l.Kind == link.EmailChange {
		u, err := a.changeEmail(ctx, token, now)
		return u, event.EmailChanged, err
	}
	u, err := user.In(a.db).Find(ctx, l.UserID)
	switch {
	case errors.Is(err, user.ErrNotFound):
		return user.User{}, "", link.ErrInvalid
	case err != nil:
		return user.User{}, "", err
	}
	if a.rules.Verification == VerifyRequire && u.Waiting() {
		err = a.verifyByPassword(ctx, token, plain, u.User, v, now)
	} else {
		err = a.db.WithTx(ctx, func(tx *db.Tx) error { return verify(ctx, tx, token, now) })
	}
	return u.User, event.EmailVerified, err
}

// verifyByPassword makes the password a field of the form: nobody is signed in.
func (a *Accounts) verifyByPassword(ctx context.Context, token, plain string, u user.User, v Visitor, now time.Time) error {
	if sentence := unusable(plain); sentence != "" {
		return invalid("password", sentence)
	}
	t := try{accountKey(u), v, event.VerificationFailed}
	err := a.trying(ctx, t, now, func(attempt *throttle.Attempt) (int64, error) {
		proved, err := a.confirm(ctx, Current{User: &u}, plain)
		if err != nil {
			return u.ID, err
		}
		return u.ID, a.db.WithTx(ctx, func(tx *db.Tx) error {
			if err := attempt.Succeed(ctx, tx); err != nil {
				return err
			}
			if err := user.In(tx).Confirm(ctx, proved); err != nil {
				return err
			}
			return verify(ctx, tx, token, now)
		})
	})
	if errors.Is(err, ErrBadCredentials) {
		return invalid("password", "is not right")
	}
	return err
}

func verify(ctx context.Context, tx *db.Tx, token string, now time.Time) error {
	_, u, err := spend(ctx, tx, token, now, link.Verify)
	if err != nil {
		return err
	}
	if err := user.In(tx).SetVerified(ctx, u.ID, now); err != nil {
		return err
	}
	return event.In(tx).Add(ctx, event.EmailVerified, u.ID, "", now)
}

// AskEmailChange has a link mailed to an address that a user wants to have; until they follow it they keep the old one. Only
// the newest wish counts. Of an address that somebody has already nothing is told and nothing is sent. Errors: *InvalidError,
// *throttle.TooManyError.
func (a *Accounts) AskEmailChange(ctx context.Context, c Current, address string, v Visitor, now time.Time) error {
	email, err := user.ParseEmail(address)
	switch {
	case address == "":
		return invalid("newEmail", required)
	case err != nil:
		return invalid("newEmail", "must be an e-mail address")
	case email.Key() == accountKey(*c.User):
		return invalid("newEmail", "is your address already")
	}
	return a.mailing(ctx, email, v, now, func(tx *db.Tx) error {
		if err := mail.In(tx).Forget(ctx, c.User.ID, mail.EmailChange); err != nil {
			return err
		}
		if err := link.In(tx).DeleteAll(ctx, c.User.ID, link.EmailChange); err != nil {
			return err
		}
		to := c.User.ID
		_, err := user.In(tx).FindByEmail(ctx, email)
		switch {
		case err == nil, errors.Is(err, user.ErrAmbiguous):
			to = 0
		case !errors.Is(err, user.ErrNotFound):
			return err
		}
		if err := mail.In(tx).Add(ctx, mail.EmailChange, to, email.String(), now); err != nil {
			return err
		}
		return event.In(tx).Add(ctx, event.EmailChangeAsked, c.User.ID, "", now)
	})
}

// changeEmail gives the user of a link the address that it was mailed to, and tells the old one. Links to the old address
// open nothing any more.
func (a *Accounts) changeEmail(ctx context.Context, token string, now time.Time) (user.User, error) {
	var u user.Stored
	err := a.db.WithTx(ctx, func(tx *db.Tx) (err error) {
		var l link.Link
		if l, u, err = spend(ctx, tx, token, now, link.EmailChange); err != nil {
			return err
		}
		email, err := user.ParseEmail(l.Address)
		if err != nil {
			return link.ErrInvalid
		}
		old := u.Email
		err = user.In(tx).SetEmail(ctx, u.ID, email, now)
		if errors.Is(err, user.ErrEmailTaken) { // by somebody who was faster
			return link.ErrInvalid
		}
		if err != nil {
			return err
		}
		if err := link.In(tx).DeleteAll(ctx, u.ID); err != nil {
			return err
		}
		if old != "" {
			if err := mail.In(tx).Add(ctx, mail.EmailChanged, u.ID, old, now); err != nil {
				return err
			}
		}
		if err := event.In(tx).Add(ctx, event.EmailChanged, u.ID, "", now); err != nil {
			return err
		}
		u, err = user.In(tx).Find(ctx, u.ID)
		return err
	})
	if err != nil {
		return user.User{}, storable(err)
	}
	a.wakeMail()
	return u.User, nil
}
