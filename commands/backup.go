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
	if err = conn.Backup(ctx, k.File); err == nil {
		err = event.In(conn).Add(ctx, event.BackupMade, 0, "", time.Now())
	}
	switch {
	case errors.Is(err, db.ErrNotEmbedded):
		return errors.New("backup is for the embedded database; use mysqldump --single-transaction, or what your cluster has")
	case errors.Is(err, os.ErrExist):
		return fmt.Errorf("%s exists already and is not written over; choose another name", k.File)
	case err != nil:
		return err
	}
	p.say("The database is saved in %s. It is of use only with the secret; save that too, in another place.\n"+
		"A restored database knows nothing of what was signed out, disabled or changed since.", k.File)
	return nil
}
