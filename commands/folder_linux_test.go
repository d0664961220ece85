package commands_test

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

func TestFoldersThatCannotBeWrittenAreToldBeforeAnythingIsTried(t *testing.T) {
	folder := t.TempDir()
	file := filepath.Join(folder, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	closed := filepath.Join(folder, "closed")
	if err := os.Mkdir(closed, 0o500); err != nil {
		t.Fatal(err)
	}
	if os.Geteuid() == 0 { // root may write everywhere; the system judges by the real user
		if err := syscall.Setreuid(65534, -1); err != nil {
			t.Fatal(err)
		}
		defer func() { _ = syscall.Setreuid(0, -1) }()
		if err := errors.Join(os.Chmod(folder, 0o711), os.Chmod(closed, 0o555), os.Chmod(filepath.Dir(folder), 0o711)); err != nil { //nolint:gosec // another user is to see them
			t.Fatal(err)
		}
	}
	for _, command := range []string{"serve", "check"} {
		for dir, want := range map[string]string{
			filepath.Join(file, "data"):   file + " is not a folder",
			filepath.Join(closed, "data"): "this user may not write in " + closed,
		} {
			o := run(t, []string{"GATEHOUSE_DATA_DIR=" + dir, "GATEHOUSE_LISTEN=127.0.0.1:0"}, command)
			o.want(1, want+"; choose another place with --data-dir or --database-url")
		}
	}
	wantEmpty(t, closed)
}
