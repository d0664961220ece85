//go:build !linux

package dbtest

import (
	"os/exec"
	"testing"
)

func startWithParent(cmd *exec.Cmd, exited chan<- struct{}) error {
	if err := cmd.Start(); err != nil {
		return err
	}
	go func() {
		_ = cmd.Wait()
		close(exited)
	}()
	return nil
}

// Freeze skips the test: only Linux is set up for it.
func (s *MySQLServer) Freeze(t testing.TB) { t.Skip("freezing the server is tested on Linux only") }

// Thaw does nothing.
func (s *MySQLServer) Thaw(testing.TB) {}

func fastTempDir() string { return "" }
