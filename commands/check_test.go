package commands_test

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// line is what each line of a check looks like: a mark and a sentence, or the indented statement that helps.
var line = regexp.MustCompile(`^((ok   |WARN |FAIL ) \S.*|       \S.*;.*||The server would start( once the one that runs now is stopped)?\. Points to think about: \d+\.)$`)

// wantReadable wants lines for people, and no log beside them.
func wantReadable(t *testing.T, o outcome) {
	t.Helper()
	for text := range strings.Lines(o.stdout) {
		if !line.MatchString(strings.TrimSuffix(text, "\n")) {
			t.Errorf("not a line for people: %q", text)
		}
	}
	if o.code == 0 && o.stderr != "" {
		t.Errorf("stderr = %q, want nothing", o.stderr)
	}
}

func TestCheckMakesNothing(t *testing.T) {
	dir := t.TempDir()
	o := run(t, nil, "check", "--data-dir", filepath.Join(dir, "data"), "--listen", "127.0.0.1:0").
		want(0, "would make a new database at "+filepath.Join(dir, "data", "gatehouse.db"), "anybody may sign up", "The server would start")
	wantReadable(t, o)
	wantEmpty(t, dir)
}

func TestCheckBesideAServerTellsWhatTheNextOneWouldFind(t *testing.T) {
	eachEmpty(t, func(t *testing.T, databaseURL string) {
		s := newSite(t, databaseURL)
		metrics := freeAddress(t)
		address, stop := serve(t, s.with("GATEHOUSE_METRICS_LISTEN="+metrics))
		env := s.with("GATEHOUSE_LISTEN="+address, "GATEHOUSE_METRICS_LISTEN="+metrics)
		o := run(t, env, "check").want(0, "ok    would listen on "+address+", where a Gatehouse server answers now\n",
			"ok    would show metrics on "+metrics+", where a Gatehouse server answers now\n",
			"The server would start once the one that runs now is stopped. Points to think about: ")
		wantReadable(t, o)
		if used := strings.Contains(o.stdout, "ok    a server uses the database now"); used != strings.HasPrefix(databaseURL, "sqlite:") {
			t.Errorf("it says that a server uses the database: %t\n%s", used, o.stdout)
		}
		other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, `{"status":"ok"}`) // as many programs say that they are well
		}))
		defer other.Close()
		taken := other.Listener.Addr().String()
		run(t, s.with("GATEHOUSE_LISTEN="+taken), "check").want(1, "FAIL  another program uses "+taken+" already")
		stop()
		run(t, env, "check").want(0, "would listen on "+address+"\n", "The server would start. ")
	})
}

// freeAddress is one that nobody listens on.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func TestCheckTellsOfAProxyThatIsNotTrusted(t *testing.T) {
	eachEmpty(t, func(t *testing.T, databaseURL string) {
		s := newSite(t, databaseURL)
		address, stop := serve(t, s.env)
		req, _ := http.NewRequest(http.MethodGet, "http://"+address+"/api/users/me", nil)
		req.Header.Set("X-Forwarded-For", "203.0.113.7")
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		stop()
		const told = "requests came through 127.0.0.1"
		run(t, s.env, "check").want(0, "WARN "+" "+told, "--trusted-proxies does not name")
		if o := run(t, s.env, "check", "--trusted-proxies", "127.0.0.0/8").want(0); strings.Contains(o.stdout, told) {
			t.Errorf("it is told though it is trusted:\n%s", o.stdout)
		}
	})
}

func TestCheckSeesTheNetwork(t *testing.T) {
	dir := t.TempDir()
	env := []string{"GATEHOUSE_DATA_DIR=" + dir}
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{"--listen", "0.0.0.0:0"}, "can be reached from other machines"},
		{[]string{"--listen", ":0"}, "can be reached from other machines"},
		{[]string{"--listen", "127.0.0.1:0", "--base-url", "http://auth.example.com"}, "is not https"},
		{[]string{"--listen", "127.0.0.1:0", "--base-url", "https://auth.example.com"}, "--trusted-proxies names none"},
		{[]string{"--listen", "127.0.0.1:0", "--bcrypt-cost", "4"}, "for trying things out"},
	} {
		wantReadable(t, run(t, env, append([]string{"check"}, test.args...)...).want(0, "WARN", test.want))
	}
	if o := run(t, env, "check", "--listen", "127.0.0.1:0", "--base-url", "https://auth.example.com", "--trusted-proxies", "10.0.0.1", "--signup", "closed", "--smtp-url", "smtp://mail.example.com").want(0); strings.Contains(o.stdout, "WARN") {
		t.Errorf("check warns of good settings:\n%s", o.stdout)
	}
	run(t, env, "check", "--listen", "0.0.0.0:0", "--bcrypt-cost", "4").want(1, "FAIL", "--bcrypt-cost", "too cheap")

	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	wantReadable(t, run(t, env, "check", "--listen", l.Addr().String()).want(1, "FAIL", l.Addr().String(), "--listen"))
	wantEmpty(t, dir)
}

func TestCheckTellsWhoMayReplaceTheData(t *testing.T) {
	dir := t.TempDir()
	const trap = "others than its owner may write in "
	for mode, told := range map[os.FileMode]bool{0o700: false, 0o755: false, 0o775: true, 0o777: true, 0o777 | os.ModeSticky: false} {
		if err := os.Chmod(dir, mode); err != nil {
			t.Fatal(err)
		}
		o := run(t, nil, "check", "--listen", "127.0.0.1:0", "--data-dir", dir)
		o.want(0)
		if strings.Contains(o.stdout, trap+dir) != told {
			t.Errorf("mode %v:\n%s", mode, o.stdout)
		}
	}
}

func TestCheckTellsWhereMailsGo(t *testing.T) {
	check := func(args ...string) outcome {
		return run(t, nil, append([]string{"check", "--listen", "127.0.0.1:0", "--data-dir", filepath.Join(t.TempDir(), "data")}, args...)...)
	}
	check().want(0, "ok    mails are written to files in ")
	check("--base-url", "https://auth.example.com", "--mail-dir", "here").want(0, "WARN  --smtp-url is not set: mails are written to files in here, and nobody gets them")
	file := filepath.Join(t.TempDir(), "smtp-url")
	if err := os.WriteFile(file, []byte("smtp://ann:hush@mail.example.com\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	o := check("--base-url", "https://auth.example.com", "--smtp-url-file", file)
	o.want(0, `ok    mails from "Gatehouse" <gatehouse@auth.example.com> go to mail.example.com:587`, "others than its owner may read "+file)
	if strings.Contains(o.stdout, "hush") {
		t.Errorf("the password is printed:\n%s", o.stdout)
	}
}

func TestCheckFailsWhereServeWouldRefuse(t *testing.T) {
	dir := t.TempDir()
	env := []string{"GATEHOUSE_DATA_DIR=" + dir, "GATEHOUSE_LISTEN=127.0.0.1:0"}
	run(t, env, "check", "--migrate", "off").want(1, "there is no database")
	if err := os.WriteFile(filepath.Join(dir, "secret"), []byte("short\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	run(t, env, "check").want(1, "the secret in")
}
