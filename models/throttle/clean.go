package throttle

import (
	"context"
	"fmt"
	"time"

	"gatehouse/db"
)

// dead is the condition of a row that counts for nothing: what a killed server left in it is too old as well. It takes now,
// and the time at which the longest window began that ends now.
const dead = "expires <= ? AND (running = '' OR lease <= ?)"

// longestWindow is for how long failures can be remembered at most: the settings allow a year.
const longestWindow = 366 * 24 * time.Hour

// Clean deletes counters that have expired, in small portions, until there are none or ctx ends. Doing it again, or on two
// servers at once, does no harm.
func (s Store) Clean(ctx context.Context, portion int, now time.Time) error {
	at, begun := now.UnixMilli(), now.Add(-longestWindow).UnixMilli()
	for {
		var keys []any
		err := s.q.Query(ctx, func(row db.Row) error {
			var key []byte
			err := row.Scan(&key)
			keys = append(keys, key)
			return err
		}, "SELECT bucket FROM gatehouse_attempts WHERE "+dead+" ORDER BY expires LIMIT ?", at, begun, portion)
		if err != nil {
			return fmt.Errorf("list expired counters: %w", err)
		}
		if len(keys) == 0 {
			return nil
		}
		// Looked at again: somebody may have begun to try meanwhile.
		_, err = s.q.Exec(ctx, "DELETE FROM gatehouse_attempts WHERE bucket IN ("+db.Placeholders(len(keys))+") AND "+dead, append(keys, at, begun)...)
		if err != nil {
			return fmt.Errorf("delete expired counters: %w", err)
		}
		if len(keys) < portion {
			return nil
		}
	}
}
