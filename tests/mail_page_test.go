package tests

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"gatehouse/config"
)

// reader does what docs/mail.md says, with curl and a shell.
type reader struct {
	*server
	page, dir, token string
}

// does runs the one command of the page that has a text in it, and returns what it prints.
func (r *reader) does(text string) string {
	r.t.Helper()
	var command string
	for line := range strings.Lines(r.page) {
		if strings.HasPrefix(line, "    ") && strings.Contains(line, text) {
			command += strings.TrimSpace(line)
		}
	}
	if command == "" {
		r.t.Fatalf("docs/mail.md has no command with %q any more", text)
	}
	return r.shell(command)
}

func (r *reader) shell(command string) string {
	r.t.Helper()
	command = strings.NewReplacer("http://localhost:3000", r.url, "data/mail", r.dir, "curl ", "curl -sS --fail-with-body ").Replace(command)
	sh := exec.CommandContext(r.t.Context(), "sh", "-c", command)
	sh.Dir, sh.Env = r.dir, []string{"PATH=" + os.Getenv("PATH"), "TOKEN=" + r.token}
	out, err := sh.Output()
	if err != nil {
		r.t.Fatalf("%s: %v: %s", command, err, out)
	}
	return string(out)
}

// takes waits for a mail of a kind and reads its token as the page says.
func (r *reader) takes(kind string) {
	r.t.Helper()
	until(r.t, "a mail of the kind "+kind, func() bool {
		files, _ := filepath.Glob(filepath.Join(r.dir, "*-"+kind+"-*.eml"))
		return len(files) == 1
	})
	_, command, found := strings.Cut(r.page, "\n    TOKEN=")
	if command, _, _ = strings.Cut(command, "\n"); !found {
		r.t.Fatal("docs/mail.md does not tell how to find a token any more")
	}
	if r.token = strings.TrimSpace(r.shell("TOKEN=" + command + "; echo \"$TOKEN\"")); len(r.token) != 43 {
		r.t.Fatalf("token = %q", r.token)
	}
}

func TestTheCommandsOfTheMailPageWork(t *testing.T) {
	if _, err := exec.LookPath("curl"); err != nil {
		t.Skip("curl is not installed")
	}
	each(t, func(t *testing.T, databaseURL string) {
		dir := t.TempDir()
		s := inside(t, settings(t, databaseURL, "GATEHOUSE_MAIL_DIR="+dir, "GATEHOUSE_EMAIL_VERIFICATION=require"))
		r := &reader{server: s, page: example(t, "docs/mail.md"), dir: dir}
		const login = "curl -c jar http://localhost:3000/api/users/login -d email=ann@example.com -d 'password="
		r.shell("curl http://localhost:3000/api/users/signup -d email=ann@example.com -d 'password=correct horse'")
		r.takes("verify")
		r.does(`TOKEN" -d 'password=correct horse'`)
		r.shell(login + "correct horse'")
		r.does("/password/forgot")
		r.takes("reset")
		r.does("/password/reset")
		r.shell(login + "battery staple'")
		r.does("/email/resend")
		r.does("/api/users/email ")
		r.takes("email_change")
		r.does("-d 'password=battery staple'")
		if me := r.shell("curl -b jar http://localhost:3000/api/users/me"); !strings.Contains(me, `"email":"new@example.com"`) {
			t.Errorf("me = %s", me)
		}
	})
}

// The numbers on the page are those of a server that nobody has told anything else.
func TestTheLimitsPageTellsTheDefaults(t *testing.T) {
	t.Parallel()
	page := example(t, "docs/limits.md")
	told := map[string][2]string{
		"account-failures":  {"5", "| 1 to 4 | at once |\n| 5, 6, 7, ... 14 | after 1 second, 2, 4, ... 512 |"},
		"account-delay":     {"1s", "after 1 second, 2, 4"},
		"account-delay-max": {"15m", "| 15 to 99 | after 15 minutes |"},
		"account-lock":      {"100", "| 100 | after 24 hours |"},
		"account-lock-time": {"24h", "24 hours after the last wrong password the row is forgotten"},
		"account-at-once":   {"5", "At most five passwords of one account"},
		"account-wait":      {"2s", "Others wait for 2 seconds"},
		"device-lock":       {"20", "after 20 it is unknown"},
		"device-lifetime":   {"8760h", "has not signed in for a year"},
		"network-failures":  {"100", "| 100 in 10 minutes |"},
		"network-window":    {"10m", "| 100 in 10 minutes |"},
		"signup-limit":      {"20", "| 20 an hour |"},
		"signup-window":     {"1h", "| 20 an hour |"},
		"mail-limit":        {"3", "| 3 an hour |"},
		"mail-window":       {"1h", "| 3 an hour |"},
	}
	for _, setting := range config.Reference() {
		want, ok := told[setting.Name]
		if !ok {
			continue
		}
		if delete(told, setting.Name); setting.Default != want[0] || !strings.Contains(page, want[1]) {
			t.Errorf("%s is %s by default, docs/limits.md has to say so as in %q", setting.Name, setting.Default, want[1])
		}
	}
	if len(told) != 0 {
		t.Errorf("no settings: %v", told)
	}
}
