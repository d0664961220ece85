package migrations

import (
	"context"
	"database/sql"
	"strings"

	"gatehouse/db"
)

// table is what the database tells about a table.
type table struct {
	engine string // of storage, lower case; empty on SQLite
	view   bool
	// versioned tells that MariaDB keeps what rows were before.
	versioned bool
	sql       string // the CREATE of SQLite
	columns   []column
	indices   []index
}

type column struct {
	name      string
	typ       string // lower case, complete: varchar(50)
	kind      string // lower case, without its size: varchar
	nullable  bool
	fallback  sql.NullString // DEFAULT, as the engine writes it
	extra     string         // lower case: auto_increment, default_generated, ...
	primary   bool
	chars     int64
	bytes     int64
	charset   string
	collation string
	comment   string
}

type index struct {
	name    string
	unique  bool
	columns []string
}

// querier asks for rows: a DB for Preflight, goose's transaction for a migration.
type querier func(ctx context.Context, each func(db.Row) error, query string, args ...any) error

func overTx(tx *sql.Tx) querier {
	return func(ctx context.Context, each func(db.Row) error, query string, args ...any) error {
		rows, err := tx.QueryContext(ctx, query, args...)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			if err := each(rows); err != nil {
				return err
			}
		}
		return rows.Err()
	}
}

// column finds a column by name, as the engines do: without regard to case.
func (t *table) column(name string) *column {
	for i := range t.columns {
		if strings.EqualFold(t.columns[i].name, name) {
			return &t.columns[i]
		}
	}
	return nil
}

// storage is empty on SQLite.
func (t *table) storage() string {
	if t.engine == "" {
		return ""
	}
	if c := t.column("password"); c != nil && c.charset != "" {
		return t.engine + ", " + c.typ + " for passwords in " + c.charset
	}
	return t.engine
}

// primaryKey lists the columns of the primary key.
func (t *table) primaryKey() []string {
	var names []string
	for _, c := range t.columns {
		if c.primary {
			names = append(names, c.name)
		}
	}
	return names
}

// indexed tells whether some index starts with the column; with unique, whether one is unique and has no other.
func (t *table) indexed(name string, unique bool) bool {
	for _, x := range t.indices {
		if len(x.columns) > 0 && strings.EqualFold(x.columns[0], name) && (!unique || x.unique && len(x.columns) == 1) {
			return true
		}
	}
	return false
}

// inspect describes a table or view, nil if there is none of that name.
func inspect(ctx context.Context, q querier, engine db.Engine, name string) (*table, error) {
	if engine == db.MySQL {
		return inspectMySQL(ctx, q, name)
	}
	return inspectSQLite(ctx, q, name)
}

// inspectMySQL compares each name again: information_schema does so without regard to case, tables may differ by it.
func inspectMySQL(ctx context.Context, q querier, name string) (*table, error) {
	var t *table
	err := q(ctx, func(r db.Row) error {
		var n, kind, engine string
		if err := r.Scan(&n, &kind, &engine); err != nil || n != name {
			return err
		}
		t = &table{engine: strings.ToLower(engine), view: strings.Contains(kind, "VIEW"), versioned: kind == "SYSTEM VERSIONED"}
		return nil
	}, "SELECT table_name, table_type, COALESCE(engine, '') FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = ?", name)
	if err != nil || t == nil {
		return nil, err
	}
	err = q(ctx, func(r db.Row) error {
		var c column
		var n, nullable, key string
		err := r.Scan(&n, &c.name, &c.typ, &c.kind, &nullable, &c.fallback, &c.extra, &key, &c.chars, &c.bytes, &c.charset, &c.collation, &c.comment)
		if err != nil || n != name {
			return err
		}
		c.typ, c.kind, c.extra = strings.ToLower(c.typ), strings.ToLower(c.kind), strings.ToLower(c.extra)
		c.nullable, c.primary = nullable == "YES", key == "PRI"
		t.columns = append(t.columns, c)
		return nil
	}, `SELECT table_name, column_name, column_type, data_type, is_nullable, column_default, extra, column_key,
		COALESCE(character_maximum_length, 0), COALESCE(character_octet_length, 0), COALESCE(character_set_name, ''), COALESCE(collation_name, ''), column_comment
		FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = ? ORDER BY ordinal_position`, name)
	if err != nil {
		return nil, err
	}
	err = q(ctx, func(r db.Row) error {
		var n, indexName, columnName string
		var nonUnique bool
		if err := r.Scan(&n, &indexName, &nonUnique, &columnName); err != nil || n != name {
			return err
		}
		t.addIndex(indexName, !nonUnique, columnName)
		return nil
	}, `SELECT table_name, index_name, non_unique, COALESCE(column_name, '') FROM information_schema.statistics
		WHERE table_schema = DATABASE() AND table_name = ? ORDER BY index_name, seq_in_index`, name)
	return t, err
}

func inspectSQLite(ctx context.Context, q querier, name string) (*table, error) {
	var t *table
	err := q(ctx, func(r db.Row) error {
		t = &table{}
		var kind string
		err := r.Scan(&kind, &t.sql)
		t.view = kind == "view"
		return err
	}, "SELECT type, sql FROM sqlite_master WHERE type IN ('table', 'view') AND name = ? COLLATE NOCASE", name)
	if err != nil || t == nil {
		return nil, err
	}
	err = q(ctx, func(r db.Row) error {
		var c column
		var notNull, primary int
		if err := r.Scan(&c.name, &c.typ, &notNull, &c.fallback, &primary); err != nil {
			return err
		}
		c.typ = strings.ToLower(c.typ)
		c.kind, _, _ = strings.Cut(c.typ, "(")
		c.kind = strings.TrimSpace(c.kind)
		c.nullable, c.primary = notNull == 0, primary > 0
		t.columns = append(t.columns, c)
		return nil
	}, `SELECT name, type, "notnull", dflt_value, pk FROM pragma_table_xinfo(?) WHERE hidden <> 1`, name)
	if err != nil {
		return nil, err
	}
	err = q(ctx, func(r db.Row) error {
		var indexName, columnName string
		var unique bool
		if err := r.Scan(&indexName, &unique, &columnName); err != nil {
			return err
		}
		t.addIndex(indexName, unique, columnName)
		return nil
	}, `SELECT l.name, l."unique", COALESCE(i.name, '') FROM pragma_index_list(?) l, pragma_index_info(l.name) i
		WHERE l.partial = 0 ORDER BY l.name, i.seqno`, name)
	return t, err
}

// addIndex takes the columns of an index one after the other.
func (t *table) addIndex(name string, unique bool, column string) {
	if n := len(t.indices); n == 0 || t.indices[n-1].name != name {
		t.indices = append(t.indices, index{name: name, unique: unique})
	}
	last := &t.indices[len(t.indices)-1]
	last.columns = append(last.columns, column)
}
