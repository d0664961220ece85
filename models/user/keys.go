package user

import (
	"context"
	"database/sql"
	"fmt"

	"gatehouse/db"
)

// CheckUnkeyed returns ErrEmailTaken if a row that another program wrote has this address in a spelling that no index
// finds, such as another case under an exact collation. It reads the address of every row without a key; a key comes
// with the first sign-in.
func (s Store) CheckUnkeyed(ctx context.Context, email Email) error {
	taken := false
	err := s.q.Query(ctx, func(row db.Row) error {
		var stored sql.NullString
		err := row.Scan(&stored)
		taken = taken || err == nil && email.owns(stored.String)
		return err
	}, "SELECT u.email FROM users u WHERE u.gh_email_key IS NULL")
	if err != nil {
		return fmt.Errorf("find user without a key: %w", err)
	}
	if taken {
		return ErrEmailTaken
	}
	return nil
}

// ClaimKey gives a user the key of the address they signed in with, if another program left it empty or stale. ErrEmailTaken if
// another row has the address by now.
func (s Store) ClaimKey(ctx context.Context, u Stored, email Email) error {
	if u.key == email.key {
		return nil
	}
	if err := s.clearKeys(ctx, email, u.ID); err != nil {
		return err
	}
	_, err := s.q.Exec(ctx, "UPDATE users SET gh_email_key = ? WHERE id = ? AND email = ?", email.key, u.ID, u.Email)
	if db.IsDuplicate(err) {
		return ErrEmailTaken
	}
	if err != nil {
		return fmt.Errorf("set e-mail key: %w", err)
	}
	return nil
}

// clearKeys empties keys that no longer fit their rows' addresses, so that they do not keep the rightful
// owner out. ErrEmailTaken if another row than the given one really has the address.
func (s Store) clearKeys(ctx context.Context, email Email, but int64) error {
	hits, err := s.holders(ctx, email)
	if err != nil {
		return err
	}
	for _, u := range hits {
		if u.ID == but {
			continue
		}
		if email.owns(u.Email) {
			return ErrEmailTaken
		}
		if u.key != email.key {
			continue
		}
		_, err := s.q.Exec(ctx, "UPDATE users SET gh_email_key = NULL WHERE id = ? AND gh_email_key = ? AND email = ?",
			u.ID, u.key, u.Email)
		if err != nil {
			return fmt.Errorf("clear stale e-mail key: %w", err)
		}
	}
	return nil
}
