package user

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"time"

	"gatehouse/db"
)

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
