package account

import (
	"context"
	"strconv"
	"time"

	"gatehouse/db"
	"gatehouse/models/event"
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
// those of SignIn.
func (a *Accounts) SignInForTokens(ctx context.Context, in Credentials, v Visitor, now time.Time) (Issued, error) {
	var f session.Family
	var owner user.User
	err := a.signIn(ctx, in, v, now, func(tx *db.Tx, u user.User) error {
		owner, f = u, session.NewFamily(u.ID, a.rules.Sessions, v.Device, now)
		sessions := session.In(tx)
		if err := sessions.MakeRoom(ctx, u.ID, session.Token, a.rules.Sessions.PerUser, now); err != nil {
			return err
		}
		if err := sessions.CreateFamily(ctx, f); err != nil {
			return err
		}
		return event.In(tx).Add(ctx, event.SignIn, u.ID, string(session.Token), now)
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
