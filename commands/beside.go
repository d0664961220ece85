package commands

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"gatehouse/config"
	"gatehouse/db"
	"gatehouse/migrations"
)

// openBeside opens the database for a command that may run beside servers. It makes no database and no tables.
func openBeside(ctx context.Context, cfg config.Config, log *slog.Logger) (*db.DB, error) {
	if missing(cfg) {
		return nil, fmt.Errorf("there is no database at %s; run this where the server runs, or name its folder with --data-dir", whereData(cfg))
	}
	conn, err := db.Open(ctx, databaseOptions(cfg, log))
	if err != nil {
		return nil, err
	}
	n, err := migrations.Pending(ctx, conn)
	if err == nil && n > 0 {
		err = fmt.Errorf("the tables are not up to date (%d changes wait); start the server, or run `gatehouse migrate up`", n)
	}
	if err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return conn, nil
}
