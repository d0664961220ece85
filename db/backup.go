package db

import (
	"context"
	"errors"
	"fmt"
	"os"
)

// ErrNotEmbedded says that this is for the embedded database alone.
var ErrNotEmbedded = errors.New("not the embedded database")

// Backup writes the embedded database, as it is at one moment, to a new file that only this user can read. Servers go on
// reading and writing meanwhile. It waits no longer than Options.Timeout. Errors: ErrNotEmbedded, os.ErrExist.
func (d *DB) Backup(ctx context.Context, path string) (err error) {
	if d.engine != SQLite {
		return ErrNotEmbedded
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("make backup: %w", err)
	}
	defer func() {
		if err = errors.Join(err, f.Close()); err != nil {
			_ = os.Remove(path) // half a backup is worse than none
		}
	}()
	if _, err := d.Exec(ctx, "VACUUM INTO ?", path); err != nil { // SQLite fills a file that is there and empty
		return fmt.Errorf("write backup: %w", err)
	}
	if err := f.Sync(); err != nil {
		return fmt.Errorf("write backup: %w", err)
	}
	return nil
}
