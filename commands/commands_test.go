package commands_test

import (
	"bytes"
	"context"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"gatehouse/commands"
	"gatehouse/config"
	"gatehouse/db/dbtest"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

// eachEmpty runs a test with a database without tables, on every engine.
func eachEmpty(t *testing.T, test func(t *testing.T, databaseURL string)) {
	t.Helper()
	for _, engine := range dbtest.Engines() {
		t.Run(string(engine), func(t *testing.T) { test(t, dbtest.EmptyURL(t, engine)) })
	}
}

// outcome is what a command that has ended left behind.
type outcome struct {
	t              *testing.T
	code           int
	stdout, stderr string
}

// run runs a command that is to end by itself.
func run(t *testing.T, env []string, args ...string) outcome {
	t.Helper()
	return enter(t, "", env, args...)
}

// enter runs such a command and types this into it.
func enter(t *testing.T, typed string, env []string, args ...string) outcome {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	var out, err bytes.Buffer
	code := commands.Run(ctx, args, env, strings.NewReader(typed), &out, &err)
	if ctx.Err() != nil {
		t.Fatalf("%v did not end by itself: %s%s", args, &out, &err)
	}
	return outcome{t, code, out.String(), err.String()}
}

// want checks the exit code, and that each text was printed.
func (o outcome) want(code int, texts ...string) outcome {
	o.t.Helper()
	if o.code != code {
		o.t.Fatalf("exit code = %d, want %d\n%s%s", o.code, code, o.stdout, o.stderr)
	}
	for _, text := range texts {
		if !strings.Contains(o.stdout+o.stderr, text) {
			o.t.Errorf("%q was not printed:\n%s%s", text, o.stdout, o.stderr)
		}
	}
	return o
}

// site is a database and a secret, with the settings to use both.
type site struct {
	env    []string
	secret string // its file
}

func newSite(t *testing.T, databaseURL string) site {
	t.Helper()
	secret := filepath.Join(t.TempDir(), "secret")
	run(t, nil, "secrets", "new", secret).want(0)
	return site{secret: secret, env: []string{
		"GATEHOUSE_DATABASE_URL=" + databaseURL, "GATEHOUSE_SECRET_FILE=" + secret, "GATEHOUSE_DB_TIMEOUT=20s",
		"GATEHOUSE_LISTEN=127.0.0.1:0", "GATEHOUSE_BCRYPT_COST=4", "GATEHOUSE_MAIL_DIR=" + t.TempDir(),
	}}
}

// with returns the settings with some replaced: of two with one name the later counts.
func (s site) with(more ...string) []string { return append(s.env[:len(s.env):len(s.env)], more...) }

// serve runs a server until the test ends or stop is called, and returns its address.
func serve(t *testing.T, env []string, args ...string) (address string, stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	var mu sync.Mutex
	var out bytes.Buffer
	var log bytes.Buffer
	ended := make(chan int, 1)
	go func() { ended <- commands.Run(ctx, args, env, nil, locked{&mu, &out}, locked{&mu, &log}) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if code := <-ended; code != 0 {
			t.Errorf("exit code of serve = %d, want 0\n%s", code, &log)
		}
	})
	running := regexp.MustCompile(`running at http://localhost(:\d+)`)
	for deadline := time.Now().Add(time.Minute); ; {
		mu.Lock()
		m := running.FindStringSubmatch(out.String())
		mu.Unlock()
		if m != nil {
			t.Cleanup(stop)
			return "127.0.0.1" + m[1], stop
		}
		select {
		case code := <-ended:
			t.Fatalf("serve ended with code %d instead of starting\n%s", code, &log)
		case <-time.After(2 * time.Millisecond):
		}
		if time.Now().After(deadline) {
			t.Fatal("serve did not start in a minute")
		}
	}
}

type locked struct {
	mu *sync.Mutex
	b  *bytes.Buffer
}

func (l locked) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

// signUp makes a user through a running server.
func signUp(t *testing.T, address, email string) {
	t.Helper()
	res, err := http.PostForm("http://"+address+"/api/users/signup", url.Values{"email": {email}, "password": {"correct horse"}})
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if res.StatusCode != http.StatusCreated {
		t.Fatalf("sign-up = %d, want 201", res.StatusCode)
	}
}

func execute(t *testing.T, databaseURL string, statements ...string) {
	t.Helper()
	conn := dbtest.OpenURL(t, databaseURL)
	for _, s := range statements {
		if _, err := conn.Exec(context.Background(), s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
	if err := conn.Close(); err != nil {
		t.Fatal(err)
	}
}

func wantEmpty(t *testing.T, dir string) {
	t.Helper()
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("%s holds %v, want nothing; %v", dir, left, err)
	}
}

func TestHelpExplainsEverySetting(t *testing.T) {
	help := run(t, nil, "serve", "--help").want(0).stdout
	for _, setting := range config.Reference() {
		if !strings.Contains(help, "--"+setting.Name+"=") || !strings.Contains(help, "$"+setting.Env) {
			t.Errorf("the help of serve lacks %s", setting.Name)
		}
	}
	run(t, nil, "--help").want(0, "serve", "check", "migrate", "secret", "health", "version")
	run(t, nil, "version").want(0, "gatehouse "+commands.Version+"\n")
	run(t, nil, "--version").want(0, "gatehouse "+commands.Version+"\n")
}

func TestHelpOfACommandIsAboutThatCommand(t *testing.T) {
	for command, own := range map[string]string{"check": "--help", "health": "--help", "migrate up": "--help", "users list": "--json", "adopt": "--dry-run", "keys rotate": "--help"} {
		help := run(t, nil, append(strings.Fields(command), "--help")...).want(0, own, "takes the settings of the server too").stdout
		if strings.Contains(help, "--listen=") {
			t.Errorf("the help of %s tells all settings", command)
		}
	}
	if help := run(t, nil, "version", "--help").want(0).stdout; strings.Contains(help, "settings") {
		t.Errorf("the help of version tells of settings: %s", help)
	}
}

func TestAllMistakesAreToldAtOnceAndNothingIsTried(t *testing.T) {
	dir := t.TempDir()
	mistakes := map[string]string{
		"listen": "nonsense", "base-url": "ftp://x", "trusted-proxies": "0.0.0.0/0", "signup": "maybe", "pages": "2", "shutdown-timeout": "long",
		"log-format": "xml", "log-level": "loud", "secret": "changeme-my-very-own-text-9XQ", "migrate": "yes", "db-max-conns": "0", "db-timeout": "-1s",
		"db-wait": "x", "bcrypt-cost": "31", "password-min-length": "1", "hash-workers": "-1", "hash-queue": "0s",
		"session-idle": "1s", "session-lifetime": "never", "remember-idle": "9000h", "session-limit": "1000",
	}
	var env []string
	for _, s := range config.Reference() {
		if value := mistakes[s.Name]; value != "" {
			env = append(env, s.Env+"="+value)
		}
	}
	env = append(env, "GATEHOUSE_DATA_DIR="+dir, "GATEHOUSE_DATABASE_URL=postgres://ann:Pa55word@x/y")
	for _, command := range []string{"serve", "migrate up", "migrate status", "health"} {
		o := run(t, env, strings.Fields(command)...).want(2, "some settings are not right", "--database-url:")
		for name := range mistakes {
			if !strings.Contains(o.stderr, "\n  --"+name+": ") {
				t.Errorf("%s does not tell what is wrong with %s:\n%s", command, name, o.stderr)
			}
		}
		if strings.Contains(o.stderr, "9XQ") || strings.Contains(o.stderr, "Pa55word") {
			t.Errorf("a secret was printed:\n%s", o.stderr)
		}
	}
	o := run(t, env, "check")
	if n := strings.Count(o.want(1).stdout, "FAIL  --"); n < len(mistakes) {
		t.Errorf("check told %d mistakes, want %d:\n%s", n, len(mistakes), o.stdout)
	}
	wantEmpty(t, dir)
}

func TestFlagBeatsVariableBeatsDefault(t *testing.T) {
	dir := t.TempDir()
	env := []string{"GATEHOUSE_DATA_DIR=" + dir, "GATEHOUSE_LISTEN=127.0.0.1:0", "GATEHOUSE_BASE_URL=https://from.variable.example", "GATEHOUSE_SIGNUP=closed"}
	run(t, env, "check").want(0, "https://from.variable.example")
	run(t, env, "check", "--base-url", "https://from.flag.example").want(0, "https://from.flag.example")
	run(t, append(env, "GATEHOUSE_SIGNUP=nonsense"), "check", "--signup", "open").want(0, "anybody may sign up")
	if o := run(t, env, "check").want(0); strings.Contains(o.stdout, "anybody may sign up") {
		t.Errorf("the variable was not read:\n%s", o.stdout)
	}
	run(t, []string{"GATEHOUSE_DATA_DIR=" + dir, "GATEHOUSE_SIGN_UP=closed"}, "check", "--listen", "127.0.0.1:0").
		want(0, "GATEHOUSE_SIGN_UP", "did you mean GATEHOUSE_SIGNUP?", "anybody may sign up")
	wantEmpty(t, dir)
}

func TestHealthFollowsTheServer(t *testing.T) {
	eachEmpty(t, func(t *testing.T, databaseURL string) {
		s := newSite(t, databaseURL)
		address, stop := serve(t, s.env)
		run(t, s.with("GATEHOUSE_LISTEN="+address), "health").want(0, "ready")
		_, port, _ := strings.Cut(address, ":")
		run(t, []string{"GATEHOUSE_LISTEN=0.0.0.0:" + port}, "health").want(0, "ready")
		stop()
		run(t, s.with("GATEHOUSE_LISTEN="+address), "health").want(1, "the server does not answer")
	})
}
