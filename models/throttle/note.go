package throttle

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"gatehouse/db"
)

// Note returns true for a bucket once in so long a time, on all servers together: then the caller writes an event. It uses a row of
// its own, which changes nothing for those who try.
func (s Store) Note(ctx context.Context, b Bucket, every time.Duration, now time.Time) (bool, error) {
	key, until := id(sha256.Sum256(append([]byte("note\x00"), b.id[:]...))), now.Add(every).UnixMilli()
	var quiet int64
	err := s.q.QueryRow(ctx, func(row db.Row) error { return row.Scan(&quiet) },
		"SELECT a.expires FROM gatehouse_attempts a WHERE a.bucket = ?", key[:])
	switch {
	case errors.Is(err, db.ErrNoRows):
		err = s.insert(ctx, key, until)
		if db.IsDuplicate(err) {
			return false, nil
		}
		return err == nil, err
	case err != nil:
		return false, fmt.Errorf("find note: %w", err)
	case quiet > now.UnixMilli():
		return false, nil
	}
	done, err := s.q.Exec(ctx, "UPDATE gatehouse_attempts SET expires = ? WHERE bucket = ? AND expires <= ?", until, key[:], now.UnixMilli())
	if err != nil {
		return false, fmt.Errorf("note: %w", err)
	}
	return done.Affected == 1, nil
}
