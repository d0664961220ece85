package commands

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"gatehouse/config"
	"gatehouse/db"
	"gatehouse/models/event"
)

type backupCommand struct {
	config.Settings
	File string `arg:"" help:"The file to write; it must not exist."`
}

// backupTimeout is for a large database on a slow disk.
const backupTimeout = time.Hour

func (k *backupCommand) Run(ctx context.Context, p *program) error {
	cfg, err := checked(k.Settings, p.env)
	if err != nil {
		return err
	}
	cfg.DBTimeout = backupTimeout
	conn, err := openBeside(ctx, cfg, newLogger(cfg, p.stderr))
	if err != nil {
		return err
	}
	defer conn.Close()
	err = k.save(ctx, conn)
	switch {
	case errors.Is(err, db.ErrNotEmbedded):
		return errors.New("backup is for the embedded database; use mysqldump --single-transaction, or what your cluster has")
	case errors.Is(err, os.ErrExist):
		return errExists(k.File)
	case err != nil:
		return fmt.Errorf("make backup: %w", err)
	}
	p.say("The database is saved in %s. It is of use only with the secret; save that too, in another place.\n"+
		"A restored database knows nothing of what was signed out, disabled or changed since.", k.File)
	return nil
}

// save tells of the backup before it makes it: it holds everybody's hashes.
func (k *backupCommand) save(ctx context.Context, conn *db.DB) error {
	if conn.Engine() != db.SQLite {
		return db.ErrNotEmbedded
	}
	if _, err := os.Lstat(k.File); err == nil {
		return os.ErrExist
	}
	if err := event.In(conn).Add(ctx, event.BackupMade, 0, "", time.Now()); err != nil {
		return err
	}
	return writeNewFile(k.File, func(f *os.File) error { return conn.Backup(ctx, f.Name()) })
}
