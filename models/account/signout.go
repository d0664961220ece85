package account

import (
	"context"
	"errors"
	"slices"
	"time"

	"gatehouse/db"
	"gatehouse/models/event"
	"gatehouse/models/session"
	"gatehouse/models/token"
	"gatehouse/models/user"
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

// SignedOut is a user who was signed in, and how far the logout reached.
type SignedOut struct {
	UserID int64
	Scope  Scope
}

// SignOut ends sessions, of several that came with the request all, and returns the users who were signed in. Without
// a session there is nothing to do, and that is no error.
func (a *Accounts) SignOut(ctx context.Context, scope Scope, v Visitor, now time.Time) ([]SignedOut, error) {
	found, err := session.In(a.db).Find(ctx, v.hashes()...)
	if err != nil {
		return nil, unavailable("sign out", err)
	}
	if len(found) == 0 {
		a.memory.drop(0, v.hashes()...)
		return nil, nil
	}
	var users []int64
	var presented []string
	for _, s := range found {
		presented = append(presented, s.PublicID)
		if s.UserID != 0 && s.Live(now) {
			users = append(users, s.UserID)
		}
	}
	users = distinct(users)
	out := signedOut(users, users, scope)
	err = a.db.WithTx(ctx, func(tx *db.Tx) error {
		if err := signOut(ctx, tx, scope, users, presented); err != nil {
			return err
		}
		return tellSignedOut(ctx, tx, out, now)
	})
	return out, unavailable("sign out", err)
}

func tellSignedOut(ctx context.Context, tx *db.Tx, users []SignedOut, now time.Time) error {
	for _, u := range users {
		if err := event.In(tx).Add(ctx, event.SignOut, u.UserID, string(u.Scope), now); err != nil {
			return err
		}
	}
	return nil
}

// signedOut lists users; the scope is Local for those whom it did not reach.
func signedOut(users, reached []int64, scope Scope) []SignedOut {
	var list []SignedOut
	for _, id := range users {
		out := SignedOut{id, scope}
		if !slices.Contains(reached, id) {
			out.Scope = Local
		}
		list = append(list, out)
	}
	return list
}

// signOut ends the sessions that were presented, or keeps them, and all others of the users as far as the scope reaches.
func signOut(ctx context.Context, tx *db.Tx, scope Scope, users []int64, presented []string) error {
	sessions := session.In(tx)
	if scope == Local {
		return sessions.Delete(ctx, presented...)
	}
	for _, id := range users { // a sign-in that is under way comes before
		if err := user.In(tx).Hold(ctx, id); err != nil && !errors.Is(err, user.ErrNotFound) {
			return err
		}
	}
	keep := presented
	if scope == Global {
		keep = nil
		if err := sessions.Delete(ctx, presented...); err != nil {
			return err
		}
	}
	for _, id := range users {
		if err := endSessions(ctx, tx, id, keep...); err != nil {
			return err
		}
	}
	return nil
}

// SignOutTokens ends the families of these tokens and blacklists the tokens; with Others it keeps both. With another scope
// than Local it ends more sessions, as SignOut does, but not for a token that has expired: that reaches its own family
// alone. It returns the users who were signed in. What is no token of ours is passed over. Errors: db.ErrUnavailable, also
// where one of the tokens could not be judged; the others are signed out then.
func (a *Accounts) SignOutTokens(ctx context.Context, scope Scope, texts []string, now time.Time) ([]SignedOut, error) {
	var all []token.Claims
	var unsure error
	for _, text := range texts {
		switch c, err := a.parseEither(text, now); {
		case err == nil:
			all = append(all, c)
		case !errors.Is(err, token.ErrInvalid):
			unsure = err
		}
	}
	if len(all) == 0 {
		return nil, unsure
	}
	var out []SignedOut
	err := a.db.WithTx(ctx, func(tx *db.Tx) (err error) {
		out, err = signOutTokens(ctx, tx, scope, all, now)
		return err
	})
	return out, errors.Join(unavailable("sign out tokens", err), unsure)
}

// parseEither reads a token of either kind; one that has expired is no error.
func (a *Accounts) parseEither(text string, now time.Time) (token.Claims, error) {
	c, err := a.tokens.Parse(token.Access, text, now)
	if errors.Is(err, token.ErrInvalid) {
		c, err = a.tokens.Parse(token.Refresh, text, now)
	}
	if errors.Is(err, token.ErrExpired) {
		err = nil
	}
	return c, err
}

func signOutTokens(ctx context.Context, tx *db.Tx, scope Scope, all []token.Claims, now time.Time) ([]SignedOut, error) {
	sessions, blacklist := session.In(tx), token.BlacklistIn(tx)
	var users, reach []int64 // who was signed in, and whose other sessions the scope may reach
	var families []string
	for _, c := range all {
		s, err := sessions.FindFamily(ctx, c.Session)
		if errors.Is(err, session.ErrNotFound) {
			continue // it has ended, and with it the token
		}
		if err != nil {
			return nil, err
		}
		families = append(families, s.PublicID)
		if s.Live(now) {
			users = append(users, s.UserID)
		}
		if c.Expired(now) {
			continue
		}
		if s.Live(now) {
			reach = append(reach, s.UserID)
		}
		if scope == Others {
			continue
		}
		if err := blacklist.Add(ctx, c); err != nil {
			return nil, err
		}
	}
	out := signedOut(distinct(users), reach, scope)
	if err := signOut(ctx, tx, scope, distinct(reach), families); err != nil {
		return nil, err
	}
	return out, tellSignedOut(ctx, tx, out, now)
}

func distinct(ids []int64) []int64 {
	slices.Sort(ids)
	return slices.Compact(ids)
}

// EndSession ends one session of the user, found by its public id; session.ErrNotFound if the user has no such one. With
// another than the current one, what was asked for and is not done yet is void: it may have been asked for in that session.
func (a *Accounts) EndSession(ctx context.Context, c Current, publicID string, now time.Time) error {
	return a.db.WithTx(ctx, func(tx *db.Tx) error {
		if err := user.In(tx).Hold(ctx, c.User.ID); err != nil { // a wish that is on its way comes before
			return err
		}
		if err := session.In(tx).DeleteOne(ctx, c.User.ID, publicID); err != nil {
			return err
		}
		if publicID != c.Session.PublicID {
			if err := voidWishes(ctx, tx, c.User.ID); err != nil {
				return err
			}
		}
		return event.In(tx).Add(ctx, event.SessionEnded, c.User.ID, "", now)
	})
}

// EndOthers ends every session of the user but the current one.
func (a *Accounts) EndOthers(ctx context.Context, c Current, now time.Time) error {
	return a.db.WithTx(ctx, func(tx *db.Tx) error {
		if err := user.In(tx).Hold(ctx, c.User.ID); err != nil { // a sign-in that is under way comes before
			return err
		}
		if err := endSessions(ctx, tx, c.User.ID, c.Session.PublicID); err != nil {
			return err
		}
		return event.In(tx).Add(ctx, event.OtherSessionsEnded, c.User.ID, "", now)
	})
}
