package user

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"gatehouse/db"
)

// Confirm returns ErrChanged unless the hash that counted when u was read still does and the user is active. It makes
// others who change this user wait until the transaction ends. What stands in password is compared here: many collations
// take other texts for the same, and SQLite takes no blob for a text.
func (s Store) Confirm(ctx context.Context, u Stored) error {
	done, err := s.q.Exec(ctx, "UPDATE users SET "+revised+" WHERE id = ? AND state = ?", u.ID, Active)
	if err != nil {
		return fmt.Errorf("confirm password: %w", err)
	}
	if done.Affected == 0 {
		return ErrChanged
	}
	now, err := s.Find(ctx, u.ID)
	if err != nil {
		return err
	}
	if now.Password != u.Password || u.Adopted && (now.OwnHash != u.OwnHash || !bytes.Equal(now.OwnMark, u.OwnMark)) {
		return ErrChanged
	}
	return nil
}

// SignIn records a completed sign-in and stores the hash to keep from now on, where the one that was verified stands. Whoever
// signed up while addresses had to be confirmed, and signs in while they need not be, is a user from then on. It takes effect
// only if Confirm does.
func (s Store) SignIn(ctx context.Context, u Stored, keep string, now time.Time) error {
	if err := s.Confirm(ctx, u); err != nil {
		return err
	}
	query := "UPDATE users SET lastLogin = ?, password = ?, gh_applied = NULL WHERE id = ?"
	if u.Adopted {
		query = "UPDATE users SET lastLogin = ?, gh_hash = ?, gh_applied = NULL WHERE id = ?"
	}
	_, err := s.q.Exec(ctx, query, db.FormatTime(now), keep, u.ID)
	if err != nil {
		return fmt.Errorf("record sign-in: %w", err)
	}
	return nil
}

// SetPassword stores a new hash if Confirm takes effect.
func (s Store) SetPassword(ctx context.Context, u Stored, hash string) error {
	if err := s.Confirm(ctx, u); err != nil {
		return err
	}
	return s.ReplacePassword(ctx, u.ID, hash)
}

// ReplacePassword stores a new hash, whatever the old one is. What adopt made of the old one is forgotten.
func (s Store) ReplacePassword(ctx context.Context, id int64, hash string) error {
	return s.setOne(ctx, "UPDATE users SET password = ?, gh_hash = NULL, gh_hash_of = NULL, "+revised+" WHERE id = ?", hash, id)
}
