package user

import (
	"context"
	"fmt"
	"time"

	"gatehouse/db"
)

// SetVerified notes that somebody has confirmed a user's address. Errors: ErrNotFound.
func (s Store) SetVerified(ctx context.Context, id int64, now time.Time) error {
	return s.setOne(ctx, "UPDATE users SET gh_email_verified = ?, gh_applied = NULL, "+revised+" WHERE id = ?", now.UnixMilli(), id)
}

// SetEmail gives a user an address that they have confirmed. Errors: ErrEmailTaken if another row has it, ErrNotFound.
func (s Store) SetEmail(ctx context.Context, id int64, email Email, now time.Time) error {
	if err := s.clearKeys(ctx, email, id); err != nil {
		return err
	}
	err := s.setOne(ctx, "UPDATE users SET email = ?, gh_email_key = ?, gh_email_verified = ?, gh_applied = NULL, "+revised+" WHERE id = ?",
		email.typed, email.key, now.UnixMilli(), id)
	if db.IsDuplicate(err) {
		return ErrEmailTaken
	}
	if err != nil {
		return fmt.Errorf("set e-mail address: %w", err)
	}
	return nil
}

// Withdraw deletes a user who has signed up and waits for the address to be confirmed. ErrInUse if that is not so, or not any
// more, or if the operator's foreign keys forbid it.
func (s Store) Withdraw(ctx context.Context, id int64) error {
	done, err := s.q.Exec(ctx, "DELETE FROM users WHERE id = ? AND gh_applied IS NOT NULL AND gh_email_verified = ? AND state = ?", id, unverified, Active)
	if db.IsForeignKey(err) || err == nil && done.Affected == 0 {
		return ErrInUse
	}
	if err != nil {
		return fmt.Errorf("withdraw user: %w", err)
	}
	return nil
}
