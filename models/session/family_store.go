package session

import (
	"context"
	"database/sql"
	"time"
)

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
	return st.insert(ctx, inserted+", refresh_jti, access_jti, access_expires, rotated",
		append(f.values(), f.RefreshID, f.AccessID, f.AccessExpires.UnixMilli(), f.Rotated.UnixMilli()))
}

// FindFamily returns the session of a family, an ended one too; ErrNotFound if there is none of this public id.
func (st Store) FindFamily(ctx context.Context, publicID string) (Session, error) {
	found, err := st.query(ctx, "find family", "WHERE s.public_id = ? AND s.kind = ?", publicID, string(Token))
	if err != nil {
		return Session{}, err
	}
	if len(found) == 0 {
		return Session{}, ErrNotFound
	}
	return found[0], nil
}

// Exchange makes next of a live family, on condition that its refresh token is still the one that next follows:
// of several that try, one succeeds. ErrNotFound if another did, or the family has ended.
func (st Store) Exchange(ctx context.Context, next Family, now time.Time) error {
	return st.update(ctx, "exchange refresh token",
		"UPDATE sessions SET previous_jti = ?, refresh_jti = ?, access_jti = ?, access_expires = ?, rotated = ?, idle_expires = ?, last_seen = ? "+
			"WHERE public_id = ? AND kind = ? AND refresh_jti = ? AND idle_expires > ? AND absolute_expires > ?",
		next.PreviousID, next.RefreshID, next.AccessID, next.AccessExpires.UnixMilli(), next.Rotated.UnixMilli(),
		next.IdleExpires.UnixMilli(), next.LastSeen.UnixMilli(),
		next.PublicID, string(Token), next.PreviousID, now.UnixMilli(), now.UnixMilli())
}

// Freshen counts a live family as freshly proved; its tokens stay as they are. ErrNotFound if it has ended meanwhile.
func (st Store) Freshen(ctx context.Context, publicID string, now time.Time) error {
	return st.update(ctx, "freshen family",
		"UPDATE sessions SET authenticated_at = ? WHERE public_id = ? AND kind = ? AND idle_expires > ? AND absolute_expires > ?",
		now.UnixMilli(), publicID, string(Token), now.UnixMilli(), now.UnixMilli())
}
