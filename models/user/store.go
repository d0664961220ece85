package user

import (
	"bytes"
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

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

// Draft is a user who signs up.
type Draft struct {
	Email    Email
	Password string // the finished hash
	Profile
	SignsIn  bool   // signing up is a sign-in too
	Verified bool   // somebody vouches for the address
	Applies  bool   // it has to be confirmed before the account counts
	Role     string // "user" where empty
}

// unverified is what the verification column holds for a sign-up of ours whose address nobody has confirmed; NULL, in
// rows of other programs, means that nobody ever asked.
const unverified = 0

func (n Draft) verified(now time.Time) int64 {
	if n.Verified {
		return now.UnixMilli()
	}
	return unverified
}

// Create inserts an active user and returns it. ErrEmailTaken if any row has the address already.
func (s Store) Create(ctx context.Context, n Draft, now time.Time) (User, error) {
	if err := s.clearKeys(ctx, n.Email, 0); err != nil {
		return User{}, err
	}
	lastLogin := sql.NullString{String: db.FormatTime(now), Valid: n.SignsIn}
	role := cmp.Or(n.Role, "user")
	done, err := s.q.Exec(ctx,
		"INSERT INTO users (email, password, gender, lastLogin, name, role, state, gh_email_key, gh_email_verified, gh_admin, gh_revision, gh_created, gh_applied) "+
			"VALUES ("+db.Placeholders(13)+")",
		n.Email.typed, n.Password, n.Gender, lastLogin, n.Name, role, Active, n.Email.key, n.verified(now), adminMark(role, now), 1, now.UnixMilli(), sql.NullInt64{Int64: now.UnixMilli(), Valid: n.Applies})
	if db.IsDuplicate(err) {
		return User{}, ErrEmailTaken
	}
	if err != nil {
		return User{}, fmt.Errorf("insert user: %w", err)
	}
	u, err := s.Find(ctx, done.LastID)
	return u.User, err
}

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

// SignIn records a completed sign-in and stores the hash to keep from now on, where the one that was verified stands. It
// takes effect only if Confirm does.
func (s Store) SignIn(ctx context.Context, u Stored, keep string, now time.Time) error {
	if err := s.Confirm(ctx, u); err != nil {
		return err
	}
	query := "UPDATE users SET lastLogin = ?, password = ? WHERE id = ?"
	if u.Adopted {
		query = "UPDATE users SET lastLogin = ?, gh_hash = ? WHERE id = ?"
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
