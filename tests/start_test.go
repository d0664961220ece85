package tests

import (
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"gatehouse/config"
	"gatehouse/db"
	"gatehouse/db/dbtest"
)

// TestNothingButThePortNeedsToBeSet starts the server as a newcomer does, types what it prints, and uses it at the
// defaults, with the real cost of a password.
func TestNothingButThePortNeedsToBeSet(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := process(t, dir, nil, "--listen", "127.0.0.1:0")
	for path, mode := range map[string]os.FileMode{
		"data": os.ModeDir | 0o700, "data/secret": 0o600, "data/gatehouse.db": 0o600, "data/gatehouse.db-wal": 0o600, "data/gatehouse.db-shm": 0o600,
	} {
		info, err := os.Stat(filepath.Join(dir, path))
		if err != nil {
			t.Errorf("%s: %v", path, err)
		} else if info.Mode() != mode {
			t.Errorf("%s has mode %v, want %v", path, info.Mode(), mode)
		}
	}
	until(t, "all of the greeting", func() bool { return strings.Contains(s.stdout.String(), "--help") })
	if whole, _ := filepath.EvalSymlinks(dir); !strings.Contains(s.stdout.String(), filepath.Join(whole, "data", "gatehouse.db")) {
		t.Errorf("the greeting does not tell where the data is:\n%s", s.stdout)
	}
	lines := regexp.MustCompile(`(?m)^ +(curl .*)$`).FindAllStringSubmatch(s.stdout.String(), -1)
	if len(lines) != 3 {
		t.Fatalf("the greeting has %d curl lines, want 3:\n%s", len(lines), s.stdout)
	}
	me := s.holder(typeIn(t, dir, s, lines[0][1], "201"))
	if _, err := exec.LookPath("curl"); err == nil {
		typeIn(t, dir, s, lines[1][1], "200")
		typeIn(t, dir, s, lines[2][1], "200")
	}
	me.me().want(http.StatusOK)
	s.stop()

	s = process(t, dir, nil, "--listen", "127.0.0.1:0")
	me = s.holder(me.cookie())
	me.me().want(http.StatusOK)
	me.logout().want(http.StatusOK)
	me.me().want(http.StatusUnauthorized)
	me.post("/api/users/login", credentials("you@example.com", "correct horse")).want(http.StatusOK)
	me.me().want(http.StatusOK)
}

// typeIn runs a curl line in a shell where there is curl, and returns the cookie that it left in its jar.
func typeIn(t *testing.T, dir string, s *server, line, wantStatus string) string {
	t.Helper()
	if _, err := exec.LookPath("curl"); err != nil {
		if !strings.Contains(line, "-d email=you@example.com -d 'password=correct horse'") {
			t.Fatalf("there is no curl, and the test does not know this line: %s", line)
		}
		return s.person().post("/api/users/signup", "email=you@example.com&password=correct horse").want(http.StatusCreated).newCookie()
	}
	out, err := shell(t, dir, []string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir}, line+` -sS -o answer -w '%{http_code}'`)
	if err != nil || out != wantStatus {
		t.Fatalf("%s = %s, want %s; %v", line, out, wantStatus, err)
	}
	jar, err := os.ReadFile(filepath.Join(dir, "jar"))
	if err != nil {
		t.Fatal(err)
	}
	fields := strings.Fields(string(jar))
	return fields[len(fields)-1]
}

func TestTheGreetingLeadsToAPageThatIsThere(t *testing.T) {
	t.Parallel()
	for want, args := range map[string][]string{"/signup": nil, "/login": {"--signup", "closed"}, "": {"--pages", "off"}} {
		s := inside(t, settings(t, dbtest.EmptyURL(t, db.SQLite)), args...)
		until(t, "all of the greeting", func() bool { return strings.Contains(s.stdout.String(), "--help") })
		page := ""
		if m := regexp.MustCompile(`(?m)^ +(http\S+)$`).FindStringSubmatch(s.stdout.String()); m != nil {
			page = strings.TrimPrefix(m[1], s.shown)
		}
		if page != want {
			t.Errorf("%v: it leads to %q, want %q", args, page, want)
		}
		if page == "" {
			continue
		}
		if res, body := send(t, browser(t, nil), "GET", s.url+page, "", "Accept", "text/html"); !strings.Contains(body, `<form method="post" action="`+page+`"`) {
			t.Errorf("%s: status = %d, want a form: %s", page, res.StatusCode, body)
		}
	}
}

func TestTheGreetingNamesTheCommandThatExplainsEverySetting(t *testing.T) {
	t.Parallel()
	s := inside(t, settings(t, dbtest.EmptyURL(t, db.SQLite)))
	until(t, "all of the greeting", func() bool { return strings.Contains(s.stdout.String(), "--help") })
	m := regexp.MustCompile(`All settings: gatehouse (.*--help)`).FindStringSubmatch(s.stdout.String())
	if m == nil {
		t.Fatalf("the greeting names no command:\n%s", s.stdout)
	}
	code, help, _ := attempt(t, nil, strings.Fields(m[1])...)
	if code != 0 {
		t.Errorf("exit code = %d, want 0", code)
	}
	for _, setting := range config.Reference() {
		if !strings.Contains(help, "--"+setting.Name) || !strings.Contains(help, "$"+setting.Env) {
			t.Errorf("%s does not explain %s", m[0], setting.Name)
		}
	}
}

func TestTakenPortLeavesNoTrace(t *testing.T) {
	t.Parallel()
	first := inside(t, settings(t, dbtest.EmptyURL(t, db.SQLite)))
	taken, dir := strings.TrimPrefix(first.url, "http://"), t.TempDir()
	s := launch(t, dir, nil, "--listen", taken)
	s.wantEnd(1)
	if got := s.stderr.String(); !strings.Contains(got, taken) || !strings.Contains(got, "--listen") {
		t.Errorf("the message names neither the address nor --listen: %s", got)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("the folder holds %v, want nothing; %v", left, err)
	}
	first.person().get("/readyz").want(http.StatusOK)
}

func TestSecondServerOnOneSQLiteFileRefuses(t *testing.T) {
	t.Parallel()
	databaseURL := dbtest.EmptyURL(t, db.SQLite)
	env := settings(t, databaseURL)
	first := process(t, t.TempDir(), env)
	ann := first.member("ann@example.com")
	for range 2 {
		second := launch(t, t.TempDir(), env)
		second.wantEnd(1)
		if got := second.stderr.String(); !strings.Contains(got, "another server uses this database file") || !strings.Contains(got, strings.TrimPrefix(databaseURL, "sqlite:")) {
			t.Errorf("the message does not say what is wrong: %s", got)
		}
		ann.me().want(http.StatusOK)
	}
	first.kill()
	third := process(t, t.TempDir(), env)
	third.holder(ann.cookie()).me().want(http.StatusOK)
}

func TestSeveralListenAddressesAllAnswer(t *testing.T) {
	t.Parallel()
	second := freeAddress(t)
	s := inside(t, settings(t, dbtest.EmptyURL(t, db.SQLite)), "--listen", "127.0.0.1:0,"+second)
	ann := s.member("ann@example.com")
	ann.me().want(http.StatusOK)
	ann.url = "http://" + second
	ann.me().want(http.StatusOK)
}
