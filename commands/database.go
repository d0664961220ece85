package commands

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"gatehouse/config"
	"gatehouse/db"
	"gatehouse/migrations"
)

// missing tells whether the embedded database has not been made yet. Opening it would make it.
func missing(cfg config.Config) bool {
	path, embedded := strings.CutPrefix(cfg.Database.URL, "sqlite:")
	if !embedded {
		return false
	}
	_, err := os.Stat(path)
	return errors.Is(err, os.ErrNotExist)
}

// whereData names the database to a person, without a password.
func whereData(cfg config.Config) string {
	if path, ok := strings.CutPrefix(cfg.Database.URL, "sqlite:"); ok {
		if full, err := filepath.Abs(path); err == nil {
			return full
		}
		return path
	}
	return cfg.Database.URL
}

func databaseOptions(cfg config.Config, log *slog.Logger) db.Options {
	return db.Options{
		URL: cfg.Database.URL, Password: cfg.Database.Password, MaxConns: cfg.DBMaxConns,
		Timeout: cfg.DBTimeout, Wait: cfg.DBWait, Log: log,
	}
}

// openDatabase opens the database for a server: the only one on this file, its tables up to date.
func openDatabase(ctx context.Context, cfg config.Config, log *slog.Logger) (*db.DB, func() error, error) {
	if missing(cfg) && !cfg.Migrate {
		return nil, nil, errNoDatabase(cfg)
	}
	options := databaseOptions(cfg, log)
	conn, err := db.Open(ctx, options)
	if err != nil {
		return nil, nil, err
	}
	unlock, err := conn.Lock()
	if errors.Is(err, db.ErrLocked) {
		time.Sleep(lockPause) // it may be a check, which looks for a moment
		unlock, err = conn.Lock()
	}
	if err != nil {
		if errors.Is(err, db.ErrLocked) {
			err = fmt.Errorf("%w; stop it first, or give this one another --data-dir", err)
		}
		return nil, nil, errors.Join(err, conn.Close())
	}
	if cfg.Migrate {
		err = migrations.Up(ctx, options)
	} else {
		err = wantUpToDate(ctx, conn, migrateIsOff)
	}
	if err != nil {
		return nil, nil, errors.Join(err, unlock(), conn.Close())
	}
	return conn, unlock, nil
}

const lockPause = 200 * time.Millisecond

func errNoDatabase(cfg config.Config) error {
	return fmt.Errorf("there is no database at %s, and --migrate is off; run `gatehouse migrate up`", whereData(cfg))
}

// openBeside opens the database for a command that may run beside servers. It makes no database and no tables.
func openBeside(ctx context.Context, cfg config.Config, log *slog.Logger) (*db.DB, error) {
	if missing(cfg) {
		return nil, fmt.Errorf("there is no database at %s; run this where the server runs, or name its folder with --data-dir", whereData(cfg))
	}
	options := databaseOptions(cfg, log)
	if err := lookFirst(ctx, options); err != nil {
		return nil, err
	}
	conn, err := db.Open(ctx, options)
	if err != nil {
		return nil, err
	}
	if err := wantUpToDate(ctx, conn, startOrMigrate); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return conn, nil
}

// lookFirst refuses a SQLite file whose tables are not up to date before it is opened for writing, which turns it to WAL and
// makes it private: it may be another program's. A file that cannot be looked at, such as one with a journal to roll back,
// is left to the one who opens it for writing.
func lookFirst(ctx context.Context, options db.Options) error {
	if !strings.HasPrefix(options.URL, "sqlite:") {
		return nil
	}
	options.ReadOnly = true
	conn, err := db.Open(ctx, options)
	if err != nil {
		return nil
	}
	defer conn.Close()
	if err := wantUpToDate(ctx, conn, startOrMigrate); errors.Is(err, errNotUpToDate) {
		return err
	}
	return nil
}

var errNotUpToDate = errors.New("the tables are not up to date")

// What helps where the tables are not up to date.
const (
	migrateIsOff   = " and --migrate is off; run `gatehouse migrate up`"
	startOrMigrate = "; start the server, or run `gatehouse migrate up`"
	migrateAgain   = "; run `gatehouse migrate up`"
)

// wantUpToDate is an error with what helps where the tables wait for changes.
func wantUpToDate(ctx context.Context, conn *db.DB, help string) error {
	n, err := migrations.Pending(ctx, conn)
	if err != nil || n == 0 {
		return err
	}
	return errPending(n, help)
}

func errPending(n int, help string) error {
	return fmt.Errorf("%w (%s)%s", errNotUpToDate, counted(n, "migration is pending", "migrations are pending"), help)
}
