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

// Clean forgets devices that were not signed in with since a time, in small portions, until there are none or ctx ends.
// Doing it again, or on two servers at once, does no harm.
func (s Store) Clean(ctx context.Context, portion int, before time.Time) error {
	for {
		old, err := s.list(ctx, "WHERE d.last_used < ? ORDER BY d.last_used LIMIT ?",
			before.UnixMilli(), portion)
		if err != nil || len(old) == 0 {
			return err
		}
		ids := []any{before.UnixMilli()}
		for _, d := range old {
			ids = append(ids, d.id)
		}
		// Looked at again: somebody may have signed in meanwhile.
		_, err = s.q.Exec(ctx, "DELETE FROM gatehouse_devices WHERE last_used < ? AND id IN ("+db.Placeholders(len(old))+")", ids...)
		if err != nil {
			return fmt.Errorf("delete old devices: %w", err)
		}
		if len(old) < portion {
			return nil
		}
	}
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
