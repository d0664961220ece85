package device

import (
	"context"
	"errors"
	"fmt"

	"gatehouse/db"
	"gatehouse/models/session"
)

// FindByKey does what Find does for the user whose canonical e-mail address this is. Nobody else's device is found, and none
// for an address that nobody has.
func (s Store) FindByKey(ctx context.Context, hash session.Hash, key string) (id int64, err error) {
	err = s.q.QueryRow(ctx, func(row db.Row) error { return row.Scan(&id) },
		"SELECT d.id FROM gatehouse_devices d JOIN users u ON u.id = d.user_id WHERE d.hash = ? AND u.gh_email_key = ?", hash[:], key)
	if errors.Is(err, db.ErrNoRows) {
		return 0, ErrNotFound
	}
	if err != nil {
		return 0, fmt.Errorf("find device: %w", err)
	}
	return id, nil
}
