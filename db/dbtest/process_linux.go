package dbtest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
)

// startWithParent starts cmd so that it dies with this process, also when a test is killed. The kernel ties it to the
// thread that started it, so that thread is kept until the server has ended.
func startWithParent(cmd *exec.Cmd, exited chan<- struct{}) error {
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			_ = cmd.Wait()
		}
		close(exited)
	}()
	return <-started
}

// Freeze stops the server without closing its connections: it still accepts, and never answers. It returns when every
// thread stands still.
func (s *MySQLServer) Freeze(t testing.TB) {
	t.Helper()
	s.signal(t, syscall.SIGSTOP)
	deadline := time.Now().Add(10 * time.Second)
	for !s.stopped() {
		if time.Now().After(deadline) {
			t.Fatal("MySQL does not stop")
		}
		time.Sleep(time.Millisecond)
	}
}

// stopped reads the state of each thread, the letter after the name in parentheses.
func (s *MySQLServer) stopped() bool {
	threads, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/stat", s.Pid))
	for _, path := range threads {
		content, err := os.ReadFile(path)
		if err != nil {
			continue // the thread has ended
		}
		_, state, _ := strings.Cut(string(content), ") ")
		if !strings.HasPrefix(state, "T") {
			return false
		}
	}
	return len(threads) > 0
}

// Thaw lets a frozen server go on.
func (s *MySQLServer) Thaw(t testing.TB) { s.signal(t, syscall.SIGCONT) }

func (s *MySQLServer) signal(t testing.TB, sig syscall.Signal) {
	t.Helper()
	if err := syscall.Kill(s.Pid, sig); err != nil {
		t.Fatalf("send %v to MySQL: %v", sig, err)
	}
}

// fastTempDir is memory where there is enough of it: a server is installed and every commit synced in a tenth of the
// time. A container has 64 MB there by default, which is not enough.
func fastTempDir() string {
	const dir, need = "/dev/shm", 512 << 20
	var st syscall.Statfs_t
	if syscall.Statfs(dir, &st) == nil && st.Bavail*uint64(st.Bsize) > need && syscall.Access(dir, 2) == nil {
		return dir
	}
	return ""
}
