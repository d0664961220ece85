package user

import (
	"context"
	"database/sql"
	"time"
)

// SetState makes a user active or disabled.
func (s Store) SetState(ctx context.Context, id int64, active bool) error {
	state := Disabled
	if active {
		state = Active
	}
	return s.setOne(ctx, "UPDATE users SET state = ?, "+revised+" WHERE id = ?", state, id)
}

// SetRole gives a user a role. That of an admin is marked in a column of ours too: another program that writes the role
// makes nobody an admin of Gatehouse.
func (s Store) SetRole(ctx context.Context, id int64, role string, now time.Time) error {
	return s.setOne(ctx, "UPDATE users SET role = ?, gh_admin = ?, "+revised+" WHERE id = ?", role, adminMark(role, now), id)
}

func adminMark(role string, now time.Time) sql.NullInt64 {
	return sql.NullInt64{Int64: now.UnixMilli(), Valid: role == Admin}
}

// Hold returns ErrNotFound if there is no such user. It makes others who change this user wait until the transaction ends.
func (s Store) Hold(ctx context.Context, id int64) error {
	return s.setOne(ctx, "UPDATE users SET "+revised+" WHERE id = ?", id)
}

// HoldAdmin returns ErrNotFound unless this is an active admin of Gatehouse. It makes others who change this user wait until the
// transaction ends.
func (s Store) HoldAdmin(ctx context.Context, id int64) error {
	if err := s.Hold(ctx, id); err != nil {
		return err
	}
	u, err := s.Find(ctx, id)
	if err != nil {
		return err
	}
	if !u.Active() || !u.Admin {
		return ErrNotFound
	}
	return nil
}
