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
	AccessLife      time.Duration // what is left of it, in whole seconds
	RefreshLife     time.Duration
	Replayed        bool // the refresh token had been exchanged a moment ago, and these are the same two tokens again
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
	second := now.Truncate(time.Second)
	return Issued{
		User: u, Access: access, Refresh: refresh,
		AccessLife: f.AccessExpires.Sub(second), RefreshLife: f.IdleExpires.Sub(second),
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
			again, err := a.issue(f, u, now)
			again.Replayed = true
			return again, err
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
// who were signed in; with another scope than Local more sessions end, as with SignOut. A token that has expired ends
// its own family and no other session. What is no token of ours is passed over. Errors: db.ErrUnavailable, also where
// one of the tokens could not be judged; the others are signed out then.
func (a *Accounts) SignOutTokens(ctx context.Context, scope Scope, texts []string, now time.Time) ([]int64, error) {
	var all []bearer
	var unsure error
	for _, text := range texts {
		b, err := a.parseEither(text, now)
		switch {
		case err == nil:
			all = append(all, b)
		case !errors.Is(err, token.ErrInvalid):
			unsure = err
		}
	}
	if len(all) == 0 {
		return nil, unsure
	}
	var users []int64
	err := a.db.WithTx(ctx, func(tx *db.Tx) (err error) {
		users, err = signOutTokens(ctx, tx, scope, all, now)
		return err
	})
	return users, errors.Join(unavailable("sign out tokens", err), unsure)
}

// bearer is what a token of either kind says to the one route that asks no more of it than its family.
type bearer struct {
	token.Claims
	expired bool
}

func (a *Accounts) parseEither(text string, now time.Time) (bearer, error) {
	claims, err := a.tokens.Parse(token.Access, text, now)
	if errors.Is(err, token.ErrInvalid) {
		claims, err = a.tokens.Parse(token.Refresh, text, now)
	}
	if errors.Is(err, token.ErrExpired) {
		return bearer{claims, true}, nil
	}
	return bearer{claims, false}, err
}

func signOutTokens(ctx context.Context, tx *db.Tx, scope Scope, all []bearer, now time.Time) ([]int64, error) {
	sessions, blacklist := session.In(tx), token.BlacklistIn(tx)
	var users, reach []int64 // whose families end, and whose other sessions the scope may reach
	var families []string
	for _, b := range all {
		s, err := sessions.FindFamily(ctx, b.Session)
		if errors.Is(err, session.ErrNotFound) {
			continue // it has ended, and with it the token
		}
		if err != nil {
			return nil, err
		}
		families = append(families, s.PublicID)
		if s.Live(now) && !slices.Contains(users, s.UserID) {
			users = append(users, s.UserID)
		}
		if b.expired {
			continue
		}
		if s.Live(now) && !slices.Contains(reach, s.UserID) {
			reach = append(reach, s.UserID)
		}
		if scope == Others {
			continue
		}
		if err := blacklist.Add(ctx, b.Claims); err != nil {
			return nil, err
		}
	}
	return users, signOut(ctx, sessions, scope, reach, families)
}
