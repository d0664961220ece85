package account

import (
	"context"
	"errors"
	"time"

	"gatehouse/db"
	"gatehouse/models/event"
	"gatehouse/models/link"
	"gatehouse/models/mail"
	"gatehouse/models/session"
	"gatehouse/models/throttle"
	"gatehouse/models/user"
)

// Verified is an address that was confirmed: that of a sign-up, or a new one.
type Verified struct {
	User user.User
	Kind event.Kind
}

// VerifyEmail confirms the address that a link was mailed to: that of a sign-up, or a new one. Where addresses have to be
// confirmed, it asks for the password of the account too, so that the owner of an address makes no stranger's account theirs by
// following a link. Errors: link.ErrInvalid, ErrBadCredentials, *InvalidError, *throttle.TooManyError, throttle.ErrBusy,
// password.ErrOverloaded.
func (a *Accounts) VerifyEmail(ctx context.Context, token, plain string, v Visitor, now time.Time) (Verified, error) {
	l, err := a.follow(ctx, token, v, now, link.Verify, link.EmailChange)
	if err != nil {
		return Verified{}, err
	}
	u, err := user.In(a.db).Find(ctx, l.UserID)
	if errors.Is(err, user.ErrNotFound) {
		err = link.ErrInvalid
	}
	if err != nil {
		return Verified{}, err
	}
	done := Verified{User: u.User, Kind: event.EmailVerified}
	confirm := func(tx *db.Tx) error { return verify(ctx, tx, token, now) }
	if l.Kind == link.EmailChange {
		done.Kind = event.EmailChanged
		confirm = func(tx *db.Tx) error { return changeEmail(ctx, tx, token, now) }
	}
	if a.ConfirmRequired() {
		err = a.byPassword(ctx, u.User, plain, v, now, confirm)
	} else {
		err = a.db.WithTx(ctx, confirm)
	}
	if err == nil {
		a.wakeMail()
	}
	return done, storable(err)
}

// byPassword does an act of a user who is not signed in, in a transaction.
func (a *Accounts) byPassword(ctx context.Context, u user.User, plain string, v Visitor, now time.Time, act func(*db.Tx) error) error {
	if sentence := unusable(plain); sentence != "" {
		return invalid("password", sentence)
	}
	t := try{accountKey(u), u.ID, v, event.VerificationFailed}
	return a.trying(ctx, t, now, func(ctx context.Context, attempt *throttle.Attempt) (int64, error) {
		current, err := a.checkPassword(ctx, u.ID, plain)
		if err != nil {
			return u.ID, err
		}
		return u.ID, a.db.WithTx(ctx, func(tx *db.Tx) error {
			if err := attempt.Succeed(ctx, tx); err != nil {
				return err
			}
			if err := user.In(tx).Confirm(ctx, current); err != nil {
				return err
			}
			return act(tx)
		})
	})
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

// CheckNewEmail tells whether a user may ask for this address. Errors: *InvalidError.
func (a *Accounts) CheckNewEmail(c Current, address string) error {
	_, err := newEmail(c, address)
	return err
}

func newEmail(c Current, address string) (user.Email, error) {
	bad := &InvalidError{Fields: map[string]string{}}
	email := parseEmail(address, bad)
	if sentence, wrong := bad.Fields["email"]; wrong {
		return user.Email{}, invalid("newEmail", sentence)
	}
	if email.Key() == accountKey(*c.User) {
		return user.Email{}, invalid("newEmail", "is your address already")
	}
	return email, nil
}

// AskEmailChange has a link mailed to an address that a user wants to have; until they follow it they keep the old one. Only
// the newest wish counts. Of an address that somebody has already nothing is told and nothing is sent. Errors: *InvalidError,
// *throttle.TooManyError, throttle.ErrBusy, session.ErrNotFound if the session has ended meanwhile.
func (a *Accounts) AskEmailChange(ctx context.Context, c Current, address string, v Visitor, now time.Time) error {
	email, err := newEmail(c, address)
	if err != nil {
		return err
	}
	return a.mailing(ctx, mail.EmailChange, email, v, now, func(tx *db.Tx) error {
		// The end of the session voids wishes: none may come after it.
		if err := user.In(tx).Hold(ctx, c.User.ID); err != nil {
			return err
		}
		if err := session.In(tx).Hold(ctx, c.Session.PublicID, now); err != nil {
			return err
		}
		if err := mail.In(tx).Forget(ctx, c.User.ID, mail.EmailChange); err != nil {
			return err
		}
		if err := link.In(tx).DeleteAll(ctx, c.User.ID, link.EmailChange); err != nil {
			return err
		}
		to := c.User.ID
		holder, err := user.In(tx).FindByEmail(ctx, email)
		switch {
		case err == nil && !holder.Applied, errors.Is(err, user.ErrAmbiguous):
			to = 0
		case err != nil && !errors.Is(err, user.ErrNotFound):
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
func changeEmail(ctx context.Context, tx *db.Tx, token string, now time.Time) error {
	l, u, err := spend(ctx, tx, token, now, link.EmailChange)
	if err != nil {
		return err
	}
	if err := giveAddress(ctx, tx, u.ID, l.Address, now); err != nil {
		return err
	}
	if err := link.In(tx).DeleteAll(ctx, u.ID); err != nil {
		return err
	}
	if u.Email != "" {
		if err := mail.In(tx).Add(ctx, mail.EmailChanged, u.ID, u.Email, now); err != nil {
			return err
		}
	}
	return event.In(tx).Add(ctx, event.EmailChanged, u.ID, "", now)
}

// giveAddress gives a user an address, also in place of a sign-up that waits for somebody to confirm it. Errors: link.ErrInvalid if
// somebody else was faster.
func giveAddress(ctx context.Context, tx *db.Tx, userID int64, address string, now time.Time) error {
	email, err := user.ParseEmail(address)
	if err != nil {
		return link.ErrInvalid
	}
	holder, err := user.In(tx).FindByEmail(ctx, email)
	if err == nil && holder.ID != userID {
		err = withdraw(ctx, tx, holder, now)
	}
	if errors.Is(err, user.ErrInUse) || errors.Is(err, user.ErrAmbiguous) {
		return link.ErrInvalid
	}
	if err != nil && !errors.Is(err, user.ErrNotFound) {
		return err
	}
	err = user.In(tx).SetEmail(ctx, userID, email, now)
	if errors.Is(err, user.ErrEmailTaken) {
		return link.ErrInvalid
	}
	return err
}
