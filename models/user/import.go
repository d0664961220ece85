package user

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"

	"gatehouse/db"
)

// Import is a user who comes from elsewhere, checked.
type Import struct {
	ID       int64 // 0 for the next one that is free
	Email    Email
	Password string // a hash, or nothing where there is none
	Profile
	Role      string
	State     int64
	LastLogin *time.Time
	Created   *int64 // in milliseconds; nil where nobody knows
	Verified  *int64 // in milliseconds; 0 where the address waits to be confirmed, nil where nobody asked
	Admin     bool   // of Gatehouse
}

// Unkeyed returns the canonical addresses of all rows without a key: other programs wrote them, in spellings that no
// index may find.
func (s Store) Unkeyed(ctx context.Context) (map[string]bool, error) {
	addresses := map[string]bool{}
	err := s.inPages(ctx, "SELECT u.id, u.email FROM users u WHERE u.gh_email_key IS NULL AND u.id > ? ORDER BY u.id LIMIT ?", func(row db.Row) (id int64, err error) {
		var email sql.NullString
		err = row.Scan(&id, &email)
		if address := canonical(email.String); address != "" {
			addresses[address] = true
		}
		return id, err
	})
	if err != nil {
		return nil, fmt.Errorf("find users without a key: %w", err)
	}
	return addresses, nil
}

// canonical is the key of an address that stands in a row, or nothing if it is none. It agrees with Email.owns.
func canonical(stored string) string {
	if ascii(stored) {
		return strings.ToLower(strings.TrimSpace(stored))
	}
	email, err := ParseEmail(stored)
	if err != nil {
		return ""
	}
	return email.key
}

// Holders returns, by their keys, the ids of the rows that have these addresses already, and perhaps of others. Errors: one that
// db.IsUnrepresentable knows, if one of several addresses is more than the column's character set can hold.
func (s Store) Holders(ctx context.Context, list []Import) (map[string]int64, error) {
	holders := map[string]int64{}
	if len(list) == 1 {
		hits, err := s.holders(ctx, list[0].Email)
		for _, u := range hits {
			if list[0].Email.owns(u.Email) {
				holders[list[0].Email.key] = u.ID
			}
		}
		return holders, err
	}
	var keys, texts []any
	for _, n := range list {
		keys = append(keys, n.Email.key)
		texts = append(texts, n.Email.spellings()...)
	}
	err := s.q.Query(ctx, func(row db.Row) error {
		var id int64
		var email sql.NullString
		err := row.Scan(&id, &email)
		holders[canonical(email.String)] = id // not what matched: a key can be stale, and a collation too kind
		return err
	}, "SELECT u.id, u.email FROM users u WHERE u.gh_email_key IN ("+db.Placeholders(len(keys))+") "+
		"UNION ALL SELECT u.id, u.email FROM users u WHERE u.email IN ("+db.Placeholders(len(texts))+")", append(keys, texts...)...)
	if err != nil {
		return nil, fmt.Errorf("find users by e-mail: %w", err)
	}
	return holders, nil
}

// TakenIDs returns those of the ids that a row has already.
func (s Store) TakenIDs(ctx context.Context, list []Import) (map[int64]bool, error) {
	taken := map[int64]bool{}
	var ids []int64
	for _, n := range list {
		if n.ID != 0 {
			ids = append(ids, n.ID)
		}
	}
	if len(ids) == 0 {
		return taken, nil
	}
	among, args := among(ids)
	err := s.q.Query(ctx, func(row db.Row) error {
		var id int64
		err := row.Scan(&id)
		taken[id] = true
		return err
	}, "SELECT id FROM users WHERE "+among, args...)
	if err != nil {
		return nil, fmt.Errorf("find users by id: %w", err)
	}
	return taken, nil
}

// importColumns are those that Insert fills.
const importColumns = "id, email, password, gender, lastLogin, name, role, state, gh_email_key, gh_email_verified, gh_admin, gh_revision, gh_created"

// Insert makes rows of all, or of none. Nobody may hold their addresses; see Holders. Errors: those that db.IsDuplicate,
// db.BadValue and db.IsUnrepresentable know.
func (s Store) Insert(ctx context.Context, list []Import, now time.Time) error {
	if len(list) == 0 {
		return nil
	}
	if err := s.forgetStaleKeys(ctx, list); err != nil {
		return err
	}
	const width = 13
	one := "(" + db.Placeholders(width) + ")"
	args := make([]any, 0, width*len(list))
	for _, n := range list {
		id := sql.NullInt64{Int64: n.ID, Valid: n.ID != 0} // NULL is the next free one, on both engines
		var lastLogin sql.NullString
		if n.LastLogin != nil {
			lastLogin = sql.NullString{String: db.FormatTime(*n.LastLogin), Valid: true}
		}
		admin := sql.NullInt64{Int64: now.UnixMilli(), Valid: n.Admin}
		args = append(args, id, n.Email.typed, n.Password, n.Gender, lastLogin, n.Name, n.Role, n.State, n.Email.key, n.Verified, admin, 1, n.Created)
	}
	_, err := s.q.Exec(ctx, "INSERT INTO users ("+importColumns+") VALUES "+one+strings.Repeat(", "+one, len(list)-1), args...)
	if err != nil {
		return fmt.Errorf("insert users: %w", err)
	}
	return nil
}

// forgetStaleKeys empties keys that no longer fit their rows' addresses, which other programs changed, so that they do
// not keep the rightful owners out.
func (s Store) forgetStaleKeys(ctx context.Context, list []Import) error {
	byKey := map[string]Email{}
	keys := make([]any, len(list))
	for i, n := range list {
		byKey[n.Email.key], keys[i] = n.Email, n.Email.key
	}
	var stale []Email
	err := s.q.Query(ctx, func(row db.Row) error {
		var key string
		err := row.Scan(&key)
		stale = append(stale, byKey[key])
		return err
	}, "SELECT u.gh_email_key FROM users u WHERE u.gh_email_key IN ("+db.Placeholders(len(keys))+")", keys...)
	if err != nil {
		return fmt.Errorf("find stale e-mail keys: %w", err)
	}
	for _, email := range stale {
		if err := s.clearKeys(ctx, email, 0); err != nil {
			return err
		}
	}
	return nil
}
