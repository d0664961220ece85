package user

import (
	"database/sql"
	"strconv"
	"time"

	"gatehouse/db"
)

// Columns are read by Row, from a table that the query calls u.
const Columns = "u.id, u.email, u.gender, u.lastLogin, u.name, u.role, u.state, u.gh_created, u.gh_admin"

// Row takes the Columns of one row. It is lenient, because other programs made some of these tables: a role
// may be a number, a state a text, and anything may be NULL, as the whole row is in an outer join.
type Row struct {
	id                               sql.NullInt64
	email, gender, name, role, state sql.NullString
	lastLogin                        db.NullTime
	created, admin                   sql.NullInt64
}

// Dest returns the places to scan the Columns into.
func (r *Row) Dest() []any {
	return []any{&r.id, &r.email, &r.gender, &r.lastLogin, &r.name, &r.role, &r.state, &r.created, &r.admin}
}

// User returns the user of the row, and whether there is one.
func (r *Row) User() (User, bool) {
	if !r.id.Valid {
		return User{}, false
	}
	u := User{ID: r.id.Int64, Email: r.email.String, Gender: text(r.gender), Name: text(r.name), Role: r.role.String, State: number(r.state)}
	u.Admin = u.Role == Admin && r.admin.Valid
	if r.lastLogin.Valid {
		t := r.lastLogin.Time.UTC()
		u.LastLogin = &t
	}
	if t := time.UnixMilli(r.created.Int64).UTC(); r.created.Valid && t.Year() >= 1 && t.Year() <= 9999 { // as JSON can tell
		u.Created = &t
	}
	return u, true
}

// number reads a state; what is no number is no state in which anybody may sign in.
func number(s sql.NullString) int64 {
	n, err := strconv.ParseInt(s.String, 10, 64)
	if err != nil {
		return 0
	}
	return n
}

func text(s sql.NullString) *string {
	if !s.Valid {
		return nil
	}
	return &s.String
}

func scanStored(row db.Row) (Stored, error) {
	var r Row
	var password, key, own sql.NullString
	var mark []byte
	var verified, applied sql.NullInt64
	if err := row.Scan(append(r.Dest(), &password, &key, &own, &mark, &verified, &applied)...); err != nil {
		return Stored{}, err
	}
	u, _ := r.User()
	s := Stored{User: u, Password: password.String, OwnHash: own.String, OwnMark: mark, Applied: applied.Valid, key: key.String}
	if verified.Valid {
		s.Verified = &verified.Int64
	}
	return s, nil
}
