package account

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"gatehouse/db"
	"gatehouse/models/session"
	"gatehouse/models/user"
)

// Current finds the one live session among the secrets of a request and its user: one SQL statement, which
// others may share, and none without a secret or where it is in memory. Nobody may change the user that it points to.
// Errors: session.ErrNotFound, session.ErrExpired, session.ErrAmbiguous.
func (a *Accounts) Current(ctx context.Context, secrets []session.Secret, now time.Time) (Current, error) {
	if len(secrets) == 0 {
		return Current{}, session.ErrNotFound
	}
	if len(secrets) == 1 {
		if c, ok := a.memory.find(ctx, secrets[0].Hash(), now); ok {
			return c, nil
		}
	}
	turn := a.memory.begin()
	found, err := a.findAll(ctx, hashesOf(secrets))
	if err != nil {
		return Current{}, err
	}
	live := liveOnes(found, now)
	switch {
	case len(live) == 1:
		a.memory.keep(turn, live[0], now)
		return live[0], nil
	case len(live) > 1:
		return Current{}, session.ErrAmbiguous
	case len(found) > 0:
		return Current{}, session.ErrExpired
	default:
		return Current{}, session.ErrNotFound
	}
}

// findAll returns the sessions with these hashes, live or not, but none whose user is gone or disabled.
func (a *Accounts) findAll(ctx context.Context, hashes []session.Hash) ([]Current, error) {
	if len(hashes) == 1 {
		return a.lookups.find(ctx, hashes[0])
	}
	var found []Current
	for some := range slices.Chunk(hashes, session.AtOnce) {
		more, err := a.find(ctx, some)
		if err != nil {
			return nil, err
		}
		found = append(found, more...)
	}
	return found, nil
}

// find asks for all of them with one statement.
func (a *Accounts) find(ctx context.Context, hashes []session.Hash) ([]Current, error) {
	var found []Current
	where, args := session.Having(padded(hashes))
	err := a.db.Query(ctx, func(row db.Row) error {
		var s session.Row
		var u user.Row
		if err := row.Scan(append(s.Dest(), u.Dest()...)...); err != nil {
			return fmt.Errorf("%w: %w", errUnreadable, err)
		}
		c := Current{Session: s.Session()}
		if owner, ok := u.User(); ok {
			c.User = &owner
		}
		if c.Session.UserID == 0 || (c.User != nil && c.User.Active()) {
			found = append(found, c)
		}
		return nil
	}, "SELECT "+session.Columns+", "+user.Columns+" FROM sessions s LEFT JOIN users u ON u.id = s.user_id "+
		"WHERE "+where+" AND s.kind = ?", append(args, string(session.Cookie))...)
	return found, unavailable("find session", err)
}

// errUnreadable says that a row holds what cannot be read, so that nothing is known of the others of its statement.
var errUnreadable = errors.New("unreadable row")

// padded repeats the last hash until their number is a power of two, so that there are few different statements to prepare.
func padded(hashes []session.Hash) []session.Hash {
	hashes = slices.Clip(hashes) // others may read it
	for len(hashes)&(len(hashes)-1) != 0 {
		hashes = append(hashes, hashes[len(hashes)-1])
	}
	return hashes
}

func liveOnes(found []Current, now time.Time) []Current {
	var live []Current
	for _, c := range found {
		if c.Session.Live(now) {
			live = append(live, c)
		}
	}
	return live
}

// Sessions returns a user's live sessions, the newest first.
func (a *Accounts) Sessions(ctx context.Context, userID int64, now time.Time) ([]session.Session, error) {
	return session.In(a.db).List(ctx, userID, now)
}
