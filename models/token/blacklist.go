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

// Clean takes tokens off that have expired, in small portions, until there are none or ctx ends. Doing it again, or on
// two servers at once, does no harm.
func (b Blacklist) Clean(ctx context.Context, portion int, now time.Time) error {
	for {
		var expired []any
		err := b.q.Query(ctx, func(row db.Row) error {
			var jti string
			err := row.Scan(&jti)
			expired = append(expired, jti)
			return err
		}, "SELECT b.jti FROM blacklist b WHERE b.expires <= ? ORDER BY b.expires LIMIT ?", now.UnixMilli(), portion)
		if err != nil {
			return fmt.Errorf("list expired tokens: %w", err)
		}
		if len(expired) == 0 {
			return nil
		}
		if _, err := b.q.Exec(ctx, "DELETE FROM blacklist WHERE jti IN ("+db.Placeholders(len(expired))+")", expired...); err != nil {
			return fmt.Errorf("delete expired tokens: %w", err)
		}
		if len(expired) < portion {
			return nil
		}
	}
}
