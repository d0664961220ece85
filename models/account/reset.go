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
	"gatehouse/models/user"
)

// ResetPassword gives the user of a mailed link a new password. All their sessions end, no new one begins, other browsers
// become unknown, wrong passwords are forgotten, and they are told by mail (ASVS 6.3.5, 7.4.3). Who could read the mail has
// the address, so that it counts as confirmed. Errors: link.ErrInvalid, *InvalidError, *throttle.TooManyError.
func (a *Accounts) ResetPassword(ctx context.Context, token, plain string, v Visitor, now time.Time) (user.User, error) {
	l, err := a.follow(ctx, token, v, now, link.Reset)
	if err != nil {
		return user.User{}, err
	}
	if sentence := a.weakness(plain, l.Address); sentence != "" {
		return user.User{}, &InvalidError{Fields: map[string]string{"newPassword": sentence}, Weak: unusable(plain) == ""}
	}
	hash, err := a.newHash(ctx, "newPassword", plain, now)
	if err != nil {
		return user.User{}, err
	}
	var u user.Stored
	err = a.db.WithTx(ctx, func(tx *db.Tx) (err error) {
		if err := a.unlock(ctx, tx, user.User{ID: l.UserID, Email: l.Address}); err != nil {
			return err
		}
		if err := user.In(tx).Hold(ctx, l.UserID); err != nil { // first, as other acts do
			if errors.Is(err, user.ErrNotFound) {
				return link.ErrInvalid
			}
			return err
		}
		if err := mail.In(tx).Forget(ctx, l.UserID, mail.Reset, mail.EmailChange); err != nil {
			return err
		}
		if _, u, err = spend(ctx, tx, token, now, link.Reset); err != nil {
			return err
		}
		if err := user.In(tx).ReplacePassword(ctx, u.ID, hash); err != nil {
			return err
		}
		if u.Waiting() {
			if err := user.In(tx).SetVerified(ctx, u.ID, now); err != nil {
				return err
			}
		}
		return afterReset(ctx, tx, u, v, now)
	})
	if err != nil {
		return user.User{}, storable(err)
	}
	a.wakeMail()
	return u.User, nil
}

func afterReset(ctx context.Context, tx *db.Tx, u user.Stored, v Visitor, now time.Time) error {
	if err := session.In(tx).DeleteAll(ctx, u.ID); err != nil {
		return err
	}
	if err := forgetDevices(ctx, tx, u.ID, v.browser()); err != nil {
		return err
	}
	if err := link.In(tx).DeleteAll(ctx, u.ID); err != nil {
		return err
	}
	if err := mail.In(tx).Add(ctx, mail.PasswordChanged, u.ID, u.Email, now); err != nil {
		return err
	}
	return event.In(tx).Add(ctx, event.PasswordReset, u.ID, "", now)
}
