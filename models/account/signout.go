package account

import (
	"context"
	"slices"
	"time"

	"gatehouse/db"
	"gatehouse/models/session"
)

// Scope says which sessions a logout ends.
type Scope string

// The scopes of a logout.
const (
	Local  Scope = "local"  // the sessions that came with the request
	Others Scope = "others" // all other sessions of their users
	Global Scope = "global" // all sessions of their users
)

// ParseScope reads the name of a scope; without one it is Local. Errors: *InvalidError.
func ParseScope(name string) (Scope, error) {
	switch scope := Scope(name); scope {
	case "":
		return Local, nil
	case Local, Others, Global:
		return scope, nil
	default:
		return "", invalid("scope", "must be local, others or global")
	}
}

// SignOut ends sessions, of several that came with the request all, and returns the ids of the users who were
// signed in. Without a session there is nothing to do, and that is no error.
func (a *Accounts) SignOut(ctx context.Context, scope Scope, v Visitor, now time.Time) ([]int64, error) {
	found, err := session.In(a.db).Find(ctx, v.hashes()...)
	if err != nil || len(found) == 0 {
		return nil, unavailable("sign out", err)
	}
	var users []int64
	var presented []string
	for _, s := range found {
		presented = append(presented, s.PublicID)
		if s.UserID != 0 && s.Live(now) && !slices.Contains(users, s.UserID) {
			users = append(users, s.UserID)
		}
	}
	err = a.db.WithTx(ctx, func(tx *db.Tx) error {
		return signOut(ctx, session.In(tx), scope, users, presented)
	})
	return users, unavailable("sign out", err)
}

func signOut(ctx context.Context, sessions session.Store, scope Scope, users []int64, presented []string) error {
	var keep []string
	if scope == Others {
		keep = presented
	} else if err := sessions.Delete(ctx, presented...); err != nil {
		return err
	}
	if scope == Local {
		return nil
	}
	for _, id := range users {
		if err := sessions.DeleteAll(ctx, id, keep...); err != nil {
			return err
		}
	}
	return nil
}

// EndSession ends one session of the user, found by its public id; session.ErrNotFound if the user has no such one.
func (a *Accounts) EndSession(ctx context.Context, c Current, publicID string) error {
	return session.In(a.db).DeleteOne(ctx, c.User.ID, publicID)
}

// EndOthers ends every session of the user but the current one.
func (a *Accounts) EndOthers(ctx context.Context, c Current) error {
	return session.In(a.db).DeleteAll(ctx, c.User.ID, c.Session.PublicID)
}
