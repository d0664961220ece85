package user

import (
	"context"
	"database/sql"
	"fmt"
	"math"

	"gatehouse/db"
)

// Exported is a user with all that an export tells.
type Exported struct {
	Stored
	Verified *int64 // as in Import
}

// beside scans one more column than those that another scan knows.
type beside struct {
	db.Row
	last any
}

func (b beside) Scan(dest ...any) error { return b.Row.Scan(append(dest, b.last)...) }

// Export calls each for every user, in the order of their ids, a page at a time.
func (s Store) Export(ctx context.Context, each func(Exported) error) error {
	for last := int64(math.MinInt64); ; {
		var page []Exported
		err := s.q.Query(ctx, func(row db.Row) error {
			var verified sql.NullInt64
			u, err := scanStored(beside{row, &verified})
			e := Exported{Stored: u}
			if verified.Valid {
				e.Verified = &verified.Int64
			}
			page = append(page, e)
			return err
		}, "SELECT "+Columns+", u.password, u.gh_email_key, u.gh_hash, u.gh_hash_of, u.gh_email_verified FROM users u WHERE u.id > ? ORDER BY u.id LIMIT ?", last, pageSize)
		if err != nil {
			return fmt.Errorf("list users: %w", err)
		}
		for _, u := range page {
			if err := each(u); err != nil {
				return err
			}
			last = u.ID
		}
		if len(page) < pageSize {
			return nil
		}
	}
}
