package migrations

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"gatehouse/db"
)

// addition is a column of ours in a table that exists already; it may be NULL.
type addition struct{ name, mysql, sqlite string }

// adding returns the clauses that add what the table lacks.
func (t *table) adding(engine db.Engine, columns []addition) []string {
	var clauses []string
	for _, c := range columns {
		if t.column(c.name) != nil {
			continue
		}
		definition := c.mysql + " NULL"
		if engine == db.SQLite {
			definition = c.sqlite
		}
		clauses = append(clauses, "ADD COLUMN "+c.name+" "+definition)
	}
	return clauses
}

// alter joins clauses into one statement, because MySQL rebuilds and commits at each; SQLite takes one at a time.
func alter(engine db.Engine, name string, clauses []string) []string {
	if engine == db.MySQL && len(clauses) > 0 {
		clauses = []string{strings.Join(clauses, ", ")}
	}
	var statements []string
	for _, c := range clauses {
		statements = append(statements, "ALTER TABLE "+name+" "+c)
	}
	return statements
}

// extend is a migration that runs the statements an existing table still needs, and so does no harm a second time:
// MySQL 8 has no ADD COLUMN IF NOT EXISTS.
func extend(engine db.Engine, name string, needs func(engine db.Engine, t *table, mariaDB bool) []string) func(context.Context, *sql.Tx) error {
	return func(ctx context.Context, tx *sql.Tx) error {
		t, err := inspect(ctx, overTx(tx), engine, name)
		if err != nil {
			return err
		}
		if t == nil {
			return fmt.Errorf("the table %s has gone", name)
		}
		mariaDB := false
		if engine == db.MySQL {
			if mariaDB, err = isMariaDB(ctx, tx); err != nil {
				return err
			}
		}
		for _, s := range needs(engine, t, mariaDB) {
			if _, err := tx.ExecContext(ctx, s); err != nil {
				return fmt.Errorf("%s: %w", s, err)
			}
		}
		return nil
	}
}

func isMariaDB(ctx context.Context, tx *sql.Tx) (bool, error) {
	var version string
	err := tx.QueryRowContext(ctx, "SELECT VERSION()").Scan(&version)
	return strings.Contains(version, "MariaDB"), err
}
