package tests

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
)

// sharedDir holds what several tests use and none changes. It is there as long as the tests run.
var sharedDir string

// withSharedDir runs the tests with the folder.
type withSharedDir struct{ m *testing.M }

func (w withSharedDir) Run() int {
	dir, err := os.MkdirTemp("", "gatehouse-tests-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	sharedDir = dir
	return w.m.Run()
}

// madeOnce returns the path of a folder that the first call makes and fills.
func madeOnce(name string, fill func(dir string) error) func() (string, error) {
	return sync.OnceValues(func() (string, error) {
		dir := filepath.Join(sharedDir, name)
		if err := os.Mkdir(dir, 0o700); err != nil {
			return "", err
		}
		return dir, fill(dir)
	})
}

var builtProgram = madeOnce("program", func(dir string) error {
	return runIn("", "go", "build", "-o", filepath.Join(dir, "gatehouse"), "gatehouse")
})

// binary is the path of the program.
func binary(t *testing.T) string {
	t.Helper()
	dir, err := builtProgram()
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, "gatehouse")
}
