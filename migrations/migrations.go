// Package migrations makes and extends the tables. An existing users table is only ever extended: columns and indices of
// ours are added, its password column is widened, and no value of any row changes.
package migrations

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/database"

	"gatehouse/db"
)

// Both folders hold the same numbers. MySQL commits each DDL statement by itself, so a file there has one statement, and
// it must be harmless to run again.
//
//go:embed mysql/*.sql sqlite/*.sql
var files embed.FS

const (
	versionTable = "gatehouse_migrations"
	lockTable    = "gatehouse_migrations_lock"

	// bound is for all of Up: an ALTER of a large table takes minutes.
	bound = 10 * time.Minute
)

// Up checks the database with Preflight and runs what is pending. Several servers may start at once: one migrates, the
// others wait for it. Where nothing is pending it only reads, so that a user without the right to CREATE is enough.
// Problems found by Preflight are a *PreflightError.
func Up(ctx context.Context, o db.Options) error {
	ctx, cancel := context.WithTimeout(ctx, bound)
	defer cancel()
	pending, err := check(ctx, o)
	if err != nil || pending == 0 {
		return err
	}

	// A pool of its own: its statements may take long, and the lock needs more than one connection.
	long := o
	long.Timeout, long.MaxConns = bound, 4
	d, err := db.Open(ctx, long)
	if err != nil {
		return err
	}
	defer d.Close()
	p, err := newProvider(d)
	if err != nil {
		return err
	}
	// Around all of goose: with a lock of its own it makes its table of versions before it takes the lock.
	unlock, err := lock(ctx, d)
	if err != nil {
		return migrateError(ctx, err)
	}
	defer unlock()
	if err := beginVersions(ctx, d); err != nil {
		return migrateError(ctx, err)
	}
	results, err := p.Up(ctx)
	if partial, ok := errors.AsType[*goose.PartialError](err); ok {
		results = partial.Applied
		if partial.Failed != nil && partial.Failed.Source != nil {
			err = fmt.Errorf("number %d: %w", partial.Failed.Source.Version, partial.Err)
		}
	}
	tell(o.Log, results)
	return migrateError(ctx, err)
}

// tell logs what was done, in one line: a new database takes many migrations, and each a moment.
func tell(log *slog.Logger, done []*goose.MigrationResult) {
	if log == nil || len(done) == 0 {
		return
	}
	var took time.Duration
	for _, r := range done {
		took += r.Duration
		log.Debug("migration", "number", r.Source.Version, "took", r.Duration.Round(time.Millisecond).String())
	}
	log.Info("migrated the database", "migrations", len(done), "newest", done[len(done)-1].Source.Version, "took", took.Round(time.Millisecond).String())
}

// beginVersions makes the table of versions with its first row on MySQL, which commits the one before the other: goose
// refuses ever after a table that it was killed over at that moment.
func beginVersions(ctx context.Context, d *db.DB) error {
	if d.Engine() != db.MySQL {
		return nil
	}
	exists, err := tableExists(ctx, d, versionTable)
	if err != nil {
		return err
	}
	if !exists {
		store, err := database.NewStore(database.DialectMySQL, versionTable)
		if err != nil {
			return err
		}
		if err := store.CreateVersionTable(ctx, d.SQL()); err != nil {
			return err
		}
	}
	_, err = d.Exec(ctx, "INSERT INTO "+versionTable+" (version_id, is_applied) SELECT 0, 1 FROM DUAL WHERE NOT EXISTS (SELECT 1 FROM "+versionTable+" WHERE version_id = 0)")
	return err
}

// migrateError tells the operator what to do about an error of a migration.
func migrateError(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	if e, ok := errors.AsType[*mysql.MySQLError](err); ok && e.Number == noRight {
		return fmt.Errorf("this database user may not change tables: run `gatehouse migrate up` once as one with the rights CREATE, ALTER, INDEX and DROP, then start with --migrate off: %w", err)
	}
	return fmt.Errorf("migrate the database: %w", db.Classify(ctx, err))
}

// noRight is MySQL's number for a statement that its user may not run.
const noRight = 1142

// check runs over connections with the ordinary timeout, so that a database that hangs is noticed.
func check(ctx context.Context, o db.Options) (pending int, err error) {
	o.MaxConns = 2
	d, err := db.Open(ctx, o)
	if err != nil {
		return 0, err
	}
	defer d.Close()
	problems, users, err := inspectAll(ctx, d)
	if err != nil {
		return 0, err
	}
	if len(problems) > 0 {
		return 0, &PreflightError{Problems: problems}
	}
	if users != nil && o.Log != nil {
		// Not the count of duplicates: it reads all rows, which is not for every start of a server.
		for _, note := range columnNotes(users, d.Engine()) {
			o.Log.Warn(note)
		}
	}
	return Pending(ctx, d)
}

// Pending counts the migrations that the database lacks. It only reads; a database without the table of versions lacks
// all. One that is ahead of this program lacks none.
func Pending(ctx context.Context, d *db.DB) (int, error) {
	p, err := newProvider(d)
	if err != nil {
		return 0, err
	}
	versions, err := tableExists(ctx, d, versionTable)
	if err != nil {
		return 0, fmt.Errorf("find pending migrations: %w", err)
	}
	applied := map[int64]bool{}
	if versions {
		err = d.Query(ctx, func(r db.Row) error {
			var v int64
			err := r.Scan(&v)
			applied[v] = true
			return err
		}, "SELECT version_id FROM "+versionTable+" WHERE is_applied = 1")
		if err != nil {
			return 0, fmt.Errorf("find pending migrations: %w", err)
		}
	}
	n := 0
	for _, source := range p.ListSources() {
		if !applied[source.Version] {
			n++
		}
	}
	return n, nil
}

func newProvider(d *db.DB) (*goose.Provider, error) {
	dialect, folder := goose.DialectSQLite3, "sqlite"
	if d.Engine() == db.MySQL {
		dialect, folder = goose.DialectMySQL, "mysql"
	}
	fsys, err := fs.Sub(files, folder)
	if err != nil {
		return nil, err
	}
	p, err := goose.NewProvider(dialect, d.SQL(), fsys,
		goose.WithTableName(versionTable),
		goose.WithGoMigrations(
			goose.NewGoMigration(2, &goose.GoFunc{RunTx: extend(d.Engine(), "users", extendUsers)}, nil),
			goose.NewGoMigration(5, &goose.GoFunc{RunTx: extend(d.Engine(), "sessions", extendSessions)}, nil),
			goose.NewGoMigration(8, &goose.GoFunc{RunTx: extend(d.Engine(), "users", extendAdopting)}, nil),
			goose.NewGoMigration(14, &goose.GoFunc{RunTx: extend(d.Engine(), "users", extendApplying)}, nil),
			goose.NewGoMigration(15, &goose.GoFunc{RunTx: extend(d.Engine(), "gatehouse_events", extendEvents)}, nil),
		),
		goose.WithDisableGlobalRegistry(true),
		goose.WithSlog(slog.New(slog.DiscardHandler)),
	)
	if err != nil {
		return nil, fmt.Errorf("load migrations: %w", err)
	}
	return p, nil
}

// tableExists does not use inspect: it must see the table also if it may not see into it.
func tableExists(ctx context.Context, d *db.DB, name string) (bool, error) {
	query := "SELECT name FROM sqlite_master WHERE type = 'table' AND name = ?"
	if d.Engine() == db.MySQL {
		query = "SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = ?"
	}
	found := false
	err := d.Query(ctx, func(r db.Row) error {
		var n string
		err := r.Scan(&n)
		found = found || n == name
		return err
	}, query, name)
	return found, err
}
