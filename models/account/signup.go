package account

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"time"
	"unicode/utf8"

	"gatehouse/db"
	"gatehouse/models/password"
	"gatehouse/models/session"
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
	if !a.rules.SignupOpen {
		return SignedIn{}, ErrSignupClosed
	}
	email, err := a.checkApplication(in)
	if err != nil {
		return SignedIn{}, err
	}
	// Asked before the hash is computed, only to spare the work; the transaction decides.
	if _, err := user.In(a.db).FindByEmail(ctx, email); err == nil || errors.Is(err, user.ErrAmbiguous) {
		return SignedIn{}, user.ErrEmailTaken
	} else if !errors.Is(err, user.ErrNotFound) {
		return SignedIn{}, err
	}
	if err := a.checkUnkeyed(ctx, email); err != nil {
		return SignedIn{}, err
	}
	hash, err := a.passwords.Hash(ctx, in.Password)
	if err != nil {
		return SignedIn{}, fmt.Errorf("hash password: %w", err)
	}
	var done SignedIn
	err = a.db.WithTx(ctx, func(tx *db.Tx) error {
		u, err := user.In(tx).Create(ctx, user.Draft{Email: email, Password: hash, Profile: in.Profile}, now)
		if err != nil {
			return err
		}
		// Only in old tables whose ids are used again can there be any; they were somebody else's.
		if err := session.In(tx).DeleteAll(ctx, u.ID); err != nil {
			return err
		}
		done, err = a.begin(ctx, tx, u, false, v, now)
		return err
	})
	return done, storable(err)
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
	if sentence := a.weakness(in.Password); sentence != "" {
		bad.Fields["password"] = sentence
	}
	maps.Copy(bad.Fields, in.Check())
	if len(bad.Fields) > 0 {
		bad.Weak = len(bad.Fields) == 1 && bad.Fields["password"] != "" && unusable(in.Password) == ""
		return user.Email{}, bad
	}
	return email, nil
}

// weakness says why a text may not become a password, or nothing. There are no rules on its composition, and
// it is taken exactly as it is (ASVS 6.2.1, 6.2.5, 6.2.8).
func (a *Accounts) weakness(plain string) string {
	if sentence := unusable(plain); sentence != "" {
		return sentence
	}
	if n := a.rules.PasswordMinLength; utf8.RuneCountInString(plain) < n {
		return fmt.Sprintf("must have at least %d characters", n)
	}
	if len(plain) > password.MaxBytes {
		return fmt.Sprintf("must have at most %d bytes", password.MaxBytes)
	}
	return ""
}

const required = "is required"

// unusable says why a text can be nobody's password, or nothing. A NUL would end it early in the bcrypt of
// other programs, which must be able to verify what is stored here.
func unusable(plain string) string {
	switch {
	case plain == "":
		return required
	case !utf8.ValidString(plain) || strings.ContainsRune(plain, 0):
		return "must be valid text"
	default:
		return ""
	}
}
