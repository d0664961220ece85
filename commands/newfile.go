package commands

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"gatehouse/models/secret"
)

// writeNewFile makes a file that only this user can read, whole or not at all, and never over one that is there.
func writeNewFile(path string, fill func(io.Writer) error) error {
	if _, err := os.Lstat(path); err == nil {
		return os.ErrExist // noticed before the work; the link below decides
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".gatehouse-export-*") // for this user alone
	if err != nil {
		return err
	}
	temporary := f.Name()
	defer os.Remove(temporary)
	if err := cmp.Or(fill(f), f.Sync(), f.Close()); err != nil {
		return err
	}
	err = os.Link(temporary, path) // fails where there is a file, as a rename would not
	if err == nil || errors.Is(err, os.ErrExist) {
		return err
	}
	// A file system without hard links: the name is taken first then.
	f, err = os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	return cmp.Or(f.Close(), os.Rename(temporary, path))
}

func errExists(file string) error {
	return fmt.Errorf("%s exists already and is not written over; choose another name", file)
}

// writeSecret makes a file with a new secret, whole or not at all, and never writes over one.
func writeSecret(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("make folder for secret: %w", err)
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".secret-*") // for this user alone
	if err != nil {
		return fmt.Errorf("make secret: %w", err)
	}
	temporary := f.Name()
	defer os.Remove(temporary)
	text := secret.New() + "\n"
	if err := fill(f, text); err != nil {
		return fmt.Errorf("write secret: %w", err)
	}
	err = os.Link(temporary, path) // fails where there is a file, as a rename would not
	if err != nil && !errors.Is(err, os.ErrExist) {
		// A file system without hard links: not all at once then, but never over a file either.
		if f, err = os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600); err == nil {
			err = fill(f, text)
		}
	}
	if err != nil {
		return fmt.Errorf("make secret: %w", err)
	}
	return nil
}

// fill writes all of a file and closes it.
func fill(f *os.File, text string) error {
	_, err := f.WriteString(text)
	return cmp.Or(err, f.Sync(), f.Close())
}
