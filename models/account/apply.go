package account

import (
	"context"
	"errors"
	"time"

	"gatehouse/db"
	"gatehouse/models/event"
	"gatehouse/models/mail"
	"gatehouse/models/throttle"
	"gatehouse/models/user"
)

// Apply signs somebody up who has to confirm the address before the account can be used. It is answered alike whether the
// address is known or not: its owner is mailed a link, or that there is an account already. An application for an address
// that nobody has confirmed yet replaces the one that waits, password and all, and voids its link, so that nobody can keep
// an address from its owner. It returns the id of the user it made, 0 if none. Errors: ErrSignupClosed, *InvalidError,
// *throttle.TooManyError, throttle.ErrBusy, password.ErrOverloaded.
func (a *Accounts) Apply(ctx context.Context, in Application, v Visitor, now time.Time) (made int64, err error) {
	if err := a.CheckSignup(); err != nil {
		return 0, err
	}
	email, err := a.checkApplication(in)
	if err != nil {
		return 0, err
	}
	limits := a.rules.Limits
	err = a.signingUp(ctx, now, func() (err error) {
		made, err = a.apply(ctx, in, email, now)
		return err
	}, a.network(throttle.SignUp, limits.SignUp, v), mailsTo(mail.Verify, email, limits.Mail))
	if err == nil {
		a.wakeMail()
	}
	return made, err
}

// apply does the same work whoever has the address: the hash comes first.
func (a *Accounts) apply(ctx context.Context, in Application, email user.Email, now time.Time) (made int64, err error) {
	unkeyed := a.checkUnkeyed(ctx, email)
	if unkeyed != nil && !errors.Is(unkeyed, user.ErrEmailTaken) {
		return 0, unkeyed
	}
	hash, err := a.newHash(ctx, "password", in.Password, now)
	if err != nil {
		return 0, err
	}
	if unkeyed == nil {
		draft := user.Draft{Email: email, Profile: in.Profile, Password: hash, Applies: true}
		made, err = a.replaceAny(ctx, draft, now)
	}
	if unkeyed != nil || errors.Is(err, user.ErrEmailTaken) {
		// A row of another program, in a spelling that no index finds, or somebody who was faster each time.
		err = mail.In(a.db).Add(ctx, mail.AccountExists, 0, "", now)
	}
	return made, storable(err)
}

// replaceAny starts over where somebody else with this address was faster.
func (a *Accounts) replaceAny(ctx context.Context, draft user.Draft, now time.Time) (made int64, err error) {
	for range attempts {
		err = a.db.WithTx(ctx, func(tx *db.Tx) (err error) {
			made, err = replace(ctx, tx, draft, now)
			return err
		})
		if !errors.Is(err, user.ErrEmailTaken) {
			break
		}
	}
	return made, err
}

// replace makes the user of an application, in place of one that waits.
func replace(ctx context.Context, tx *db.Tx, draft user.Draft, now time.Time) (made int64, err error) {
	there, err := user.In(tx).FindByEmail(ctx, draft.Email)
	if err == nil {
		err = withdraw(ctx, tx, there, now)
	}
	switch {
	case errors.Is(err, user.ErrInUse), errors.Is(err, user.ErrAmbiguous):
		return 0, mail.In(tx).Add(ctx, mail.AccountExists, there.ID, "", now)
	case err != nil && !errors.Is(err, user.ErrNotFound):
		return 0, err
	}
	u, err := user.In(tx).Create(ctx, draft, now)
	if err != nil {
		return 0, err
	}
	if err := forgetFormer(ctx, tx, draft.Email.Key()); err != nil {
		return 0, err
	}
	if err := mail.In(tx).Add(ctx, mail.Verify, u.ID, "", now); err != nil {
		return 0, err
	}
	return u.ID, event.In(tx).Add(ctx, event.SignUp, u.ID, "", now)
}

// withdraw deletes a user who never was one, so that the next with this address gets nothing of theirs. Anybody else is
// user.ErrInUse, also who has confirmed the address just now.
func withdraw(ctx context.Context, tx *db.Tx, u user.Stored, now time.Time) error {
	if err := user.In(tx).Withdraw(ctx, u.ID); err != nil {
		return err
	}
	if err := forget(ctx, tx, u.ID); err != nil {
		return err
	}
	return event.In(tx).Add(ctx, event.SignUpReplaced, u.ID, "", now)
}
