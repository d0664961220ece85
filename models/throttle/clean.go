package throttle

import (
	"context"
	"time"

	"gatehouse/db"
)

// dead is the condition of a row that counts for nothing: what a killed server left in it is too old as well. It takes now,
// and the time at which the longest window began that ends now.
const dead = "expires <= ? AND (running = '' OR lease <= ?)"

// longestWindow is for how long failures can be remembered at most: the settings allow a year.
const longestWindow = 366 * 24 * time.Hour

// Clean deletes counters that have expired, as db.Purge does.
func (s Store) Clean(ctx context.Context, portion int, now time.Time) error {
	old := db.Old{Table: "gatehouse_attempts", Key: "bucket", Condition: dead, Args: []any{now.UnixMilli(), now.Add(-longestWindow).UnixMilli()}, Order: "expires"}
	return db.Purge[[]byte](ctx, s.q, old, portion)
}
