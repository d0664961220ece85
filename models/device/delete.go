package device

import (
	"context"
	"fmt"
	"time"

	"gatehouse/db"
)

// Delete forgets a device; one that is gone already is no error.
func (s Store) Delete(ctx context.Context, id int64) error { return s.delete(ctx, []int64{id}) }

// DeleteAll forgets all devices of a user.
func (s Store) DeleteAll(ctx context.Context, userID int64) error {
	return s.DeleteOthers(ctx, userID, 0)
}

// DeleteOthers forgets all devices of a user but one, 0 for none.
func (s Store) DeleteOthers(ctx context.Context, userID, keep int64) error {
	if _, err := s.q.Exec(ctx, "DELETE FROM gatehouse_devices WHERE user_id = ? AND id <> ?", userID, keep); err != nil {
		return fmt.Errorf("delete devices: %w", err)
	}
	return nil
}

// Clean forgets devices that were not signed in with since a time, as db.Purge does.
func (s Store) Clean(ctx context.Context, portion int, before time.Time) error {
	old := db.Old{Table: "gatehouse_devices", Key: "id", Condition: "last_used < ?", Args: []any{before.UnixMilli()}, Order: "last_used"}
	return db.Purge[int64](ctx, s.q, old, portion)
}

func (s Store) delete(ctx context.Context, ids []int64) error {
	if len(ids) == 0 {
		return nil
	}
	args := make([]any, len(ids))
	for i, id := range ids {
		args[i] = id
	}
	if _, err := s.q.Exec(ctx, "DELETE FROM gatehouse_devices WHERE id IN ("+db.Placeholders(len(ids))+")", args...); err != nil {
		return fmt.Errorf("delete devices: %w", err)
	}
	return nil
}
