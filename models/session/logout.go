package session

import (
	"context"
	"fmt"

	"gatehouse/db"
)

// Delete ends the sessions with these public ids; one that is gone already is no error. The public id stays
// when a session gets a new secret, so that a logout beside such a change still ends it.
func (st Store) Delete(ctx context.Context, publicIDs ...string) error {
	if len(publicIDs) == 0 {
		return nil
	}
	_, err := st.delete(ctx, "DELETE FROM sessions WHERE public_id IN ("+db.Placeholders(len(publicIDs))+")", anys(publicIDs)...)
	return err
}

// DeleteOne ends the one session of a user that has this public id; ErrNotFound if the user has no such session.
func (st Store) DeleteOne(ctx context.Context, userID int64, publicID string) error {
	n, err := st.delete(ctx, "DELETE FROM sessions WHERE public_id = ? AND user_id = ?", publicID, userID)
	if err == nil && n == 0 {
		return ErrNotFound
	}
	return err
}

// DeleteAll ends every session of a user, of each kind, but those to keep, named by their public ids.
func (st Store) DeleteAll(ctx context.Context, userID int64, keep ...string) error {
	query := "DELETE FROM sessions WHERE user_id = ?"
	if len(keep) > 0 {
		query += " AND public_id NOT IN (" + db.Placeholders(len(keep)) + ")"
	}
	_, err := st.delete(ctx, query, append([]any{userID}, anys(keep)...)...)
	return err
}

func (st Store) delete(ctx context.Context, query string, args ...any) (int64, error) {
	done, err := st.q.Exec(ctx, query, args...)
	if err != nil {
		return 0, fmt.Errorf("delete sessions: %w", err)
	}
	return done.Affected, nil
}
