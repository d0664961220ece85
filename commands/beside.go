package commands

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"

	"gatehouse/config"
	"gatehouse/db"
	"gatehouse/migrations"
)

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
	if err := wantUpToDate(ctx, conn); err != nil {
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
	if err := wantUpToDate(ctx, conn); errors.Is(err, errNotUpToDate) {
		return err
	}
	return nil
}

var errNotUpToDate = errors.New("the tables are not up to date")

func wantUpToDate(ctx context.Context, conn *db.DB) error {
	n, err := migrations.Pending(ctx, conn)
	if err == nil && n > 0 {
		err = fmt.Errorf("%w (%s); start the server, or run `gatehouse migrate up`", errNotUpToDate, counted(n, "change waits", "changes wait"))
	}
	return err
}
