package account

import (
	"context"
	"errors"
	"time"

	"gatehouse/db"
	"gatehouse/models/event"
	"gatehouse/models/mail"
	"gatehouse/models/user"
)

// Apply signs somebody up who has to confirm the address before the account can be used. It is answered alike whether the
// address is known or not: its owner is mailed a link, or that there is an account already. An application for an address
// that nobody has confirmed yet replaces the one that waits, password and all, and voids its link, so that nobody can keep
// an address from its owner. Errors: ErrSignupClosed, *InvalidError, *throttle.TooManyError.
func (a *Accounts) Apply(ctx context.Context, in Application, v Visitor, now time.Time) error {
	if !a.rules.SignupOpen {
		return ErrSignupClosed
	}
	email, err := a.checkApplication(in)
	if err != nil {
		return err
	}
	return a.signingUp(ctx, v, now, func() error {
		unkeyed := a.checkUnkeyed(ctx, email)
		if unkeyed != nil && !errors.Is(unkeyed, user.ErrEmailTaken) {
			return unkeyed
		}
		hash, err := a.newHash(ctx, "password", in.Password, now) // also for an address that is known, which takes as long
		if err != nil {
			return err
		}
		draft := user.Draft{Email: email, Profile: in.Profile, Password: hash, Applies: true}
		for range attempts {
			err = a.mailing(ctx, email, v, now, func(tx *db.Tx) error {
				if unkeyed != nil { // by another program, in a spelling that no index finds
					return mail.In(tx).Add(ctx, mail.AccountExists, 0, "", now)
				}
				return apply(ctx, tx, draft, now)
			})
			if !errors.Is(err, user.ErrEmailTaken) {
				break
			}
		}
		return storable(err)
	})
}

func apply(ctx context.Context, tx *db.Tx, draft user.Draft, now time.Time) error {
	there, err := user.In(tx).FindByEmail(ctx, draft.Email)
	if err == nil {
		err = withdraw(ctx, tx, there, now)
	}
	switch {
	case errors.Is(err, user.ErrInUse), errors.Is(err, user.ErrAmbiguous):
		return mail.In(tx).Add(ctx, mail.AccountExists, there.ID, "", now)
	case err != nil && !errors.Is(err, user.ErrNotFound):
		return err
	}
	u, err := user.In(tx).Create(ctx, draft, now)
	if err != nil {
		return err
	}
	if err := endFormerSessions(ctx, tx, draft.Email.Key()); err != nil {
		return err
	}
	if err := mail.In(tx).Add(ctx, mail.Verify, u.ID, "", now); err != nil {
		return err
	}
	return event.In(tx).Add(ctx, event.SignUp, u.ID, "", now)
}

// withdraw deletes a user who never was one, so that the next with this address gets nothing of theirs. Anybody else is
// user.ErrInUse.
func withdraw(ctx context.Context, tx *db.Tx, u user.Stored, now time.Time) error {
	if !u.Applied || !u.Waiting() || !u.Active() {
		return user.ErrInUse
	}
	return remove(ctx, tx, u.ID, event.SignUpReplaced, now)
}
