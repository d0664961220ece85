package db

import (
	"context"
	"errors"
	"os"
	"path/filepath"
)

// ErrNotEmbedded says that this is for the embedded database alone.
var ErrNotEmbedded = errors.New("not the embedded database")

// Backup writes the embedded database, as it is at one moment, into a file that is there and empty. Servers go on reading and
// writing meanwhile. It waits no longer than Options.Timeout, and leaves it to its caller to sync the file, and to remove one
// that was not filled. Errors: ErrNotEmbedded.
func (d *DB) Backup(ctx context.Context, path string) error {
	if d.engine != SQLite {
		return ErrNotEmbedded
	}
	path, err := filepath.Abs(path) // ":memory:" and "file:..." mean something else to SQLite
	if err != nil {
		return err
	}
	if _, err := d.Exec(ctx, "VACUUM INTO ?", path); err != nil {
		return err
	}
	switch info, err := os.Stat(path); {
	case err != nil:
		return err
	case info.Size() == 0:
		return errors.New("nothing was written")
	}
	return nil
}
