package account

import (
	"context"
	"errors"
	"math"
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

// The acts of whoever runs the server, and of admins. They ask for no password, and count on all servers at the next request.

// Operator is who looks after the users: whoever runs the commands, which is the zero value, or an admin.
type Operator struct{ adminID int64 }

// OperatorOf makes an operator of whoever is signed in. Each act finds out whether that is an admin.
func OperatorOf(c Current) Operator { return Operator{c.User.ID} }

var (
	// ErrNotAdmin says that whoever acts is no admin of Gatehouse, or no longer.
	ErrNotAdmin = errors.New("not an admin")
	// ErrOwnAccount says that admins cannot do this to themselves: somebody has to be left who can undo it.
	ErrOwnAccount = errors.New("the own account of an admin")
	// ErrDisabled says that the user may not sign in at all.
	ErrDisabled = errors.New("user is disabled")
)

// operate does an act in a transaction, in the name of the operator. An admin who is disabled or demoted meanwhile does nothing
// more (ASVS 8.3.2): the two acts take turns at the admin's row.
func (a *Accounts) operate(ctx context.Context, by Operator, act func(ctx context.Context, tx *db.Tx) error) error {
	if by.adminID != 0 {
		ctx = event.By(ctx, by.adminID)
	}
	return a.db.WithTx(ctx, func(tx *db.Tx) error {
		if by.adminID != 0 {
			if err := user.In(tx).HoldAdmin(ctx, by.adminID); err != nil {
				if errors.Is(err, user.ErrNotFound) {
					return ErrNotAdmin
				}
				return err
			}
		}
		return act(ctx, tx)
	})
}

// Lookup finds a user by id or by e-mail address. Errors: user.ErrNotFound, user.ErrAmbiguous.
func (a *Accounts) Lookup(ctx context.Context, idOrEmail string) (user.User, error) {
	u, err := a.lookup(ctx, idOrEmail)
	return u.User, err
}

func (a *Accounts) lookup(ctx context.Context, idOrEmail string) (user.Stored, error) {
	if id, err := strconv.ParseInt(idOrEmail, 10, 64); err == nil && strconv.FormatInt(id, 10) == idOrEmail {
		return user.In(a.db).Find(ctx, id)
	}
	email, err := user.ParseEmail(idOrEmail)
	if err != nil {
		return user.Stored{}, user.ErrNotFound
	}
	return user.In(a.db).FindByEmail(ctx, email)
}

// Users calls each for every user, in the order of their ids.
func (a *Accounts) Users(ctx context.Context, each func(user.User) error) error {
	return user.In(a.db).List(ctx, each)
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

// SetActive lets a user sign in, or disables them, which ends all their sessions (ASVS 7.4.2). Errors: user.ErrNotFound,
// ErrNotAdmin, ErrOwnAccount.
func (a *Accounts) SetActive(ctx context.Context, by Operator, id int64, active bool, now time.Time) error {
	if id == by.adminID {
		return ErrOwnAccount
	}
	return a.operate(ctx, by, func(ctx context.Context, tx *db.Tx) error {
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

// SetRole gives a user a role. Errors: *InvalidError, user.ErrNotFound, ErrNotAdmin, ErrOwnAccount.
func (a *Accounts) SetRole(ctx context.Context, by Operator, id int64, role string, now time.Time) error {
	if id == by.adminID {
		return ErrOwnAccount
	}
	if sentence := user.CheckRole(role); sentence != "" {
		return invalid("role", sentence)
	}
	err := a.operate(ctx, by, func(ctx context.Context, tx *db.Tx) error {
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

// Unlock forgets the wrong passwords that were tried on an account. Errors: user.ErrNotFound, ErrNotAdmin.
func (a *Accounts) Unlock(ctx context.Context, by Operator, id int64, now time.Time) error {
	return a.operate(ctx, by, func(ctx context.Context, tx *db.Tx) error {
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

// EndSessionsOf ends all sessions of a user, and returns how many were live (ASVS 7.4.5). Errors: user.ErrNotFound, ErrNotAdmin.
func (a *Accounts) EndSessionsOf(ctx context.Context, by Operator, id int64, now time.Time) (int, error) {
	n := 0
	err := a.operate(ctx, by, func(ctx context.Context, tx *db.Tx) error {
		if err := user.In(tx).Hold(ctx, id); err != nil { // a sign-in that is under way comes before
			return err
		}
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

// EndAllSessions ends the sessions of all users (ASVS 7.4.5), each user's in a transaction of its own, and returns how many were
// live, and of how many users. What was asked for is void too, also of those who have no session left. Whoever signs in meanwhile
// may stay signed in.
func (a *Accounts) EndAllSessions(ctx context.Context, by Operator, now time.Time) (sessions, users int, err error) {
	for last := int64(math.MinInt64); ; { // old tables may have ids below 0
		id, found, err := a.nextHolder(ctx, last)
		if err != nil || !found {
			return sessions, users, err
		}
		last = id
		n, err := a.EndSessionsOf(ctx, by, id, now)
		if err != nil && !errors.Is(err, user.ErrNotFound) { // sessions of a deleted user let nobody in
			return sessions, users, err
		}
		if n > 0 {
			sessions, users = sessions+n, users+1
		}
	}
}

// SendReset has a link to choose a new password mailed to a user (ASVS 6.4.6: nobody else chooses one for them). Errors:
// user.ErrNotFound, ErrDisabled, ErrNotAdmin.
func (a *Accounts) SendReset(ctx context.Context, by Operator, id int64, now time.Time) error {
	err := a.operate(ctx, by, func(ctx context.Context, tx *db.Tx) error {
		u, err := user.In(tx).Find(ctx, id)
		if err != nil {
			return err
		}
		if !u.Active() {
			return ErrDisabled
		}
		if err := mail.In(tx).Add(ctx, mail.Reset, id, "", now); err != nil {
			return err
		}
		return event.In(tx).Add(ctx, event.PasswordResetAsked, id, "", now)
	})
	if err == nil {
		a.wakeMail()
	}
	return err
}

// Remove deletes a user and all their sessions. Errors: user.ErrNotFound, user.ErrInUse.
func (a *Accounts) Remove(ctx context.Context, id int64, now time.Time) error {
	return a.db.WithTx(ctx, func(tx *db.Tx) error { return remove(ctx, tx, id, event.UserDeleted, now) })
}
