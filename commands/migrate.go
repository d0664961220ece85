package commands

import (
	"context"
	"errors"

	"gatehouse/config"
	"gatehouse/db"
	"gatehouse/migrations"
)

type migrateCommand struct {
	Up     migrateUpCommand     `cmd:"" help:"Bring the tables up to date. Harmless to run again; on the embedded database the server must be stopped."`
	Status migrateStatusCommand `cmd:"" help:"Show whether the tables are up to date."`
}

type migrateUpCommand struct{ config.Settings }

func (m *migrateUpCommand) Run(ctx context.Context, p *program) error {
	cfg, err := checked(m.Settings, p.env)
	if err != nil {
		return err
	}
	cfg.Migrate = true
	conn, unlock, err := openDatabase(ctx, cfg, newLogger(cfg, p.stderr))
	if err != nil {
		return err
	}
	p.say("The tables in %s are up to date.", whereData(cfg))
	return errors.Join(unlock(), conn.Close())
}

type migrateStatusCommand struct{ config.Settings }

func (m *migrateStatusCommand) Run(ctx context.Context, p *program) error {
	cfg, err := checked(m.Settings, p.env)
	if err != nil {
		return err
	}
	if missing(cfg) {
		p.say("There is no database at %s yet; serve or `migrate up` makes it.", whereData(cfg))
		return nil
	}
	options := databaseOptions(cfg, newLogger(cfg, p.stderr))
	options.ReadOnly = true
	conn, err := db.Open(ctx, options)
	if err != nil {
		return err
	}
	n, err := migrations.Pending(ctx, conn)
	switch {
	case err != nil:
	case n == 0:
		p.say("The tables in %s are up to date.", whereData(cfg))
	default:
		p.say("The tables in %s are not up to date: %s. Run `gatehouse migrate up`.", whereData(cfg), counted(n, "migration is pending", "migrations are pending"))
	}
	return errors.Join(err, conn.Close())
}
