package account

import (
	"context"
	"errors"
	"maps"
	"time"

	"gatehouse/db"
	"gatehouse/models/event"
	"gatehouse/models/mail"
	"gatehouse/models/password"
	"gatehouse/models/throttle"
	"gatehouse/models/user"
)

// Application is what somebody who signs up tells.
type Application struct {
	Email    string
	Password string
	user.Profile
}

// SignUp makes an active user with a session. Errors: ErrSignupClosed, *InvalidError, user.ErrEmailTaken.
func (a *Accounts) SignUp(ctx context.Context, in Application, v Visitor, now time.Time) (SignedIn, error) {
	var done SignedIn
	_, err := a.signUp(ctx, in, v, true, now, func(tx *db.Tx, u user.User) (err error) {
		if done, err = a.begin(ctx, tx, u, false, v, now); err != nil {
			return err
		}
		return event.In(tx).Add(ctx, event.SignUp, u.ID, "", now)
	})
	return done, err
}

// Register makes an active user who is not signed in yet. Errors: those of SignUp.
func (a *Accounts) Register(ctx context.Context, in Application, v Visitor, now time.Time) (user.User, error) {
	return a.signUp(ctx, in, v, false, now, func(tx *db.Tx, u user.User) error {
		return event.In(tx).Add(ctx, event.SignUp, u.ID, "", now)
	})
}

// CheckSignup returns ErrSignupClosed if the operator takes no sign-ups.
func (a *Accounts) CheckSignup() error {
	if !a.rules.SignupOpen {
		return ErrSignupClosed
	}
	return nil
}

// ConfirmRequired tells whether an address has to be confirmed before its account can be used.
func (a *Accounts) ConfirmRequired() bool { return a.rules.Verification == VerifyRequire }

func (a *Accounts) signUp(ctx context.Context, in Application, v Visitor, signsIn bool, now time.Time, begin begins) (user.User, error) {
	if err := a.CheckSignup(); err != nil {
		return user.User{}, err
	}
	email, err := a.checkApplication(in)
	if err != nil {
		return user.User{}, err
	}
	limit := a.network(throttle.SignUp, a.rules.Limits.SignUp, v)
	var u user.User
	err = a.signingUp(ctx, now, func() (err error) {
		if err := a.checkFree(ctx, email); err != nil {
			return err
		}
		draft := user.Draft{Email: email, Profile: in.Profile, SignsIn: signsIn}
		u, err = a.create(ctx, draft, in.Password, now, func(tx *db.Tx, u user.User) error {
			if a.rules.Verification == VerifyAsk {
				if err := mail.In(tx).Add(ctx, mail.Verify, u.ID, "", now); err != nil {
					return err
				}
			}
			return begin(tx, u)
		})
		return err
	}, limit)
	if err == nil {
		a.wakeMail()
	}
	return u, err
}

// signingUp counts a sign-up, also one that only tells whether an address is taken (ASVS 6.3.8). What could not be looked at
// counts for nothing.
func (a *Accounts) signingUp(ctx context.Context, now time.Time, act func() error, limits ...throttle.Bucket) error {
	reserved, err := a.throttle.Reserve(ctx, now, limits...)
	if err != nil {
		return a.throttled(ctx, err, "", now)
	}
	err = act()
	if errors.Is(err, password.ErrOverloaded) || errors.Is(err, db.ErrUnavailable) {
		return errors.Join(err, reserved.GiveBack(ctx))
	}
	_ = a.count(ctx, reserved, now) // in vain, it counts when its lease is over
	return err
}

// create makes the user of an application that was admitted; the transaction decides.
func (a *Accounts) create(ctx context.Context, draft user.Draft, plain string, now time.Time, begin begins) (user.User, error) {
	hash, err := a.newHash(ctx, "password", plain, now)
	if err != nil {
		return user.User{}, err
	}
	draft.Password = hash
	var u user.User
	err = a.db.WithTx(ctx, func(tx *db.Tx) (err error) {
		u, err = user.In(tx).Create(ctx, draft, now)
		if err != nil {
			return err
		}
		if err := forgetFormer(ctx, tx, draft.Email.Key()); err != nil {
			return err
		}
		return begin(tx, u)
	})
	return u, storable(err)
}

// admit says whether this application may become a user, before the hash is computed.
func (a *Accounts) admit(ctx context.Context, in Application) (user.Email, error) {
	email, err := a.checkApplication(in)
	if err != nil {
		return user.Email{}, err
	}
	return email, a.checkFree(ctx, email)
}

// checkFree returns user.ErrEmailTaken if somebody has this address.
func (a *Accounts) checkFree(ctx context.Context, email user.Email) error {
	_, err := user.In(a.db).FindByEmail(ctx, email)
	switch {
	case err == nil, errors.Is(err, user.ErrAmbiguous):
		return user.ErrEmailTaken
	case !errors.Is(err, user.ErrNotFound):
		return err
	}
	return a.checkUnkeyed(ctx, email)
}

// scanWait is how long a sign-up waits for others that read the rows without a key.
const scanWait = 2 * time.Second

// checkUnkeyed does user.Store.CheckUnkeyed one at a time: in a large old table it is long, and strangers start it.
func (a *Accounts) checkUnkeyed(ctx context.Context, email user.Email) error {
	wait := time.NewTimer(scanWait)
	defer wait.Stop()
	select {
	case a.scanning <- struct{}{}:
		defer func() { <-a.scanning }()
		return user.In(a.db).CheckUnkeyed(ctx, email)
	case <-wait.C:
		return &password.OverloadedError{RetryAfter: scanWait}
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (a *Accounts) checkApplication(in Application) (user.Email, error) {
	bad := &InvalidError{Fields: map[string]string{}}
	email := parseEmail(in.Email, bad)
	if sentence := a.weakness(in.Password, in.Email); sentence != "" {
		bad.Fields["password"] = sentence
	}
	maps.Copy(bad.Fields, in.Check())
	if len(bad.Fields) > 0 {
		bad.Weak = len(bad.Fields) == 1 && bad.Fields["password"] != "" && unusable(in.Password) == ""
		return user.Email{}, bad
	}
	return email, nil
}
