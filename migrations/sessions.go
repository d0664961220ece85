package migrations

import "gatehouse/db"

// family are the columns that 00005 adds to sessions. Only rows of the kind token fill them.
var family = []addition{
	{"refresh_jti", "VARBINARY(32)", "TEXT COLLATE BINARY"},  // the refresh token that may be exchanged next
	{"previous_jti", "VARBINARY(32)", "TEXT COLLATE BINARY"}, // the one that was exchanged for it
	{"access_jti", "VARBINARY(32)", "TEXT COLLATE BINARY"},   // the access token that came with it
	{"access_expires", "BIGINT", "INTEGER"},
	{"rotated", "BIGINT", "INTEGER"}, // when refresh_jti and access_jti were given out
}

// extendSessions adds what is missing.
func extendSessions(engine db.Engine, t *table, _ bool) []string {
	return alter(engine, "sessions", t.adding(engine, family))
}
