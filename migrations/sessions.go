package migrations

import (
	"strings"

	"gatehouse/db"
)

// family are the columns that 00005 adds to sessions. Only rows of the kind token fill them.
var family = []addition{
	{"refresh_jti", "VARBINARY(32)", "TEXT COLLATE BINARY"},  // the refresh token that may be exchanged next
	{"previous_jti", "VARBINARY(32)", "TEXT COLLATE BINARY"}, // the one that was exchanged for it
	{"access_jti", "VARBINARY(32)", "TEXT COLLATE BINARY"},   // the access token that came with it
	{"access_expires", "BIGINT", "INTEGER"},
	{"rotated", "BIGINT", "INTEGER"}, // when the three were given out
}

// extendSessions adds what is missing: in one ALTER on MySQL, which commits each by itself.
func extendSessions(engine db.Engine, t *table, _ bool) []string {
	missing := t.lacking(family)
	if len(missing) == 0 {
		return nil
	}
	if engine == db.SQLite {
		var statements []string
		for _, c := range missing {
			statements = append(statements, "ALTER TABLE sessions ADD COLUMN "+c.name+" "+c.sqlite)
		}
		return statements
	}
	var clauses []string
	for _, c := range missing {
		clauses = append(clauses, "ADD COLUMN "+c.name+" "+c.mysql+" NULL")
	}
	return []string{"ALTER TABLE sessions " + strings.Join(clauses, ", ")}
}
