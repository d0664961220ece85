package migrations

import (
	"context"
	"fmt"
	"strings"

	"gatehouse/db"
)

// columnNotes tells what in the shape of users will be felt later.
func columnNotes(t *table, engine db.Engine) []string {
	var notes []string
	for _, c := range t.columns {
		must := !c.nullable && !c.fallback.Valid && !c.primary && !strings.Contains(c.extra, "auto_increment") && !generated(&c)
		switch strings.ToLower(c.name) {
		case "role":
			short := (c.kind == "char" || c.kind == "varchar") && c.chars < int64(len("user"))
			if engine == db.MySQL && (short || isNumber(c.kind) || c.kind == "enum" && !strings.Contains(c.typ, "'user'")) {
				notes = append(notes, fmt.Sprintf("users.role is %s and cannot hold the role user: signing up fails", c.typ))
			}
		case "id", "email", "password", "state": // sign-up sets these
		case "name", "gender", "lastlogin":
			if !c.nullable {
				notes = append(notes, fmt.Sprintf("users.%s is NOT NULL: signing up without it fails", c.name))
			}
		default:
			if must {
				notes = append(notes, fmt.Sprintf("users.%s is NOT NULL and has no default: signing up fails unless another program fills it", c.name))
			}
		}
		if engine == db.MySQL && strings.EqualFold(c.name, "email") && (strings.HasSuffix(c.collation, "_bin") || strings.HasSuffix(c.collation, "_cs")) {
			notes = append(notes, "users.email is "+c.collation+": until their first sign-in, people must write their address as it stands there")
		}
		if c.charset != "" && c.charset != "utf8mb4" && (c.name == "name" || c.name == "email") {
			notes = append(notes, fmt.Sprintf("users.%s is %s: it cannot hold every letter", c.name, c.charset))
		}
	}
	if c := t.column("state"); c != nil && engine == db.MySQL && !isInteger(c.kind) {
		notes = append(notes, fmt.Sprintf("users.state is %s, and is compared with the number 1", c.typ))
	}
	if engine == db.SQLite && !strings.Contains(strings.ToUpper(t.sql), "AUTOINCREMENT") {
		notes = append(notes, "users.id is not AUTOINCREMENT: the id of a deleted user may be given to a new one")
	}
	return notes
}

// duplicateNote counts addresses that several rows share, as the database compares them. A table too large to count in
// time gives no note.
func duplicateNote(ctx context.Context, d *db.DB, t *table) []string {
	if t.column("email") == nil {
		return nil
	}
	var n int64
	err := d.QueryRow(ctx, func(r db.Row) error { return r.Scan(&n) },
		"SELECT COUNT(*) FROM (SELECT email FROM users WHERE email IS NOT NULL GROUP BY email HAVING COUNT(*) > 1) AS duplicates")
	if err != nil || n == 0 {
		return nil
	}
	return []string{fmt.Sprintf("%d addresses stand in more than one row of users: none of these can sign in", n)}
}
