package user

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"gatehouse/db"
)

// Verified tells whether somebody has confirmed that a user's address is theirs; ErrNotFound if there is no such user.
func (s Store) Verified(ctx context.Context, id int64) (bool, error) {
	var at sql.NullInt64
	err := s.q.QueryRow(ctx, func(row db.Row) error { return row.Scan(&at) }, "SELECT u.gh_email_verified FROM users u WHERE u.id = ?", id)
	if errors.Is(err, db.ErrNoRows) {
		return false, ErrNotFound
	}
	if err != nil {
		return false, fmt.Errorf("find verification: %w", err)
	}
	return at.Int64 > unverified, nil
}
