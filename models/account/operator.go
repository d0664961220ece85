package account

import (
	"context"
	"errors"
	"strconv"
	"time"

	"gatehouse/db"
	"gatehouse/models/device"
	"gatehouse/models/event"
	"gatehouse/models/mail"
	"gatehouse/models/session"
	"gatehouse/models/throttle"
	"gatehouse/models/user"
)

// The acts of whoever runs the server. They ask for no password, and count on all servers at the next request.

// Lookup finds a user by id or by e-mail address. Errors: user.ErrNotFound, user.ErrAmbiguous.
func (a *Accounts) Lookup(ctx context.Context, idOrEmail string) (user.User, error) {
	if id, err := strconv.ParseInt(idOrEmail, 10, 64); err == nil && strconv.FormatInt(id, 10) == idOrEmail {
		u, err := user.In(a.db).Find(ctx, id)
		return u.User, err
	}
	email, err := user.ParseEmail(idOrEmail)
	if err != nil {
		return user.User{}, user.ErrNotFound
	}
	u, err := user.In(a.db).FindByEmail(ctx, email)
	return u.User, err
}

// Users calls each for every user, in the order of their ids.
func (a *Accounts) Users(ctx context.Context, each func(user.User) error) error {
	return user.In(a.db).List(ctx, each)
}

// StoredUsers does so with their passwords; Stored.Hash is the hash that counts, if it is a hash at all.
func (a *Accounts) StoredUsers(ctx context.Context, each func(user.Stored) error) error {
	return user.In(a.db).ListStored(ctx, func(u user.Stored) error { return each(a.adopted(u)) })
}

// Access is what a sign-in of a user depends on, beside their state.
type Access struct {
	user.Stored
	Address error // nil where their address leads to them; else user.ErrInvalidEmail, user.ErrAmbiguous or user.ErrNotFound
}

// AccessOf finds out whether a user can sign in. Errors: user.ErrNotFound.
func (a *Accounts) AccessOf(ctx context.Context, id int64) (Access, error) {
	u, err := user.In(a.db).Find(ctx, id)
	if err != nil {
		return Access{}, err
	}
	access := Access{Stored: a.adopted(u)}
	email, err := user.ParseEmail(u.Email)
	if err != nil {
		access.Address = err
		return access, nil
	}
	switch found, err := user.In(a.db).FindByEmail(ctx, email); {
	case errors.Is(err, user.ErrAmbiguous), errors.Is(err, user.ErrNotFound):
		access.Address = err
	case err != nil:
		return Access{}, err
	case found.ID != id:
		access.Address = user.ErrAmbiguous
	}
	return access, nil
}

// Add makes an active user with a role, also where sign-up is closed. Errors: *InvalidError, user.ErrEmailTaken.
func (a *Accounts) Add(ctx context.Context, in Application, role string, now time.Time) (user.User, error) {
	if sentence := user.CheckRole(role); sentence != "" {
		return user.User{}, invalid("role", sentence)
	}
	email, err := a.admit(ctx, in)
	if err != nil {
		return user.User{}, err
	}
	draft := user.Draft{Email: email, Profile: in.Profile, Role: role, Verified: true}
	return a.create(ctx, draft, in.Password, now, func(tx *db.Tx, u user.User) error {
		return event.In(tx).Add(ctx, event.UserAdded, u.ID, "role "+role, now)
	})
}

// SetActive lets a user sign in, or disables them, which ends all their sessions (ASVS 7.4.2). Errors: user.ErrNotFound.
func (a *Accounts) SetActive(ctx context.Context, id int64, active bool, now time.Time) error {
	return a.db.WithTx(ctx, func(tx *db.Tx) error {
		if err := user.In(tx).SetState(ctx, id, active); err != nil {
			return err
		}
		if active {
			return event.In(tx).Add(ctx, event.UserEnabled, id, "", now)
		}
		if err := endSessions(ctx, tx, id); err != nil {
			return err
		}
		return event.In(tx).Add(ctx, event.UserDisabled, id, "", now)
	})
}

// SetRole gives a user a role. Errors: *InvalidError, user.ErrNotFound.
func (a *Accounts) SetRole(ctx context.Context, id int64, role string, now time.Time) error {
	if sentence := user.CheckRole(role); sentence != "" {
		return invalid("role", sentence)
	}
	err := a.db.WithTx(ctx, func(tx *db.Tx) error {
		if err := user.In(tx).SetRole(ctx, id, role, now); err != nil {
			return err
		}
		return event.In(tx).Add(ctx, event.RoleChanged, id, "role "+role, now)
	})
	if _, bad := db.BadValue(err); bad { // some constraints have no name that tells the column
		return invalid("role", "cannot be stored")
	}
	return err
}

// ReplacePassword gives a user a new password and ends all their sessions (ASVS 7.4.3). Errors: *InvalidError,
// user.ErrNotFound.
func (a *Accounts) ReplacePassword(ctx context.Context, id int64, plain string, now time.Time) error {
	u, err := user.In(a.db).Find(ctx, id)
	if err != nil {
		return err
	}
	if sentence := a.weakness(plain, u.Email); sentence != "" {
		return invalid("password", sentence)
	}
	hash, err := a.newHash(ctx, "password", plain, now)
	if err != nil {
		return err
	}
	return storable(a.db.WithTx(ctx, func(tx *db.Tx) error {
		if err := a.unlock(ctx, tx, u.User); err != nil {
			return err
		}
		if err := user.In(tx).ReplacePassword(ctx, id, hash); err != nil {
			return err
		}
		if err := endSessions(ctx, tx, id); err != nil {
			return err
		}
		if err := device.In(tx).DeleteAll(ctx, id); err != nil {
			return err
		}
		if err := mail.In(tx).Add(ctx, mail.PasswordChanged, id, u.Email, now); err != nil {
			return err
		}
		return event.In(tx).Add(ctx, event.PasswordReplaced, id, "", now)
	}))
}

// Unlock forgets the wrong passwords that were tried on an account. Errors: user.ErrNotFound.
func (a *Accounts) Unlock(ctx context.Context, id int64, now time.Time) error {
	return a.db.WithTx(ctx, func(tx *db.Tx) error {
		u, err := user.In(tx).Find(ctx, id)
		if err != nil {
			return err
		}
		if err := a.unlock(ctx, tx, u.User); err != nil {
			return err
		}
		return event.In(tx).Add(ctx, event.UserUnlocked, id, "", now)
	})
}

// unlock lets everybody try an account again who may try at all.
func (a *Accounts) unlock(ctx context.Context, tx *db.Tx, u user.User) error {
	return throttle.In(tx).Forget(ctx, throttle.Account.Of(accountKey(u), a.rules.Limits.Account))
}

// EndSessionsOf ends all sessions of a user, and returns how many were live.
func (a *Accounts) EndSessionsOf(ctx context.Context, id int64, now time.Time) (int, error) {
	n := 0
	err := a.db.WithTx(ctx, func(tx *db.Tx) error {
		live, err := session.In(tx).List(ctx, id, now)
		if err != nil {
			return err
		}
		n = len(live)
		if err := endSessions(ctx, tx, id); err != nil {
			return err
		}
		return event.In(tx).Add(ctx, event.SessionsEnded, id, "", now)
	})
	return n, err
}

// Remove deletes a user and all their sessions. Errors: user.ErrNotFound, user.ErrInUse.
func (a *Accounts) Remove(ctx context.Context, id int64, now time.Time) error {
	return a.db.WithTx(ctx, func(tx *db.Tx) error { return remove(ctx, tx, id, event.UserDeleted, now) })
}
