package bench

import (
	"bufio"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"gatehouse/db"
	"gatehouse/db/dbtest"
	"gatehouse/models/user"
)

// server is a process of its own, so that it does not share the Go scheduler of the client.
type server struct {
	cmd     *exec.Cmd
	addr    string
	started time.Duration // from the start of the process to its first answer
}

// build makes gatehouse the way a release does; GATEHOUSE_BENCH_PROGRAM names one to measure instead.
func build(b *testing.B) string {
	b.Helper()
	if path := os.Getenv("GATEHOUSE_BENCH_PROGRAM"); path != "" {
		return path
	}
	path := filepath.Join(b.TempDir(), "gatehouse")
	cmd := exec.Command("go", "build", "-trimpath", "-tags", "nomsgpack", "-ldflags", "-s -w", "-o", path, "gatehouse")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		b.Fatalf("go build: %v\n%s", err, out)
	}
	return path
}

// settings are those of a fresh database. The embedded one is on the disk of TMPDIR, so that a login waits for it as
// it does in production.
func settings(b *testing.B, engine db.Engine) []string {
	b.Helper()
	env := []string{
		"GATEHOUSE_DATA_DIR=" + b.TempDir(),
		"GATEHOUSE_LISTEN=127.0.0.1:0",
		"GATEHOUSE_LOG_LEVEL=error",
		fmt.Sprintf("GATEHOUSE_BCRYPT_COST=%d", cost),
		"GATEHOUSE_HASH_QUEUE=1m", // nobody is refused, however slow the machine
	}
	if engine == db.MySQL {
		env = append(env, "GATEHOUSE_DATABASE_URL="+dbtest.EmptyURL(b, engine), "GATEHOUSE_SECRET="+rand.Text()+rand.Text())
	}
	return env
}

func start(b *testing.B, program string, env []string) *server {
	b.Helper()
	s := launch(b, program, env)
	b.Cleanup(func() { s.stop(b) })
	return s
}

// launch starts a server that prints its address and waits for its first answer.
func launch(b *testing.B, program string, env []string) *server {
	b.Helper()
	s := &server{cmd: exec.Command(program)}
	s.cmd.Env = append(os.Environ(), env...)
	s.cmd.Stderr = os.Stderr
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	began := time.Now()
	if err := s.cmd.Start(); err != nil {
		b.Fatal(err)
	}
	in := bufio.NewReader(out)
	line, err := in.ReadString('\n')
	port := regexp.MustCompile(`http://[^ ]*:([0-9]+)`).FindStringSubmatch(line)
	if err != nil || port == nil {
		_ = s.cmd.Process.Kill()
		b.Fatalf("%s did not tell its address: %q, %v", program, line, err)
	}
	go func() { _, _ = io.Copy(io.Discard, in) }()
	s.addr = "127.0.0.1:" + port[1]
	c := s.dial(b)
	defer c.conn.Close()
	if _, _, err := c.send("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n", http.StatusOK); err != nil {
		b.Fatal(err)
	}
	s.started = time.Since(began)
	return s
}

// stop may be called twice.
func (s *server) stop(b *testing.B) {
	b.Helper()
	if s.cmd.ProcessState != nil {
		return
	}
	_ = s.cmd.Process.Signal(os.Interrupt)
	if err := s.cmd.Wait(); err != nil {
		b.Errorf("%s: %v", s.cmd.Path, err)
	}
}

// resident is the memory in use in MB, 0 where there is no /proc.
func (s *server) resident() float64 {
	status, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.cmd.Process.Pid))
	_, after, _ := strings.Cut(string(status), "VmRSS:")
	var kb float64
	_, _ = fmt.Sscan(after, &kb)
	return kb / 1024
}

// processor is the processor time that a process has used so far, 0 where there is no /proc.
func processor(pid int) time.Duration {
	stat, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	_, after, _ := strings.Cut(string(stat), ") ")
	fields := strings.Fields(after) // proc(5) counts from state, its third
	if len(fields) < 13 {
		return 0
	}
	var user, system time.Duration
	_, _ = fmt.Sscan(fields[11]+" "+fields[12], &user, &system)
	return (user + system) * (time.Second / 100)
}

// bareEnv makes this test binary the bare Gin server; it holds the JSON to answer.
const bareEnv = "GATEHOUSE_BENCH_BARE"

func startBare(b *testing.B, body string) *server {
	b.Helper()
	path, err := os.Executable()
	if err != nil {
		b.Fatal(err)
	}
	s := launch(b, path, []string{bareEnv + "=" + body})
	b.Cleanup(func() { _ = s.cmd.Process.Kill(); _ = s.cmd.Wait() })
	return s
}

func serveBare(body string) {
	var answer struct {
		Success bool      `json:"success"`
		Data    user.User `json:"data"`
	}
	err := json.Unmarshal([]byte(body), &answer)
	l, listenErr := net.Listen("tcp", "127.0.0.1:0")
	if err = errors.Join(err, listenErr); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Printf("http://%s\n", l.Addr())
	gin.SetMode(gin.ReleaseMode)
	r := gin.New()
	ok := func(c *gin.Context) { c.JSON(http.StatusOK, answer) }
	r.GET("/healthz", ok)
	r.GET("/api/users/me", ok)
	fmt.Fprintln(os.Stderr, http.Serve(l, r)) //nolint:gosec // only this benchmark talks to it
	os.Exit(1)
}
