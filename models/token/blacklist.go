package token

import (
	"context"
	"fmt"
	"time"

	"gatehouse/db"
)

// NotBlacklisted is a condition of a query: no token of this jti was signed out. It takes one argument, the jti.
const NotBlacklisted = "NOT EXISTS (SELECT 1 FROM blacklist b WHERE b.jti = ?)"

// Blacklist is the tokens that were signed out, by their jti, until they expire.
type Blacklist struct{ q db.Querier }

// BlacklistIn returns the blacklist of a database or transaction.
func BlacklistIn(q db.Querier) Blacklist { return Blacklist{q} }

// Add puts a token onto the list; one that is there already is no error.
func (b Blacklist) Add(ctx context.Context, c Claims) error {
	_, err := b.q.Exec(ctx, "INSERT INTO blacklist (jti, expires) VALUES (?, ?)", c.ID, c.expiresAt().UnixMilli())
	if err != nil && !db.IsDuplicate(err) {
		return fmt.Errorf("blacklist token: %w", err)
	}
	return nil
}

// Clean takes tokens off that have expired, as db.Purge does.
func (b Blacklist) Clean(ctx context.Context, portion int, now time.Time) error {
	old := db.Old{Table: "blacklist", Key: "jti", Condition: "expires <= ?", Args: []any{now.UnixMilli()}, Order: "expires"}
	return db.Purge[string](ctx, b.q, old, portion)
}
