package account

import (
	"context"
	"errors"
	"time"

	"gatehouse/db"
	"gatehouse/models/session"
	"gatehouse/models/token"
	"gatehouse/models/user"
)

// Bearer finds the family of an access token and its user: one SQL statement, and none for what is no token of ours.
// Errors: token.ErrInvalid, token.ErrExpired, token.ErrRevoked.
func (a *Accounts) Bearer(ctx context.Context, access string, now time.Time) (Current, token.Claims, error) {
	claims, err := a.tokens.Parse(token.Access, access, now)
	if err != nil {
		return Current{}, token.Claims{}, err
	}
	f, u, err := a.family(ctx, claims, now)
	if err != nil {
		return Current{}, token.Claims{}, err
	}
	return Current{Session: f.Session, User: &u}, claims, nil
}

// family finds the live family that a token belongs to, and its active user, in one statement. Where the database
// cannot tell, whatever the reason, nobody is let in (ASVS 16.5.2). Errors: token.ErrRevoked, token.ErrExpired,
// db.ErrUnavailable.
func (a *Accounts) family(ctx context.Context, c token.Claims, now time.Time) (session.Family, user.User, error) {
	var f session.Family
	var u user.User
	found := false
	err := a.db.QueryRow(ctx, func(row db.Row) error {
		var s session.FamilyRow
		var owner user.Row
		if err := row.Scan(append(s.Dest(), owner.Dest()...)...); err != nil {
			return err
		}
		f = s.Family()
		u, found = owner.User()
		return nil
	}, "SELECT "+session.FamilyColumns+", "+user.Columns+" FROM sessions s LEFT JOIN users u ON u.id = s.user_id "+
		"WHERE s.public_id = ? AND s.kind = ? AND "+token.NotBlacklisted, c.Session, string(session.Token), c.ID)
	switch {
	case errors.Is(err, db.ErrNoRows):
		return session.Family{}, user.User{}, token.ErrRevoked
	case err != nil:
		return session.Family{}, user.User{}, unavailable("find token family", err)
	case !found || !u.Active() || subject(u.ID) != c.Subject:
		return session.Family{}, user.User{}, token.ErrRevoked
	case !f.Live(now):
		return session.Family{}, user.User{}, token.ErrExpired
	}
	return f, u, nil
}
