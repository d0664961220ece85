package account

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"gatehouse/db"
	"gatehouse/models/device"
	"gatehouse/models/event"
	"gatehouse/models/link"
	"gatehouse/models/mail"
	"gatehouse/models/session"
	"gatehouse/models/user"
)

// endSessions ends all sessions of a user but those that are kept, and what was asked for in them and is not done yet: whoever
// loses a session must not get the account by a mail that comes later.
func endSessions(ctx context.Context, tx *db.Tx, userID int64, keep ...string) error {
	if err := session.In(tx).DeleteAll(ctx, userID, keep...); err != nil {
		return err
	}
	return voidWishes(ctx, tx, userID)
}

// voidWishes makes mailed links worthless, in the outbox first, so that none is made in between. It belongs into a transaction that
// has written the user's row before anything else of theirs: so the acts of a user take turns, also on a cluster, where only
// what changes makes others wait.
func voidWishes(ctx context.Context, tx *db.Tx, userID int64) error {
	if err := mail.In(tx).Forget(ctx, userID, mail.Reset, mail.EmailChange); err != nil {
		return err
	}
	return link.In(tx).DeleteAll(ctx, userID, link.Reset, link.EmailChange)
}

// nextHolder returns the user with the lowest id above another who has a session, a link or a waiting mail, if there is one. Not
// each of these ends with the sessions, but asked for by the user alone they are found by an index, however many there are.
func (a *Accounts) nextHolder(ctx context.Context, after int64) (id int64, found bool, err error) {
	var next sql.NullInt64
	err = a.db.QueryRow(ctx, func(row db.Row) error { return row.Scan(&next) }, "SELECT MIN(h.user_id) FROM ("+
		"SELECT MIN(s.user_id) AS user_id FROM sessions s WHERE s.user_id > ? UNION ALL "+
		"SELECT MIN(o.user_id) FROM gatehouse_outbox o WHERE o.user_id > ? UNION ALL "+
		"SELECT MIN(l.user_id) FROM gatehouse_links l WHERE l.user_id > ?) h", after, after, after)
	if err != nil {
		return 0, false, fmt.Errorf("find the next holder of sessions: %w", err)
	}
	return next.Int64, next.Valid, nil
}

// Leave deletes the user and all their sessions; their events stay. Errors: user.ErrInUse.
func (a *Accounts) Leave(ctx context.Context, c Current, now time.Time) error {
	err := a.db.WithTx(ctx, func(tx *db.Tx) error { return remove(ctx, tx, c.User.ID, event.AccountDeleted, now) })
	if errors.Is(err, user.ErrNotFound) { // they are gone already, and sessions without a user let nobody in
		a.memory.drop(c.User.ID, c.Session.Hash)
		return nil
	}
	return err
}

// remove deletes a user and all that is theirs alone. Their events stay, and notices to them are sent. Errors:
// user.ErrNotFound, user.ErrInUse.
func remove(ctx context.Context, tx *db.Tx, id int64, kind event.Kind, now time.Time) error {
	if err := user.In(tx).Delete(ctx, id); err != nil {
		return err
	}
	if err := forget(ctx, tx, id); err != nil {
		return err
	}
	return event.In(tx).Add(ctx, kind, id, "", now)
}

// forget deletes what belongs to a user's id beside the user.
func forget(ctx context.Context, tx *db.Tx, id int64) error {
	if err := session.In(tx).DeleteAll(ctx, id); err != nil {
		return err
	}
	if err := device.In(tx).DeleteAll(ctx, id); err != nil {
		return err
	}
	if err := mail.In(tx).Forget(ctx, id, mail.Reset, mail.Verify, mail.EmailChange); err != nil {
		return err
	}
	return link.In(tx).DeleteAll(ctx, id)
}

// forgetFormer does so for somebody who had the id of a new user before, as it happens in old tables whose ids are used again.
// It looks first: deleting where there is nothing would lock a gap of the index, in which two sign-ups at once block each
// other.
func forgetFormer(ctx context.Context, tx *db.Tx, keys ...any) error {
	var ids []int64
	err := tx.Query(ctx, func(row db.Row) error {
		var id int64
		err := row.Scan(&id)
		ids = append(ids, id)
		return err
	}, "SELECT u.id FROM users u WHERE u.gh_email_key IN ("+db.Placeholders(len(keys))+") AND ("+
		"EXISTS (SELECT 1 FROM sessions s WHERE s.user_id = u.id) OR EXISTS (SELECT 1 FROM gatehouse_devices d WHERE d.user_id = u.id) OR "+
		"EXISTS (SELECT 1 FROM gatehouse_links l WHERE l.user_id = u.id) OR EXISTS (SELECT 1 FROM gatehouse_outbox o WHERE o.user_id = u.id))", keys...)
	if err != nil {
		return fmt.Errorf("find what a former user left: %w", err)
	}
	for _, id := range ids {
		if err := forget(ctx, tx, id); err != nil {
			return err
		}
	}
	return nil
}
