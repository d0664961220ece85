package migrations

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"gatehouse/db"
)

// Problem is a reason why a database cannot be used, and the statement that removes it.
type Problem struct {
	What  string `json:"what"`
	Fix   string `json:"fix"`
	mysql bool
}

// Report is what Preflight found. Problems must be solved first, Notes are worth knowing.
type Report struct {
	Users    bool   // there is a table users already
	Readable bool   // its rows can be counted: it has id, email and password, and id is an integer
	MaxID    int64  // the largest id that its column holds
	Storage  string // its engine and the character set of its passwords, where the database has such
	columns  map[string]bool
	Problems []Problem
	Notes    []string
}

// Has tells whether users has a column.
func (r Report) Has(column string) bool { return r.columns[strings.ToLower(column)] }

// PreflightError lists everything that keeps Up from running.
type PreflightError struct{ Problems []Problem }

func (e *PreflightError) Error() string {
	return "the database cannot be used as it is; make a backup, then run:" + Statements(e.Problems)
}

// lenient lets statements pass over old values that MySQL 8's own mode would refuse, such as the date 0000-00-00, and keeps
// an id 0. It stays strict about values that would be lost.
const lenient = "SET SESSION sql_mode = 'STRICT_TRANS_TABLES,NO_AUTO_VALUE_ON_ZERO';"

// Statements are what to run, in this order and in one session, as lines of a script.
func Statements(problems []Problem) string {
	var b strings.Builder
	for i, p := range problems {
		if i == 0 && p.mysql {
			fmt.Fprintf(&b, "\n  %s", lenient)
		}
		fmt.Fprintf(&b, "\n  -- %s\n  %s", p.What, p.Fix)
	}
	return b.String()
}

// Preflight looks at tables that exist already. It only reads, and needs the right to SELECT.
func Preflight(ctx context.Context, d *db.DB) (Report, error) {
	problems, users, err := inspectAll(ctx, d)
	if err != nil {
		return Report{}, err
	}
	r := Report{Problems: problems, Users: users != nil, columns: map[string]bool{}}
	if users != nil {
		r.Storage = users.storage()
		id := users.column("id")
		r.MaxID = maxID(id)
		r.Readable = id != nil && (isInteger(id.kind) || d.Engine() == db.SQLite) && users.column("email") != nil && users.column("password") != nil
		for _, c := range users.columns {
			r.columns[strings.ToLower(c.name)] = true
		}
		r.Notes = columnNotes(users, d.Engine())
	}
	return r, nil
}

// inspectAll finds the problems of users and of the names that our own tables need. The table is nil if there is none.
func inspectAll(ctx context.Context, d *db.DB) ([]Problem, *table, error) {
	users, err := inspect(ctx, d.Query, d.Engine(), "users")
	if err != nil {
		return nil, nil, fmt.Errorf("inspect users: %w", err)
	}
	var problems []Problem
	if users != nil {
		problems = usersProblems(users, d.Engine())
	}
	for _, own := range ownTables {
		t, err := inspect(ctx, d.Query, d.Engine(), own.name)
		if err != nil {
			return nil, nil, fmt.Errorf("inspect %s: %w", own.name, err)
		}
		if t != nil && !own.is(t) {
			problems = append(problems, own.foreign(d.Engine()))
		}
	}
	for i := range problems {
		problems[i].mysql = d.Engine() == db.MySQL
	}
	return problems, users, nil
}

// ownTable is a table of ours, known by these columns from one of the same name that another program made.
type ownTable struct {
	name    string
	columns []string
}

var ownTables = []ownTable{
	{"sessions", []string{"id_hash", "public_id", "user_id", "kind", "idle_expires", "absolute_expires"}},
	{"signing_keys", []string{"number", "kid", "algorithm", "sealed", "created", "active_from"}},
	{"blacklist", []string{"jti", "expires"}},
}

func (o ownTable) is(t *table) bool {
	for _, name := range o.columns {
		if t.column(name) == nil {
			return false
		}
	}
	return !t.view
}

func (o ownTable) foreign(engine db.Engine) Problem {
	fix := fmt.Sprintf("RENAME TABLE %[1]s TO %[1]s_old;", o.name)
	if engine == db.SQLite {
		fix = fmt.Sprintf("ALTER TABLE %[1]s RENAME TO %[1]s_old;", o.name)
	}
	return Problem{What: "the table " + o.name + " belongs to another program, which must follow the change, or Gatehouse gets a database of its own", Fix: fix}
}

// tutorial are the columns that a users table must have, as ALTER TABLE adds them.
var tutorial = []struct{ name, mysql, sqlite string }{
	{"email", "VARCHAR(254) NOT NULL", "TEXT NOT NULL DEFAULT '' COLLATE NOCASE"},
	{"password", "VARCHAR(255) NOT NULL", "TEXT NOT NULL DEFAULT ''"},
	{"gender", "VARCHAR(20) NULL", "TEXT NULL"},
	{"lastLogin", "DATETIME NULL", "DATETIME NULL"},
	{"name", "VARCHAR(100) NULL", "TEXT NULL"},
	{"role", "VARCHAR(50) NOT NULL DEFAULT 'user'", "TEXT NOT NULL DEFAULT 'user'"},
	{"state", "INT NOT NULL DEFAULT 1", "INTEGER NOT NULL DEFAULT 1"},
}

func usersProblems(t *table, engine db.Engine) []Problem {
	if t.view {
		fix := "RENAME TABLE users TO users_view;"
		if engine == db.SQLite {
			fix = "DROP VIEW users;"
		}
		return []Problem{{What: "users is a view, and must be a table (one is made when there is none)", Fix: fix}}
	}
	var problems []Problem
	add := func(what, fix string, args ...any) {
		problems = append(problems, Problem{What: what, Fix: fmt.Sprintf(fix, args...)})
	}
	if engine == db.MySQL && t.engine != "innodb" {
		add(fmt.Sprintf("users is a %s table, which has no transactions", t.engine), "ALTER TABLE users ENGINE=InnoDB;")
	}
	problems = append(problems, idProblems(t, engine)...)
	for _, c := range tutorial {
		if t.column(c.name) != nil {
			continue
		}
		if old := similar(t, c.name); old != "" {
			add("users has no column "+c.name+", but "+old+" (other programs must follow the change)", "ALTER TABLE users RENAME COLUMN %s TO %s;", quoteName(old), c.name)
			continue
		}
		definition := c.mysql
		if engine == db.SQLite {
			definition = c.sqlite
		}
		what := "users has no column " + c.name
		if c.name == "email" || c.name == "password" {
			what += " (whoever has none there cannot sign in)"
		}
		add(what, "ALTER TABLE users ADD COLUMN %s %s;", c.name, definition)
	}
	if c := t.column("lastLogin"); c != nil && isNumber(c.kind) {
		add("users.lastLogin is "+c.typ+" and cannot hold a date", "ALTER TABLE users RENAME COLUMN %s TO lastLogin_old; ALTER TABLE users ADD COLUMN lastLogin DATETIME NULL;", c.name)
	}
	if t.versioned {
		add("users keeps old versions of its rows, and so would keep old passwords", "ALTER TABLE users DROP SYSTEM VERSIONING;")
	}
	if c := t.column("state"); c != nil && engine == db.MySQL && (c.kind == "enum" || c.kind == "bit") {
		what, fix := stateProblem(c)
		add(what, "%s", fix)
	}
	if engine == db.MySQL { // SQLite's types hold anything
		problems = append(problems, ownColumnProblems(t)...)
	}
	return problems
}

// ownColumnProblems are about columns that are called like ours, and are not as we would have added them.
func ownColumnProblems(t *table) []Problem {
	var problems []Problem
	for _, want := range slices.Concat(ours, adopting, applying) {
		c := t.column(want.name)
		if c == nil {
			continue
		}
		asOurs := c.typ == strings.ToLower(want.mysql) || strings.HasPrefix(c.typ, "bigint(") && want.mysql == "BIGINT"
		if !asOurs || !c.nullable {
			problems = append(problems, Problem{
				What: fmt.Sprintf("users.%s is %s, and must be %s NULL", want.name, c.typ, want.mysql),
				Fix:  fmt.Sprintf("ALTER TABLE users MODIFY COLUMN %s %s NULL;", want.name, want.mysql),
			})
		}
	}
	return problems
}

func idProblems(t *table, engine db.Engine) []Problem {
	id := t.column("id")
	key := t.primaryKey()
	alone := len(key) == 1 && strings.EqualFold(key[0], "id")
	if engine == db.SQLite {
		// Only this very type is numbered by SQLite; INT PRIMARY KEY would leave it NULL.
		if id != nil && id.typ == "integer" && alone {
			return nil
		}
		return []Problem{{
			What: "users has no column id that is INTEGER PRIMARY KEY",
			Fix:  "ALTER TABLE users RENAME TO users_old; -- then start once, and copy the rows into the new table users",
		}}
	}
	drop := ""
	if len(key) > 0 {
		drop = "DROP PRIMARY KEY, "
	}
	switch {
	case id == nil && len(key) == 1 && isInteger(t.column(key[0]).kind):
		return []Problem{{What: "users has no column id", Fix: "ALTER TABLE users RENAME COLUMN " + quoteName(key[0]) + " TO id;"}}
	case id == nil:
		if len(key) == 1 { // its values stay unique
			drop += "ADD UNIQUE INDEX (" + quoteName(key[0]) + "), "
		}
		return []Problem{{What: "users has no column id", Fix: "ALTER TABLE users " + drop + "ADD COLUMN id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY FIRST;"}}
	case !isInteger(id.kind):
		return []Problem{{What: "users.id is " + id.typ + ", and must be an integer", Fix: "ALTER TABLE users " + drop + "RENAME COLUMN id TO id_old, ADD UNIQUE INDEX id_old (id_old), ADD COLUMN id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY FIRST;"}}
	case !alone:
		return []Problem{{What: "users.id is not the primary key", Fix: "ALTER TABLE users " + drop + "MODIFY COLUMN id " + id.typ + " NOT NULL AUTO_INCREMENT, ADD PRIMARY KEY (id);"}}
	case !strings.Contains(id.extra, "auto_increment"):
		return []Problem{{What: "users.id is not AUTO_INCREMENT", Fix: "ALTER TABLE users MODIFY COLUMN id " + id.typ + " NOT NULL AUTO_INCREMENT;"}}
	}
	return nil
}
