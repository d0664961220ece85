package account

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gatehouse/db"
	"gatehouse/models/event"
	"gatehouse/models/session"
	"gatehouse/models/token"
	"gatehouse/models/user"
)

// Paired returns token.ErrInvalid unless both tokens belong to one family, whether or not they have expired: two people's
// tokens in one request are a mistake that must not be settled in favour of one of them.
func (a *Accounts) Paired(access, refresh string, now time.Time) error {
	one, err := a.parseEither(access, now)
	if err != nil {
		return err
	}
	other, err := a.parseEither(refresh, now)
	if err == nil && one.Session != other.Session {
		err = token.ErrInvalid
	}
	return err
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
			return a.replay(ctx, f, u, now)
		case f.RefreshID != claims.ID:
			return Issued{}, a.endReused(ctx, f, u, now)
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

// replay issues the current tokens of a family once more.
func (a *Accounts) replay(ctx context.Context, f session.Family, u user.User, now time.Time) (Issued, error) {
	again, err := a.issue(f, u, now)
	if err != nil {
		return Issued{}, err
	}
	again.Replayed = true
	if err := event.In(a.db).Add(ctx, event.RefreshReplayed, u.ID, "", now); err != nil {
		return Issued{}, unavailable("replay refresh", err)
	}
	return again, nil
}

// endReused ends a family one of whose refresh tokens came a second time, with what the thief may have asked for, and returns
// *ReusedError.
func (a *Accounts) endReused(ctx context.Context, f session.Family, u user.User, now time.Time) error {
	err := a.db.WithTx(ctx, func(tx *db.Tx) error {
		if err := user.In(tx).Hold(ctx, u.ID); err != nil && !errors.Is(err, user.ErrNotFound) { // a wish that is on its way comes before
			return err
		}
		if err := session.In(tx).Delete(ctx, f.PublicID); err != nil {
			return err
		}
		if err := voidWishes(ctx, tx, u.ID); err != nil {
			return err
		}
		return event.In(tx).Add(ctx, event.RefreshReused, u.ID, "", now)
	})
	if err != nil {
		return unavailable("end token family", err)
	}
	return &ReusedError{u.ID}
}
