package session

import (
	"database/sql"
	"time"
)

// Columns are read by Row, from a table that the query calls s.
const Columns = "s.id_hash, s.public_id, s.user_id, s.kind, s.data, s.created, s.authenticated_at, s.last_seen, " +
	"s.idle_expires, s.absolute_expires, s.remember, s.ip, s.user_agent"

// Row takes the Columns of one row.
type Row struct {
	hash                                        []byte
	publicID, kind                              string
	userID, authenticated                       sql.NullInt64
	data                                        []byte
	created, lastSeen, idleExpires, absoluteEnd int64
	remember                                    bool
	ip, userAgent                               sql.NullString
}

// Dest returns the places to scan the Columns into.
func (r *Row) Dest() []any {
	return []any{
		&r.hash, &r.publicID, &r.userID, &r.kind, &r.data, &r.created, &r.authenticated, &r.lastSeen,
		&r.idleExpires, &r.absoluteEnd, &r.remember, &r.ip, &r.userAgent,
	}
}

// Session returns the session of the row.
func (r *Row) Session() Session {
	s := Session{
		PublicID:        r.publicID,
		UserID:          r.userID.Int64,
		Kind:            kindOf(r.kind),
		Data:            r.data,
		Created:         time.UnixMilli(r.created).UTC(),
		LastSeen:        time.UnixMilli(r.lastSeen).UTC(),
		IdleExpires:     time.UnixMilli(r.idleExpires).UTC(),
		AbsoluteExpires: time.UnixMilli(r.absoluteEnd).UTC(),
		Remember:        r.remember,
		IP:              r.ip.String,
		UserAgent:       r.userAgent.String,
	}
	copy(s.Hash[:], r.hash)
	if r.authenticated.Valid {
		s.AuthenticatedAt = time.UnixMilli(r.authenticated.Int64).UTC()
	}
	return s
}

// kindOf does not hold on to the text that was read, of which each row has one.
func kindOf(text string) Kind {
	switch kind := Kind(text); kind {
	case Cookie:
		return Cookie
	case Token:
		return Token
	default:
		return kind
	}
}
