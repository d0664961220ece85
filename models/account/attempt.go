package account

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"gatehouse/db"
	"gatehouse/models/device"
	"gatehouse/models/event"
	"gatehouse/models/throttle"
	"gatehouse/models/user"
)

// Limits are how often people may try.
type Limits struct {
	Account, Device, Network, SignUp, Mail throttle.Rule
	Wait                                   time.Duration // for a place among those who try one account
}

// NoLimits is for programs that measure or test something else.
func NoLimits() Limits {
	free := throttle.Rule{Free: 1_000_000_000, Window: time.Hour}
	return Limits{Account: free, Device: free, Network: free, SignUp: free, Mail: free, Wait: 2 * time.Second}
}

// crowd multiplies what one network may do where visitors seem to come through a proxy that the operator has not named: all of
// them look like one network then.
const crowd = 20

// throttledEvery is how often one counter writes that it refuses.
const throttledEvery = time.Minute

// attempt is a reservation to try a password, with the device that it counts for, 0 for none.
type attempt struct {
	*throttle.Attempt
	device   int64
	promised context.Context // hashing with it is not refused any more
}

// try is somebody who claims to know the password of an account.
type try struct {
	key     string // of the account, whether there is one or not
	userID  int64  // 0 where the key alone says whose it is
	visitor Visitor
	failed  event.Kind // what has happened if they do not
}

// trying calls prove, which verifies a password, as often as the limits allow; every way to prove a password comes through here
// (ASVS 6.1.1, 6.3.1, 6.3.4). The attempt is reserved before the hash is computed, and prove settles it by Succeed in the
// transaction of what the password opens; it returns whose password was asked for, 0 for nobody's. Where the user changed
// meanwhile it is called again: adopt --finish may have moved the hash. Errors: ErrBadCredentials, *throttle.TooManyError, throttle.ErrBusy,
// db.ErrUnavailable, those of prove.
func (a *Accounts) trying(ctx context.Context, t try, now time.Time, prove func(context.Context, *throttle.Attempt) (int64, error)) error {
	reserved, err := a.reserve(ctx, t, now)
	if err != nil {
		return err
	}
	reserved.Begin()
	var claimed int64
	for range attempts {
		if claimed, err = prove(reserved.promised, reserved.Attempt); !errors.Is(err, user.ErrChanged) {
			break
		}
	}
	if errors.Is(err, user.ErrChanged) { // each time, though the password was right
		err = fmt.Errorf("%w: %w", db.ErrUnavailable, err)
	}
	switch {
	case err == nil:
		return nil
	case errors.Is(err, ErrBadCredentials):
		return a.refused(ctx, reserved, t.failed, claimed, now)
	case ctx.Err() != nil: // else going away in time would be free, and the work is done all the same
		return errors.Join(err, a.count(ctx, reserved.Attempt, now))
	default:
		return errors.Join(err, reserved.GiveBack(ctx))
	}
}

// reserve counts a device that its owner has signed in with before apart from everybody else, so that an attack on an
// account does not keep its owner out (ASVS 6.1.1).
func (a *Accounts) reserve(ctx context.Context, t try, now time.Time) (attempt, error) {
	known, err := a.knownDevice(ctx, t)
	if err != nil {
		return attempt{}, err
	}
	buckets := []throttle.Bucket{throttle.Account.Of(t.key, a.rules.Limits.Account), a.network(throttle.Network, a.rules.Limits.Network, t.visitor)}
	if known != 0 {
		buckets = []throttle.Bucket{throttle.Device.Of(strconv.FormatInt(known, 10), a.rules.Limits.Device)}
	}
	promised := ctx
	room := func() (leave func(), err error) {
		promised, leave, err = a.passwords.Room(ctx)
		return leave, err
	}
	reserved, err := a.throttle.ReserveIn(ctx, now, room, buckets...)
	return attempt{reserved, known, promised}, a.throttled(ctx, err, t.key, now)
}

// knownDevice returns the id of the device, 0 if nobody has signed in to this account with it.
func (a *Accounts) knownDevice(ctx context.Context, t try) (int64, error) {
	if t.visitor.Browser == "" {
		return 0, nil
	}
	owner := t.userID
	if owner == 0 {
		var err error
		if owner, err = a.ownerOf(ctx, t.key); owner == 0 {
			return 0, err
		}
	}
	id, err := device.In(a.db).Find(ctx, t.visitor.browser(), owner)
	if errors.Is(err, device.ErrNotFound) {
		err = nil
	}
	return id, err
}

func (a *Accounts) network(kind throttle.Kind, rule throttle.Rule, v Visitor) throttle.Bucket {
	if v.Proxied {
		rule = rule.Times(crowd)
	}
	return kind.Of(throttle.NetworkOf(v.Device.IP), rule)
}

// ThrottledError is a *throttle.TooManyError that was written as an event, and whose account it is about, 0 for nobody's.
type ThrottledError struct {
	*throttle.TooManyError
	UserID int64
}

// Unwrap returns the *throttle.TooManyError.
func (e *ThrottledError) Unwrap() error { return e.TooManyError }

// throttled writes that a counter refuses, from time to time, and returns the error that it was given. Under an attack there
// are too many refusals to write each.
func (a *Accounts) throttled(ctx context.Context, refusal error, key string, now time.Time) error {
	tooMany, ok := errors.AsType[*throttle.TooManyError](refusal)
	if !ok {
		return refusal
	}
	ctx = context.WithoutCancel(ctx)
	due, err := throttle.In(a.db).Note(ctx, tooMany.Bucket, throttledEvery, now)
	if err != nil {
		return err
	}
	if !due {
		return refusal
	}
	id := int64(0)
	if tooMany.Bucket.Kind != throttle.Network && tooMany.Bucket.Kind != throttle.SignUp {
		if id, err = a.ownerOf(ctx, key); err != nil {
			return err
		}
	}
	if err := event.In(a.db).Add(ctx, event.Throttled, id, string(tooMany.Bucket.Kind), now); err != nil {
		return err
	}
	return &ThrottledError{tooMany, id}
}

// ownerOf returns whose account a key names, 0 if it is nobody's.
func (a *Accounts) ownerOf(ctx context.Context, key string) (int64, error) {
	email, err := user.ParseEmail(key)
	if err != nil {
		return 0, nil //nolint:nilerr // the key of somebody without an address is no address
	}
	u, err := user.In(a.db).FindByEmail(ctx, email)
	if errors.Is(err, user.ErrNotFound) || errors.Is(err, user.ErrAmbiguous) {
		return 0, nil
	}
	return u.ID, err
}

// count settles an attempt as a failure, even if the visitor has gone away meanwhile.
func (a *Accounts) count(ctx context.Context, reserved *throttle.Attempt, now time.Time) error {
	ctx = context.WithoutCancel(ctx)
	return a.db.WithTx(ctx, func(tx *db.Tx) error {
		_, err := reserved.Fail(ctx, tx, now)
		return err
	})
}

// accountKey names the account of a user to the limits: as whoever signs in to it names it, by the canonical address.
func accountKey(u user.User) string {
	email, err := user.ParseEmail(u.Email)
	if err != nil {
		return strconv.FormatInt(u.ID, 10)
	}
	return email.Key()
}

// refused settles an attempt that failed, writes it, and returns ErrBadCredentials. Where that cannot be written, its error is
// the answer: nobody guesses unnoticed (ASVS 16.3.1), not even by going away in time.
func (a *Accounts) refused(ctx context.Context, reserved attempt, kind event.Kind, userID int64, now time.Time) error {
	ctx = context.WithoutCancel(ctx)
	err := a.db.WithTx(ctx, func(tx *db.Tx) error {
		ended, err := reserved.Fail(ctx, tx, now)
		if err != nil {
			return err
		}
		if len(ended) > 0 && reserved.device != 0 {
			if err := device.In(tx).Delete(ctx, reserved.device); err != nil {
				return err
			}
		}
		return event.In(tx).Add(ctx, kind, userID, "", now)
	})
	if err != nil {
		return err
	}
	return ErrBadCredentials
}
