package migrations

import (
	"fmt"
	"strings"

	"gatehouse/db"
)

// ours are the columns that 00002 adds to users. The prefix keeps clear of columns of other programs; all may be NULL, so
// that those programs can go on inserting rows.
var ours = []addition{
	{"gh_email_key", "VARBINARY(255)", "TEXT COLLATE BINARY"}, // the canonical address; a collation would fold accents
	{"gh_email_verified", "BIGINT", "INTEGER"},                // 0 waits, a time is verified, NULL is not asked for
	{"gh_admin", "BIGINT", "INTEGER"},
	{"gh_revision", "BIGINT", "INTEGER"},
	{"gh_created", "BIGINT", "INTEGER"},
}

// adopting are the columns that 00008 adds: what adopt makes of a text in password, and the mark of that text.
var adopting = []addition{
	{"gh_hash", "VARBINARY(255)", "TEXT COLLATE BINARY"},
	{"gh_hash_of", "VARBINARY(32)", "BLOB"},
}

// applying is the column that 00014 adds: when somebody signed up whose address has to be confirmed before the account counts.
// It tells such a row, which a newer sign-up may replace, from that of a user who was brought in otherwise.
var applying = []addition{{"gh_applied", "BIGINT", "INTEGER"}}

const (
	passwordSize = 255
	// MySQL's smallest limit for an index is 767 bytes, which is 191 letters of utf8mb4.
	maxIndexBytes, indexPrefix = 767, 191
)

// extendUsers adds what is missing to a users table.
func extendUsers(engine db.Engine, t *table, mariaDB bool) []string {
	if engine == db.MySQL {
		return mysqlExtension(t, mariaDB)
	}
	return sqliteExtension(t)
}

func extendAdopting(engine db.Engine, t *table, _ bool) []string {
	return alter(engine, "users", t.adding(engine, adopting))
}

func extendApplying(engine db.Engine, t *table, _ bool) []string {
	return alter(engine, "users", t.adding(engine, applying))
}

func sqliteExtension(t *table) []string {
	statements := alter(db.SQLite, "users", t.adding(db.SQLite, ours))
	if !t.indexed("gh_email_key", true) {
		statements = append(statements, "CREATE UNIQUE INDEX IF NOT EXISTS users_gh_email_key ON users (gh_email_key)")
	}
	if !t.indexed("email", false) {
		statements = append(statements, "CREATE INDEX IF NOT EXISTS users_gh_email ON users (email)")
	}
	return statements
}

// mysqlExtension is one ALTER, so that a table is rebuilt once at most.
func mysqlExtension(t *table, mariaDB bool) []string {
	clauses := t.adding(db.MySQL, ours)
	if !t.indexed("gh_email_key", true) {
		clauses = append(clauses, "ADD UNIQUE INDEX gh_email_key (gh_email_key)")
	}
	if email := t.column("email"); email != nil && !t.indexed("email", false) {
		part := ""
		if email.bytes > maxIndexBytes { // also every kind of TEXT
			part = fmt.Sprintf("(%d)", indexPrefix)
		}
		clauses = append(clauses, "ADD INDEX gh_email (email"+part+")")
	}
	if password := t.column("password"); password != nil && tooNarrow(password) {
		clauses = append(clauses, "MODIFY COLUMN "+widened(password, mariaDB))
	}
	return alter(db.MySQL, "users", clauses)
}

// tooNarrow leaves alone what is no text of a limited size, and a column that is computed from others.
func tooNarrow(c *column) bool {
	return (c.kind == "char" || c.kind == "varchar" || c.kind == "varbinary") && c.chars < passwordSize && !generated(c)
}

func generated(c *column) bool {
	return strings.Contains(strings.ReplaceAll(c.extra, "default_generated", ""), "generated")
}

// widened defines the column again, as MODIFY wants it, with everything but the size as it was.
func widened(c *column, mariaDB bool) string {
	var b strings.Builder
	kind := "VARCHAR"
	if c.kind == "varbinary" {
		kind = "VARBINARY"
	}
	fmt.Fprintf(&b, "%s %s(%d)", quoteName(c.name), kind, passwordSize)
	if c.charset != "" {
		fmt.Fprintf(&b, " CHARACTER SET %s COLLATE %s", c.charset, c.collation)
	}
	if c.nullable {
		b.WriteString(" NULL")
	} else {
		b.WriteString(" NOT NULL")
	}
	switch {
	case !c.fallback.Valid:
	case mariaDB, strings.Contains(c.extra, "default_generated"):
		// An expression: MariaDB writes it as it must be read, quotes and the word NULL included.
		if mariaDB {
			fmt.Fprintf(&b, " DEFAULT %s", c.fallback.String)
		} else {
			fmt.Fprintf(&b, " DEFAULT (%s)", c.fallback.String)
		}
	default:
		fmt.Fprintf(&b, " DEFAULT %s", quote(c.fallback.String))
	}
	if c.comment != "" {
		fmt.Fprintf(&b, " COMMENT %s", quote(c.comment))
	}
	return b.String()
}

// quoteName is a name of any spelling.
func quoteName(name string) string { return "`" + strings.ReplaceAll(name, "`", "``") + "`" }

// quote is a literal of MySQL; DDL takes no parameters. Our sql_mode leaves the backslash its meaning.
func quote(s string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `''`).Replace(s) + "'"
}
