package tests

import (
	"bytes"
	"context"
	"crypto/rand"
	"flag"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"gatehouse/commands"
	"gatehouse/db/dbtest"
)

// TestMain lets more tests run at the same time than there are processors: most of them wait for others.
func TestMain(m *testing.M) {
	_ = flag.Set("test.parallel", "8") // the command line may still say otherwise
	dbtest.Main(withSharedDir{m})
}

const password = "correct horse battery"

// each runs a test with an empty database on every engine, all of them at the same time.
func each(t *testing.T, test func(t *testing.T, databaseURL string)) {
	t.Helper()
	t.Parallel()
	needMySQLWhereAsked(t)
	for _, engine := range dbtest.Engines() {
		t.Run(string(engine), func(t *testing.T) {
			t.Parallel()
			test(t, dbtest.EmptyURL(t, engine))
		})
	}
}

func needMySQLWhereAsked(t *testing.T) {
	t.Helper()
	if os.Getenv("GATEHOUSE_TEST_REQUIRE_MYSQL") == "1" && len(dbtest.Engines()) == 1 {
		t.Fatal("GATEHOUSE_TEST_REQUIRE_MYSQL=1, but MySQL is not installed and GATEHOUSE_TEST_MYSQL is not set")
	}
}

// settings are those of a server on this database. Waiting times are long: a busy machine is not what is tested.
func settings(t *testing.T, databaseURL string, more ...string) []string {
	t.Helper()
	secret := filepath.Join(t.TempDir(), "secret")
	writeFile(t, secret, rand.Text()+rand.Text()+"\n")
	return append([]string{
		"GATEHOUSE_LISTEN=127.0.0.1:0", "GATEHOUSE_BCRYPT_COST=4", "GATEHOUSE_HASH_QUEUE=60s", "GATEHOUSE_DB_TIMEOUT=20s",
		"GATEHOUSE_DATABASE_URL=" + databaseURL, "GATEHOUSE_SECRET_FILE=" + secret,
		"GATEHOUSE_MAIL_DIR=" + filepath.Join(t.TempDir(), "mail"),
		// All that a test does comes from one network.
		"GATEHOUSE_ACCOUNT_FAILURES=100000", "GATEHOUSE_ACCOUNT_LOCK=100000", "GATEHOUSE_NETWORK_FAILURES=100000", "GATEHOUSE_SIGNUP_LIMIT=100000",
	}, more...)
}

// server is the whole program while it runs.
type server struct {
	t              *testing.T
	url            string // how the tests reach it
	shown          string // the address that it printed
	env            []string
	stdout, stderr *printed
	end            func(kill bool)
	ended          chan struct{}
	code           int // once it has ended
}

// inside runs the program within the test process, where the race detector sees it, until the test ends.
func inside(t *testing.T, env []string, args ...string) *server {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	s := newServer(t, env)
	s.end = func(bool) { cancel() }
	go func() {
		defer close(s.ended)
		s.code = commands.Run(ctx, args, env, nil, s.stdout, s.stderr)
	}()
	s.await()
	return s
}

// process runs the program as a process with nothing in its environment but env, until the test ends.
func process(t *testing.T, dir string, env []string, args ...string) *server {
	t.Helper()
	s := launch(t, dir, env, args...)
	s.await()
	return s
}

func launch(t *testing.T, dir string, env []string, args ...string) *server {
	t.Helper()
	s := newServer(t, env)
	cmd := exec.Command(binary(t), args...)
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = dir, append([]string{}, env...), s.stdout, s.stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	s.end = func(kill bool) {
		if kill {
			_ = cmd.Process.Kill()
		} else {
			_ = cmd.Process.Signal(syscall.SIGTERM)
		}
	}
	go func() {
		defer close(s.ended)
		_ = cmd.Wait()
		s.code = cmd.ProcessState.ExitCode()
	}()
	return s
}

func newServer(t *testing.T, env []string) *server {
	s := &server{t: t, env: env, stdout: &printed{}, stderr: &printed{}, ended: make(chan struct{})}
	t.Cleanup(func() {
		if s.end != nil {
			s.end(true)
			<-s.ended
		}
		if t.Failed() {
			t.Logf("the server printed %s\nand logged\n%s", s.stdout, tail(s.stderr.String()))
		}
	})
	return s
}

func tail(text string) string { return text[max(0, len(text)-4000):] }

var runningAt = regexp.MustCompile(`(?m)^Gatehouse is running at (http\S+)$`)

// await returns when the server has said that it runs.
func (s *server) await() {
	s.t.Helper()
	until(s.t, "the server says where it is", func() bool {
		if m := runningAt.FindStringSubmatch(s.stdout.String()); m != nil {
			s.shown = m[1]
			s.url = strings.Replace(m[1], "//localhost:", "//127.0.0.1:", 1)
			return true
		}
		select {
		case <-s.ended:
			s.t.Fatalf("the server ended with code %d instead of starting", s.code)
		default:
		}
		return false
	})
}

// stop asks the server to stop, and wants it to end well.
func (s *server) stop() {
	s.t.Helper()
	s.end(false)
	s.wantEnd(0)
}

func (s *server) wantEnd(code int) {
	s.t.Helper()
	select {
	case <-s.ended:
	case <-time.After(time.Minute):
		s.t.Fatal("the server did not end in a minute")
	}
	if s.code != code {
		s.t.Fatalf("exit code = %d, want %d", s.code, code)
	}
}

// kill ends a process as a power switch does.
func (s *server) kill() {
	s.end(true)
	<-s.ended
}

// attempt runs a command that is to end by itself, within the test process.
func attempt(t *testing.T, env []string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	var out, err bytes.Buffer
	code = commands.Run(ctx, args, env, nil, &out, &err)
	if ctx.Err() != nil {
		t.Fatalf("%v did not end by itself", args)
	}
	return code, out.String(), err.String()
}

// until asks again and again, for a minute at most.
func until(t *testing.T, what string, happened func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !happened(); {
		if time.Now().After(deadline) {
			t.Fatalf("gave up waiting: %s", what)
		}
		<-time.After(2 * time.Millisecond)
	}
}

// printed is what a program has printed so far.
type printed struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (p *printed) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.text.Write(b)
}

func (p *printed) String() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.text.String()
}

// open is a bare connection to the server.
func (s *server) open() net.Conn {
	s.t.Helper()
	c, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { _ = c.Close() })
	return c
}
