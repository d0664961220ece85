package user

import (
	"context"
	"errors"
	"fmt"

	"gatehouse/db"
)

// Store reads and writes users through a database or through a transaction that its caller began.
type Store struct{ q db.Querier }

// In returns the users of a database or transaction.
func In(q db.Querier) Store { return Store{q} }

const selectStored = "SELECT " + Columns + ", u.password, u.gh_email_key, u.gh_hash, u.gh_hash_of, u.gh_email_verified, u.gh_applied FROM users u "

// revised is what each act on a user writes that others must wait for or notice. It is something new each time, because on a
// cluster only what changes makes others wait.
const revised = "gh_revision = COALESCE(gh_revision, 0) + 1"

// Find returns the user with this id, or ErrNotFound.
func (s Store) Find(ctx context.Context, id int64) (Stored, error) {
	var u Stored
	err := s.q.QueryRow(ctx, func(row db.Row) (err error) {
		u, err = scanStored(row)
		return err
	}, selectStored+"WHERE u.id = ?", id)
	if errors.Is(err, db.ErrNoRows) {
		return Stored{}, ErrNotFound
	}
	if err != nil {
		return Stored{}, fmt.Errorf("find user: %w", err)
	}
	return u, nil
}

// FindByEmail returns the one user with this address, ErrNotFound, or ErrAmbiguous where several rows have it.
func (s Store) FindByEmail(ctx context.Context, email Email) (Stored, error) {
	hits, err := s.holders(ctx, email)
	if err != nil {
		return Stored{}, err
	}
	var found []Stored
	for _, u := range hits {
		if email.owns(u.Email) {
			found = append(found, u)
		}
	}
	switch len(found) {
	case 0:
		return Stored{}, ErrNotFound
	case 1:
		return found[0], nil
	default:
		return Stored{}, ErrAmbiguous
	}
}

// holders returns each row that may have this address: by key, and by the text of rows that other programs
// wrote. A key can be stale and a collation can match too much, so the caller compares the canonical form.
func (s Store) holders(ctx context.Context, email Email) ([]Stored, error) {
	var hits []Stored
	seen := map[int64]bool{}
	collect := func(row db.Row) error {
		u, err := scanStored(row)
		if err == nil && !seen[u.ID] {
			seen[u.ID] = true
			hits = append(hits, u)
		}
		return err
	}
	const byText = selectStored + "WHERE u.gh_email_key = ? UNION ALL " + selectStored + "WHERE u.email IN (?, ?, ?)"
	err := s.q.Query(ctx, collect, byText, append([]any{email.key}, email.spellings()...)...)
	if db.IsUnrepresentable(err) {
		// One spelling is more than the old column's character set can hold, and it spoils the list; the key is the plainest.
		err = s.q.Query(ctx, collect, byText, email.key, email.key, email.key, email.key)
	}
	if db.IsUnrepresentable(err) {
		err = s.q.Query(ctx, collect, selectStored+"WHERE u.gh_email_key = ?", email.key)
	}
	if err != nil {
		return nil, fmt.Errorf("find user by e-mail: %w", err)
	}
	return hits, nil
}

// SetName stores a user's name; nil forgets it.
func (s Store) SetName(ctx context.Context, id int64, name *string) error {
	return s.setOne(ctx, "UPDATE users SET name = ? WHERE id = ?", name, id)
}

// SetGender stores a user's gender; nil forgets it.
func (s Store) SetGender(ctx context.Context, id int64, gender *string) error {
	return s.setOne(ctx, "UPDATE users SET gender = ? WHERE id = ?", gender, id)
}

// setOne changes one user; ErrNotFound if there is none.
func (s Store) setOne(ctx context.Context, query string, args ...any) error {
	done, err := s.q.Exec(ctx, query, args...)
	if err != nil {
		return fmt.Errorf("update user: %w", err)
	}
	if done.Affected == 0 {
		return ErrNotFound
	}
	return nil
}

// Delete removes a user: ErrNotFound if there is none, ErrInUse if the operator's foreign keys forbid it.
func (s Store) Delete(ctx context.Context, id int64) error {
	done, err := s.q.Exec(ctx, "DELETE FROM users WHERE id = ?", id)
	if db.IsForeignKey(err) {
		return ErrInUse
	}
	if err != nil {
		return fmt.Errorf("delete user: %w", err)
	}
	if done.Affected == 0 {
		return ErrNotFound
	}
	return nil
}
