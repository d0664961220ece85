package tests

import (
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// needPrograms skips the test where a program is not installed, or fails it if the variable says it must be there.
func needPrograms(t *testing.T, variable string, programs ...string) {
	t.Helper()
	for _, program := range programs {
		if _, err := exec.LookPath(program); err == nil {
			continue
		}
		if os.Getenv(variable) != "" {
			t.Fatalf("%s is not installed, and %s is set", program, variable)
		}
		t.Skipf("%s is not installed", program)
	}
}

// freeAddress returns a loopback address that nobody listens on.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// startProgram runs another program, with its children, until the test ends; it returns when address takes connections.
func startProgram(t *testing.T, address, dir string, env []string, name string, args ...string) {
	t.Helper()
	out := &printed{}
	cmd := exec.Command(name, args...)
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = dir, append(os.Environ(), env...), out, out
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = cmd.Wait()
	}()
	t.Cleanup(func() {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM)
		select {
		case <-ended:
		case <-time.After(10 * time.Second):
			_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
			<-ended
		}
		if t.Failed() {
			t.Logf("%s printed %s", name, tail(out.String()))
		}
	})
	until(t, name+" takes connections", func() bool {
		select {
		case <-ended:
			t.Fatalf("%s ended: %s", name, tail(out.String()))
		default:
		}
		conn, err := net.Dial("tcp", address)
		return err == nil && conn.Close() == nil
	})
}

func run(t *testing.T, dir, name string, args ...string) {
	t.Helper()
	if err := runIn(dir, name, args...); err != nil {
		t.Fatal(err)
	}
}

// runIn runs a program in a folder, and returns what it printed only if it fails.
func runIn(dir, name string, args ...string) error {
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", cmd, err, out)
	}
	return nil
}

// shell has a shell run a script in a folder, with nothing in its environment but env, and returns all that it prints.
func shell(t *testing.T, dir string, env []string, script string) (string, error) {
	t.Helper()
	sh := exec.CommandContext(t.Context(), "sh", "-ec", script)
	sh.Dir, sh.Env = dir, env
	out, err := sh.CombinedOutput()
	return string(out), err
}

// signInToMySQL lets the client's programs find the server of a database, from a folder that they take for their user's home.
func signInToMySQL(t *testing.T, home, databaseURL string) {
	t.Helper()
	u, err := url.Parse(databaseURL)
	if err != nil {
		t.Fatal(err)
	}
	secret, _ := u.User.Password()
	writeFile(t, filepath.Join(home, ".my.cnf"), fmt.Sprintf("[client]\nprotocol=tcp\nhost=%s\nport=%s\nuser=%s\npassword=\"%s\"\nloose-skip-ssl\n",
		u.Hostname(), u.Port(), u.User.Username(), secret))
}
