package db_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"gatehouse/db/dbtest"
)

func TestABackupThatBreaksOffIsRemoved(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		path := filepath.Join(t.TempDir(), "saved.db")
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		if err := conn.Backup(ctx, path); err == nil {
			t.Error("a backup was made without time for it")
		}
		if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("stat: %v, want no file", err)
		}
	})
}
