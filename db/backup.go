package db

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// ErrNotEmbedded says that this is for the embedded database alone.
var ErrNotEmbedded = errors.New("not the embedded database")

// Backup writes the embedded database, as it is at one moment, to a new file that only this user can read: the whole of
// it or none, also if the power fails. Servers go on reading and writing meanwhile. It waits no longer than
// Options.Timeout. Errors: ErrNotEmbedded, os.ErrExist.
func (d *DB) Backup(ctx context.Context, path string) error {
	if d.engine != SQLite {
		return ErrNotEmbedded
	}
	path, err := filepath.Abs(path) // ":memory:" and "file:..." mean something else to SQLite
	if err != nil {
		return fmt.Errorf("make backup: %w", err)
	}
	if _, err := os.Lstat(path); err == nil {
		return fmt.Errorf("make backup: %w", os.ErrExist) // noticed before the work; the link below decides
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".gatehouse-backup-*")
	if err != nil {
		return fmt.Errorf("make backup: %w", err)
	}
	defer os.Remove(f.Name())
	if err := errors.Join(d.fill(ctx, f), f.Close()); err != nil {
		return fmt.Errorf("write backup: %w", err)
	}
	if err := os.Link(f.Name(), path); err != nil { // unlike a rename, never over a file
		return fmt.Errorf("make backup: %w", err)
	}
	return syncFolder(filepath.Dir(path))
}

func (d *DB) fill(ctx context.Context, f *os.File) error {
	if _, err := d.Exec(ctx, "VACUUM INTO ?", f.Name()); err != nil { // SQLite fills a file that is there and empty
		return err
	}
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if info.Size() == 0 {
		return errors.New("nothing was written")
	}
	return f.Sync()
}

// syncFolder makes a new name in a folder last.
func syncFolder(path string) error {
	folder, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("make backup: %w", err)
	}
	return errors.Join(folder.Sync(), folder.Close())
}
