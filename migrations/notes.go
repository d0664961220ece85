package migrations

import (
	"fmt"
	"strings"

	"gatehouse/db"
)

// columnNotes lists what in the shape of users makes trouble later, though the table can be used.
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
	if c := t.column("lastLogin"); c != nil && strings.Contains(c.extra, "on update") {
		notes = append(notes, "users."+c.name+" changes with every write to a row (ON UPDATE), and so tells nothing")
	}
	if c := t.column("state"); c != nil && engine == db.MySQL && !isInteger(c.kind) && c.kind != "enum" && c.kind != "bit" {
		notes = append(notes, fmt.Sprintf("users.state is %s, and is compared with the number 1", c.typ))
	}
	if c := t.column("password"); c != nil && engine == db.SQLite && !holdsText(c.typ) {
		notes = append(notes, "users.password is "+c.typ+": SQLite may keep a password of digits alone as a number, so that 0123 becomes 123")
	}
	if engine == db.SQLite && !strings.Contains(strings.ToUpper(t.sql), "AUTOINCREMENT") {
		notes = append(notes, "users.id is not AUTOINCREMENT: the id of a deleted user may be given to a new one")
	}
	return notes
}

// holdsText tells whether SQLite leaves a text as it is (its section "Determination Of Column Affinity").
func holdsText(typ string) bool {
	typ = strings.ToUpper(typ)
	for _, part := range []string{"CHAR", "CLOB", "TEXT", "BLOB"} {
		if strings.Contains(typ, part) {
			return !strings.Contains(typ, "INT")
		}
	}
	return typ == ""
}
