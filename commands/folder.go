package commands

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"gatehouse/config"
)

// checkFolders finds out whether the server can keep its files where the settings say: the embedded database, and the secret that
// it makes itself. It writes nothing.
func checkFolders(cfg config.Config) error {
	if path, embedded := strings.CutPrefix(cfg.Database.URL, "sqlite:"); embedded {
		if err := canKeep(path); err != nil {
			return fmt.Errorf("the database cannot be kept at %s: %w; choose another place with --data-dir or --database-url", path, err)
		}
	}
	if _, err := os.Stat(cfg.SecretPath); cfg.SecretPath != "" && err != nil {
		if err := canKeep(cfg.SecretPath); err != nil {
			return fmt.Errorf("the secret cannot be kept at %s: %w; choose another place with --data-dir", cfg.SecretPath, err)
		}
	}
	return nil
}

// canKeep returns an error unless a file can be made, or changed if it is there, and others beside it.
func canKeep(path string) error {
	path, err := filepath.Abs(path)
	if err != nil {
		return err
	}
	if _, err := os.Stat(path); err == nil && !mayWrite(path) {
		return errors.New("this user may not write the file")
	}
	folder := filepath.Dir(path)
	info, err := os.Stat(folder)
	for errors.Is(err, os.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) { // the folders below would be made
		folder = filepath.Dir(folder)
		info, err = os.Stat(folder)
	}
	switch {
	case err != nil:
		return err
	case !info.IsDir():
		return fmt.Errorf("%s is not a folder", folder)
	case !mayWrite(folder):
		return fmt.Errorf("this user may not write in %s", folder)
	}
	return nil
}
