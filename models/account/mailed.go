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

// Verification says what becomes of people who have not confirmed their address.
type Verification string

// The ways to deal with them.
const (
	VerifyOff     Verification = "off"     // nobody is asked
	VerifyAsk     Verification = "ask"     // they are sent a link
	VerifyRequire Verification = "require" // they cannot sign in before they have followed it
)

// ErrUnverified says that the password is right, but that the address has to be confirmed first.
var ErrUnverified = errors.New("e-mail address is not confirmed")

// AskReset has a link to choose a new password mailed to whoever has this address. All addresses are answered alike after the
// same work, whether anybody has them or not, and nothing changes until the link is used. Errors: *InvalidError,
// *throttle.TooManyError.
func (a *Accounts) AskReset(ctx context.Context, address string, v Visitor, now time.Time) error {
	return a.ask(ctx, address, wish{mail.Reset, event.PasswordResetAsked, user.Stored.Active}, v, now)
}

// AskVerification has a link to confirm an address mailed once more, as AskReset does.
func (a *Accounts) AskVerification(ctx context.Context, address string, v Visitor, now time.Time) error {
	waits := func(u user.Stored) bool {
		return (a.rules.Verification == VerifyAsk || a.ConfirmRequired()) && u.Active() && u.Waiting()
	}
	return a.ask(ctx, address, wish{mail.Verify, event.VerificationAsked, waits}, v, now)
}

// wish is a mail that somebody without a session asks for.
type wish struct {
	mail  mail.Kind
	event event.Kind
	whom  func(user.Stored) bool // tells who gets one
}

func (a *Accounts) ask(ctx context.Context, address string, w wish, v Visitor, now time.Time) error {
	bad := &InvalidError{Fields: map[string]string{}}
	email := parseEmail(address, bad)
	if len(bad.Fields) > 0 {
		return bad
	}
	return a.mailing(ctx, w.mail, email, v, now, func(tx *db.Tx) error {
		id := int64(0) // of nobody: the row costs as much, and is dropped
		u, err := user.In(tx).FindByEmail(ctx, email)
		switch {
		case err == nil && w.whom(u):
			id = u.ID
		case err != nil && !errors.Is(err, user.ErrNotFound) && !errors.Is(err, user.ErrAmbiguous):
			return err
		}
		if err := mail.In(tx).Add(ctx, w.mail, id, "", now); err != nil {
			return err
		}
		return event.In(tx).Add(ctx, w.event, id, "", now)
	})
}

// mailing does something that has a mail sent to an address, as often as that is allowed. It counts for the network too.
func (a *Accounts) mailing(ctx context.Context, kind mail.Kind, to user.Email, v Visitor, now time.Time, act func(*db.Tx) error) error {
	limits := a.rules.Limits
	reserved, err := a.throttle.Reserve(ctx, now, mailsTo(kind, to, limits.Mail), a.network(throttle.Network, limits.Network, v))
	if err != nil {
		return a.throttled(ctx, err, to.Key(), now)
	}
	err = a.db.WithTx(ctx, func(tx *db.Tx) error {
		if _, err := reserved.Fail(ctx, tx, now); err != nil { // each counts
			return err
		}
		return act(tx)
	})
	if err != nil {
		return errors.Join(err, reserved.GiveBack(ctx))
	}
	a.wakeMail()
	return nil
}

// mailsTo counts mails of a kind to an address. Were all kinds counted together, those that are dropped, since there is nothing
// to tell, would keep the owner from getting the one that is needed.
func mailsTo(kind mail.Kind, to user.Email, rule throttle.Rule) throttle.Bucket {
	return throttle.Mail.Of(string(kind)+" "+to.Key(), rule)
}

// wakeMail has mails sent soon that a transaction has just added.
func (a *Accounts) wakeMail() {
	if a.rules.WakeMail != nil {
		a.rules.WakeMail()
	}
}

// follow finds a mailed link and spends nothing. Guesses count for the network. Errors: link.ErrInvalid,
// *throttle.TooManyError.
func (a *Accounts) follow(ctx context.Context, token string, v Visitor, now time.Time, kinds ...link.Kind) (link.Link, error) {
	reserved, err := a.throttle.Reserve(ctx, now, a.network(throttle.Network, a.rules.Limits.Network, v))
	if err != nil {
		return link.Link{}, a.throttled(ctx, err, "", now)
	}
	l, err := link.In(a.db).Find(ctx, token, now, kinds...)
	if !errors.Is(err, link.ErrInvalid) {
		return l, errors.Join(err, reserved.GiveBack(ctx))
	}
	ctx = context.WithoutCancel(ctx) // nobody guesses unnoticed by going away in time
	counted := a.db.WithTx(ctx, func(tx *db.Tx) error {
		if _, err := reserved.Fail(ctx, tx, now); err != nil {
			return err
		}
		return event.In(tx).Add(ctx, event.LinkRefused, 0, "", now)
	})
	if counted != nil {
		return link.Link{}, counted
	}
	return link.Link{}, err
}

// spend uses a link up, in the transaction of what it opens, and returns whose it is. It opens nothing for a user who has
// another address by now, or may not sign in. Errors: link.ErrInvalid.
func spend(ctx context.Context, tx *db.Tx, token string, now time.Time, kind link.Kind) (link.Link, user.Stored, error) {
	l, err := link.In(tx).Spend(ctx, token, now, kind)
	if err != nil {
		return link.Link{}, user.Stored{}, err
	}
	u, err := user.In(tx).Find(ctx, l.UserID)
	if errors.Is(err, user.ErrNotFound) {
		err = link.ErrInvalid
	}
	if err == nil && (!u.Active() || kind != link.EmailChange && u.Email != l.Address) {
		err = link.ErrInvalid
	}
	return l, u, err
}
