package migrations

import (
	"io/fs"
	"testing"
)

// Files lists the embedded files of an engine.
func Files(t *testing.T, folder string) []string {
	t.Helper()
	names, err := fs.Glob(files, folder+"/*.sql")
	if err != nil || len(names) == 0 {
		t.Fatalf("files of %s = %v, %v", folder, names, err)
	}
	return names
}

// File is the text of one.
func File(t *testing.T, name string) string {
	t.Helper()
	content, err := files.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}
