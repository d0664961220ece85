package commands

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"gatehouse/models/secret"
)

// writeNewFile makes a file that only this user can read, whole or not at all, also if the power fails, and never over one
// that is there, which is os.ErrExist.
func writeNewFile(path string, fill func(*os.File) error) error {
	if _, err := os.Lstat(path); err == nil {
		return os.ErrExist // noticed before the work; the link below decides
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".gatehouse-*") // for this user alone
	if err != nil {
		return notWritten(path, err)
	}
	defer os.Remove(f.Name())
	if err := cmp.Or(fill(f), f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := named(f.Name(), path); err != nil {
		return notWritten(path, err)
	}
	return syncFolder(filepath.Dir(path))
}

// named gives a file its name for good.
func named(temporary, path string) error {
	err := os.Link(temporary, path) // fails where there is a file, as a rename would not
	if err == nil || errors.Is(err, os.ErrExist) {
		return err
	}
	// A file system without hard links: the name is taken first then.
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	return cmp.Or(f.Close(), os.Rename(temporary, path))
}

// syncFolder makes a new name in a folder last, where it can be asked to: a folder that may be written but not read cannot
// be opened for that, and some file systems know no sync of folders. The file is there nevertheless.
func syncFolder(path string) error {
	folder, err := os.Open(path)
	if err == nil {
		err = cmp.Or(folder.Sync(), folder.Close())
	}
	if errors.Is(err, os.ErrPermission) || errors.Is(err, syscall.EINVAL) || errors.Is(err, errors.ErrUnsupported) {
		return nil
	}
	return err
}

// notWritten names the file that was asked for, where the system's error names the temporary one.
func notWritten(path string, err error) error {
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		err = e.Err
	}
	if e, ok := errors.AsType[*os.LinkError](err); ok {
		err = e.Err
	}
	return fmt.Errorf("write %s: %w", path, err)
}

func errExists(file string) error {
	return fmt.Errorf("%s exists already and is not written over; choose another name", file)
}

// writeSecret makes a file with a new secret, and its folder.
func writeSecret(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("make folder for secret: %w", err)
	}
	err := writeNewFile(path, func(f *os.File) error {
		_, err := f.WriteString(secret.New() + "\n")
		return err
	})
	if err != nil {
		return fmt.Errorf("make secret: %w", err)
	}
	return nil
}
