package account

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"gatehouse/db"
	"gatehouse/models/session"
	"gatehouse/models/token"
	"gatehouse/models/user"
)

// Issued is the two tokens of a family, and whose it is.
type Issued struct {
	User            user.User
	Access, Refresh string
	AccessLife      time.Duration // from the time that the tokens carry as their iat
	RefreshLife     time.Duration
}

// SignInForTokens verifies the credentials, exactly as SignIn does, and starts a family of tokens. Errors:
// ErrBadCredentials, *InvalidError.
func (a *Accounts) SignInForTokens(ctx context.Context, in Credentials, d session.Device, now time.Time) (Issued, error) {
	var f session.Family
	var owner user.User
	err := a.signIn(ctx, in, now, func(tx *db.Tx, u user.User) error {
		owner, f = u, session.NewFamily(u.ID, a.rules.Sessions, d, now)
		sessions := session.In(tx)
		if err := sessions.MakeRoom(ctx, u.ID, session.Token, a.rules.Sessions.PerUser, now); err != nil {
			return err
		}
		return sessions.CreateFamily(ctx, f)
	})
	if err != nil {
		return Issued{}, err
	}
	return a.issue(f, owner, now)
}

// issue signs the current tokens of a family. Signed again, they are the same tokens (RFC 7519 has the jti for that),
// though an ECDSA signature differs each time.
func (a *Accounts) issue(f session.Family, u user.User, now time.Time) (Issued, error) {
	claims := token.Claims{Subject: subject(u.ID), Session: f.PublicID, IssuedAt: f.Issued().Unix()}
	claims.ID, claims.Expires = f.AccessID, f.AccessExpires.Unix()
	access, err := a.tokens.Sign(token.Access, claims, now)
	if err != nil {
		return Issued{}, err
	}
	claims.ID, claims.Expires = f.RefreshID, f.IdleExpires.Unix()
	refresh, err := a.tokens.Sign(token.Refresh, claims, now)
	if err != nil {
		return Issued{}, err
	}
	return Issued{
		User: u, Access: access, Refresh: refresh,
		AccessLife: f.AccessExpires.Sub(f.Issued()), RefreshLife: f.IdleExpires.Sub(f.Issued()),
	}, nil
}

func subject(userID int64) string { return strconv.FormatInt(userID, 10) }

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

// ReusedError is token.ErrReused, and whose token it was.
type ReusedError struct{ UserID int64 }

func (*ReusedError) Error() string { return token.ErrReused.Error() }

// Unwrap returns token.ErrReused.
func (*ReusedError) Unwrap() error { return token.ErrReused }

// Refresh exchanges a refresh token for the next two tokens. One that was exchanged a moment ago, as by another tab,
// gets the same two; any other that was exchanged before ends the family, since one of its two holders stole it (RFC
// 9700, 4.14.2). Errors: token.ErrInvalid, token.ErrExpired, token.ErrRevoked, *ReusedError.
func (a *Accounts) Refresh(ctx context.Context, refresh string, now time.Time) (Issued, error) {
	claims, err := a.tokens.Parse(token.Refresh, refresh, now)
	if err != nil {
		return Issued{}, err
	}
	sessions := session.In(a.db)
	for range attempts {
		f, u, err := a.family(ctx, claims, now)
		switch {
		case err != nil:
			return Issued{}, err
		case f.Replays(claims.ID, now):
			return a.issue(f, u, now)
		case f.RefreshID != claims.ID:
			if err := sessions.Delete(ctx, f.PublicID); err != nil {
				return Issued{}, unavailable("end token family", err)
			}
			return Issued{}, &ReusedError{u.ID}
		}
		next := f.Next(a.rules.Sessions, now)
		err = sessions.Exchange(ctx, next, now)
		if err == nil {
			return a.issue(next, u, now)
		}
		if !errors.Is(err, session.ErrNotFound) {
			return Issued{}, unavailable("refresh tokens", err)
		}
		// Another request was faster, so that this token is not the one to be exchanged any more; look again.
	}
	return Issued{}, fmt.Errorf("%w: a refresh token could not be exchanged, though it seems to be the current one", db.ErrUnavailable)
}

// SignOutTokens ends the families of these tokens, puts the tokens onto the blacklist, and returns the ids of the users
// who were signed in; with another scope than Local more sessions end, as with SignOut. A token that has expired still
// names its family. What is no token of ours is passed over.
func (a *Accounts) SignOutTokens(ctx context.Context, scope Scope, access, refresh string, now time.Time) ([]int64, error) {
	var all, unexpired []token.Claims
	for kind, text := range map[token.Kind]string{token.Access: access, token.Refresh: refresh} {
		claims, err := a.tokens.Parse(kind, text, now)
		switch {
		case err == nil:
			unexpired = append(unexpired, claims)
			all = append(all, claims)
		case errors.Is(err, token.ErrExpired):
			all = append(all, claims)
		case !errors.Is(err, token.ErrInvalid):
			return nil, err
		}
	}
	if len(all) == 0 {
		return nil, nil
	}
	var users []int64
	err := a.db.WithTx(ctx, func(tx *db.Tx) error {
		users = nil
		sessions := session.In(tx)
		var families []string
		for _, c := range all {
			s, err := sessions.FindFamily(ctx, c.Session)
			if errors.Is(err, session.ErrNotFound) {
				continue
			}
			if err != nil {
				return err
			}
			families = append(families, s.PublicID)
			if s.Live(now) && !slices.Contains(users, s.UserID) {
				users = append(users, s.UserID)
			}
		}
		if scope != Others {
			for _, c := range unexpired {
				if err := token.BlacklistIn(tx).Add(ctx, c); err != nil {
					return err
				}
			}
		}
		return signOut(ctx, sessions, scope, users, families)
	})
	return users, unavailable("sign out tokens", err)
}
