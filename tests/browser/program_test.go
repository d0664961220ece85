package browser

import (
	"bytes"
	"cmp"
	"context"
	"io"
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
)

const (
	password    = "correct horse battery"
	newPassword = "staple in the moonlight"
)

// program is the whole of Gatehouse while it runs within the test process, on a database of its own.
type program struct {
	t              *testing.T
	url, address   string // as people type it, and where it listens
	mails          string // the folder
	env            []string
	read           map[string]bool
	stdout, stderr printed
}

var runningAt = regexp.MustCompile(`(?m)^Gatehouse is running at (http\S+)$`)

// start runs it until the test ends. All that a test does comes from one network, so the limits are far away.
func start(t *testing.T, more ...string) *program {
	t.Helper()
	dir := t.TempDir()
	g := &program{t: t, mails: filepath.Join(dir, "mail"), read: map[string]bool{}}
	env := append([]string{
		"GATEHOUSE_LISTEN=127.0.0.1:0", "GATEHOUSE_DATA_DIR=" + dir, "GATEHOUSE_MAIL_DIR=" + g.mails, "GATEHOUSE_LOG_FORMAT=json",
		"GATEHOUSE_EMAIL_VERIFICATION=ask", "GATEHOUSE_BCRYPT_COST=4", "GATEHOUSE_HASH_QUEUE=60s", "GATEHOUSE_DB_TIMEOUT=20s",
		"GATEHOUSE_NETWORK_FAILURES=100000", "GATEHOUSE_SIGNUP_LIMIT=100000", "GATEHOUSE_MAIL_LIMIT=100",
	}, more...)
	g.env = env
	for _, setting := range more {
		if address, is := strings.CutPrefix(setting, "GATEHOUSE_LISTEN="); is {
			g.address = address
		}
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan int, 1)
	go func() { ended <- commands.Run(ctx, nil, env, nil, &g.stdout, &g.stderr) }()
	t.Cleanup(func() {
		stop()
		if code := <-ended; code != 0 {
			t.Errorf("exit code = %d", code)
		}
		if log := g.stderr.String(); t.Failed() {
			t.Logf("Gatehouse logged\n%s", log[max(0, len(log)-4000):])
		}
	})
	if !soon(func() bool {
		m := runningAt.FindStringSubmatch(g.stdout.String())
		if m != nil {
			g.url = m[1]
			g.address = cmp.Or(g.address, "127.0.0.1"+g.url[strings.LastIndex(g.url, ":"):])
		}
		return m != nil
	}) {
		t.Fatalf("Gatehouse does not start: %s", g.stderr.String())
	}
	return g
}

// post does by the API what a test needs to have been done.
func (g *program) post(path string, form url.Values, wantStatus int) {
	g.t.Helper()
	response, err := http.PostForm("http://"+g.address+path, form)
	if err != nil {
		g.t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	if body, _ := io.ReadAll(response.Body); response.StatusCode != wantStatus {
		g.t.Fatalf("%s = %d, want %d: %s", path, response.StatusCode, wantStatus, body)
	}
}

// run does a command beside the program.
func (g *program) run(args ...string) {
	g.t.Helper()
	var printed bytes.Buffer
	if code := commands.Run(context.Background(), args, g.env, nil, &printed, &printed); code != 0 {
		g.t.Fatalf("%q = %d: %s", args, code, printed.String())
	}
}

// member makes an account.
func (g *program) member(email string) {
	g.t.Helper()
	g.post("/api/users/signup", url.Values{"email": {email}, "password": {password}, "name": {"Ann"}}, http.StatusCreated)
}

var linkInMail = regexp.MustCompile(`(?m)^(http\S+\?token=[A-Za-z0-9_=-]+)\r?$`)

// mailed waits for a mail of this kind to this address that was not read before, and returns its link.
func (g *program) mailed(kind, to string) (link string) {
	g.t.Helper()
	if !soon(func() bool {
		files, _ := filepath.Glob(filepath.Join(g.mails, "*-"+kind+"-*.eml"))
		for _, file := range files {
			text, err := os.ReadFile(file)
			if m := linkInMail.FindSubmatch(text); err == nil && m != nil && !g.read[file] && strings.Contains(string(text), "<"+to+">") {
				g.read[file], link = true, string(m[1])
				return true
			}
		}
		return false
	}) {
		g.t.Fatalf("no mail %s to %s", kind, to)
	}
	return link
}

// printed is what the program has printed so far.
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

// soon waits for what happens beside the test. A busy machine is not what is tested.
func soon(happened func() bool) bool {
	for deadline := time.Now().Add(patience); !happened(); <-time.After(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			return false
		}
	}
	return true
}
