package session

import (
	"context"
	"fmt"
	"time"

	"gatehouse/db"
)

// Clean deletes every session that is past its absolute limit and, if sweep, those too that ended by idleness or
// whose user is gone or disabled, which means a look at every session. It works in small portions and stops when ctx ends.
func (st Store) Clean(ctx context.Context, portion int, sweep bool, now time.Time) error {
	old := db.Old{Table: "sessions", Key: "id_hash", Condition: "absolute_expires <= ?", Args: []any{now.UnixMilli()}, Order: "absolute_expires"}
	if err := db.Purge[[]byte](ctx, st.q, old, portion); err != nil {
		return err
	}
	if !sweep {
		return nil
	}
	var at Hash
	for {
		next, err := st.sweep(ctx, at, portion, now)
		if err != nil || next == (Hash{}) {
			return err
		}
		at = next
	}
}

// sweep looks at up to limit sessions that come after a position, in the order of their hashes, deletes those
// that ended by idleness or whose user is gone or disabled, and returns the next position, which is zero at the end.
func (st Store) sweep(ctx context.Context, after Hash, limit int, now time.Time) (next Hash, err error) {
	var dead []Hash
	var seen int
	err = st.q.Query(ctx, func(row db.Row) error {
		var b []byte
		var gone bool
		if err := row.Scan(&b, &gone); err != nil {
			return err
		}
		copy(next[:], b)
		seen++
		if gone {
			dead = append(dead, next)
		}
		return nil
	}, "SELECT s.id_hash, (s.idle_expires <= ? OR (s.user_id IS NOT NULL AND u.id IS NULL)) "+
		"FROM sessions s LEFT JOIN users u ON u.id = s.user_id AND u.state = 1 WHERE s.id_hash > ? ORDER BY s.id_hash LIMIT ?",
		now.UnixMilli(), after[:], limit)
	if err != nil {
		return Hash{}, fmt.Errorf("list dead sessions: %w", err)
	}
	if seen < limit {
		next = Hash{}
	}
	return next, st.deleteDead(ctx, dead, now)
}

// deleteDead looks again, because a request may have moved an idle limit since the session was listed.
func (st Store) deleteDead(ctx context.Context, dead []Hash, now time.Time) error {
	if len(dead) == 0 {
		return nil
	}
	_, err := st.delete(ctx,
		"DELETE FROM sessions WHERE id_hash IN ("+db.Placeholders(len(dead))+") AND (idle_expires <= ? OR "+
			"(user_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM users u WHERE u.id = sessions.user_id AND u.state = 1)))",
		append(hashArgs(dead), now.UnixMilli())...)
	return err
}
