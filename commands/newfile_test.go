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
