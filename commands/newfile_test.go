package commands

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

func TestAFileThatAppearsMeanwhileIsNotWrittenOver(t *testing.T) {
	path := filepath.Join(t.TempDir(), "users.json")
	err := writeNewFile(path, func(f *os.File) error {
		_, err := f.WriteString("ours")
		return errors.Join(err, os.WriteFile(path, []byte("theirs"), 0o600))
	})
	if text, _ := os.ReadFile(path); !errors.Is(err, os.ErrExist) || string(text) != "theirs" {
		t.Errorf("%v, and the file holds %q, want os.ErrExist and theirs", err, text)
	}
}

func TestAFileThatCannotBeFilledIsNotThere(t *testing.T) {
	dir := t.TempDir()
	full := errors.New("no space left")
	err := writeNewFile(filepath.Join(dir, "users.json"), func(f *os.File) error {
		_, err := f.WriteString("half")
		return errors.Join(err, full)
	})
	if left, _ := os.ReadDir(dir); !errors.Is(err, full) || len(left) > 0 {
		t.Errorf("%v, and the folder holds %v, want the error and nothing", err, left)
	}
}

// A folder that may be written but not read cannot be opened, unless by root; /proc has no sync, like some network file systems.
func TestAFolderThatCannotBeSyncedKeepsNoFileFromBeingMade(t *testing.T) {
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o300); err != nil {
		t.Fatal(err)
	}
	err := writeNewFile(filepath.Join(dir, "users.json"), func(*os.File) error { return nil })
	if err := errors.Join(err, syncFolder("/proc"), os.Chmod(dir, 0o700)); err != nil {
		t.Error(err)
	}
	if err := syncFolder(filepath.Join(dir, "none")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("sync of a folder that is not there: %v", err)
	}
}
