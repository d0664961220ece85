package session

import (
	"context"
	"crypto/rand"
	"database/sql"
	"fmt"
	"strings"
	"time"
)

// Grace is how long a refresh token that was exchanged may come again, while its successor is unused, as it does when
// two tabs refresh at once or an answer was lost (RFC 9700, 4.14.2).
const Grace = 10 * time.Second

// Family is the session of somebody who holds tokens: an access token and a refresh token at a time, which a refresh
// exchanges for the next two. The ids name tokens and are no secrets. IdleExpires is the end of the refresh token.
type Family struct {
	Session
	RefreshID     string // of the refresh token that may be exchanged next
	PreviousID    string // of the one that was exchanged for it; "" before the first refresh
	AccessID      string // of the access token that came with RefreshID
	AccessExpires time.Time
	Rotated       time.Time // when the two were given out
}

// NewFamily returns the family of a user who has just proved who they are.
func NewFamily(userID int64, l Limits, d Device, now time.Time) Family {
	s, _ := start(l.Family, d, now) // nobody gets the secret: no cookie opens a family
	s.Kind, s.UserID, s.AuthenticatedAt = Token, userID, now
	s.AbsoluteExpires = s.AbsoluteExpires.Truncate(time.Second)
	f := Family{Session: s}
	f.giveOut(l, now)
	return f
}

// Next is the family once its refresh token has been exchanged.
func (f Family) Next(l Limits, now time.Time) Family {
	f.PreviousID, f.LastSeen = f.RefreshID, now
	f.giveOut(l, now)
	return f
}

// giveOut names two new tokens. Their times are whole seconds, as in tokens, and never past the absolute limit.
func (f *Family) giveOut(l Limits, now time.Time) {
	f.RefreshID, f.AccessID, f.Rotated = newTokenID(), newTokenID(), now
	issued := f.Issued()
	f.AccessExpires = earlier(issued.Add(l.Access), f.AbsoluteExpires)
	f.IdleExpires = earlier(issued.Add(l.Refresh), f.AbsoluteExpires)
}

// Issued is the time that the two tokens carry.
func (f Family) Issued() time.Time { return f.Rotated.Truncate(time.Second) }

// Replays tells whether a refresh token that was exchanged already may have the same successors once more. That the
// successor is unused follows from PreviousID, which moves on when it is exchanged. Another server made the exchange,
// perhaps, whose clock may be a little ahead.
func (f Family) Replays(refreshID string, now time.Time) bool {
	return f.PreviousID != "" && refreshID == f.PreviousID && now.Sub(f.Rotated).Abs() <= Grace
}

func newTokenID() string { return strings.ToLower(rand.Text()) }

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// FamilyColumns are read by FamilyRow, from a table that the query calls s.
const FamilyColumns = Columns + ", s.refresh_jti, s.previous_jti, s.access_jti, s.access_expires, s.rotated"

// FamilyRow takes the FamilyColumns of one row.
type FamilyRow struct {
	Row
	refresh, previous, access sql.NullString
	accessExpires, rotated    sql.NullInt64
}

// Dest returns the places to scan the FamilyColumns into.
func (r *FamilyRow) Dest() []any {
	return append(r.Row.Dest(), &r.refresh, &r.previous, &r.access, &r.accessExpires, &r.rotated)
}

// Family returns the family of the row.
func (r *FamilyRow) Family() Family {
	return Family{
		Session: r.Session(), RefreshID: r.refresh.String, PreviousID: r.previous.String, AccessID: r.access.String,
		AccessExpires: time.UnixMilli(r.accessExpires.Int64).UTC(), Rotated: time.UnixMilli(r.rotated.Int64).UTC(),
	}
}

// CreateFamily inserts a family.
func (st Store) CreateFamily(ctx context.Context, f Family) error {
	return st.insert(ctx, f.Session, ", refresh_jti, access_jti, access_expires, rotated",
		f.RefreshID, f.AccessID, f.AccessExpires.UnixMilli(), f.Rotated.UnixMilli())
}

// Exchange makes next of a live family, on condition that its refresh token is still the one that next follows:
// of several that try, one succeeds. ErrNotFound if another did, or the family has ended.
func (st Store) Exchange(ctx context.Context, next Family, now time.Time) error {
	done, err := st.q.Exec(ctx,
		"UPDATE sessions SET previous_jti = ?, refresh_jti = ?, access_jti = ?, access_expires = ?, rotated = ?, idle_expires = ?, last_seen = ? "+
			"WHERE public_id = ? AND kind = ? AND refresh_jti = ? AND idle_expires > ? AND absolute_expires > ?",
		next.PreviousID, next.RefreshID, next.AccessID, next.AccessExpires.UnixMilli(), next.Rotated.UnixMilli(),
		next.IdleExpires.UnixMilli(), next.LastSeen.UnixMilli(),
		next.PublicID, string(Token), next.PreviousID, now.UnixMilli(), now.UnixMilli())
	if err != nil {
		return fmt.Errorf("exchange refresh token: %w", err)
	}
	if done.Affected == 0 {
		return ErrNotFound
	}
	return nil
}

// Freshen counts a live family as freshly proved; its tokens stay as they are. ErrNotFound if it has ended meanwhile.
func (st Store) Freshen(ctx context.Context, publicID string, now time.Time) error {
	done, err := st.q.Exec(ctx,
		"UPDATE sessions SET authenticated_at = ? WHERE public_id = ? AND kind = ? AND idle_expires > ? AND absolute_expires > ?",
		now.UnixMilli(), publicID, string(Token), now.UnixMilli(), now.UnixMilli())
	if err != nil {
		return fmt.Errorf("freshen family: %w", err)
	}
	if done.Affected == 0 {
		return ErrNotFound
	}
	return nil
}

func (st Store) touchFamily(ctx context.Context, hash Hash, now time.Time) error {
	_, err := st.q.Exec(ctx, "UPDATE sessions SET last_seen = ? WHERE id_hash = ? AND last_seen <= ?",
		now.UnixMilli(), hash[:], now.Add(-TouchEvery).UnixMilli())
	if err != nil {
		return fmt.Errorf("touch family: %w", err)
	}
	return nil
}

// FindFamily returns the session of a family, an ended one too; ErrNotFound if there is none of this public id.
func (st Store) FindFamily(ctx context.Context, publicID string) (Session, error) {
	found, err := st.query(ctx, "find family", "WHERE s.public_id = ? AND s.kind = ?", publicID, string(Token))
	if err == nil && len(found) == 0 {
		return Session{}, ErrNotFound
	}
	if err != nil {
		return Session{}, err
	}
	return found[0], nil
}
