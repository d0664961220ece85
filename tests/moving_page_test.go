package tests

import (
	"context"
	"errors"
	"net/url"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"gatehouse/db"
	"gatehouse/db/dbtest"
)

// newcomer follows docs/moving-in.md with a database of their own.
type newcomer struct {
	t           *testing.T
	page        string
	dir         string // where they type
	databaseURL string
	conn        *db.DB
	env         []string
}

// newNewcomer has a database that holds nothing but what the statements make.
func newNewcomer(t *testing.T, databaseURL string, statements ...string) *newcomer {
	t.Helper()
	n := &newcomer{t: t, page: example(t, "docs/moving-in.md"), dir: t.TempDir(), databaseURL: databaseURL}
	n.conn = dbtest.OpenURL(t, databaseURL).DB
	execute(t, n.conn, statements...)
	if err := os.Mkdir(filepath.Join(n.dir, "data"), 0o700); err != nil {
		t.Fatal(err)
	}
	n.env = []string{
		"PATH=" + filepath.Dir(binary(t)) + ":" + os.Getenv("PATH"), "HOME=" + n.dir, "LC_ALL=C.UTF-8",
		"GATEHOUSE_LISTEN=127.0.0.1:0", "GATEHOUSE_BCRYPT_COST=4", "GATEHOUSE_HASH_QUEUE=60s", "GATEHOUSE_DB_TIMEOUT=20s",
		"GATEHOUSE_DATABASE_URL=" + databaseURL, "GATEHOUSE_LOG_LEVEL=warn",
	}
	if n.conn.Engine() == db.MySQL {
		n.env = append(n.env, "GATEHOUSE_SECRET_FILE=data/secret")
		signInToMySQL(t, n.dir, databaseURL)
	}
	return n
}

// ready has the secret that a command on MySQL needs.
func (n *newcomer) ready() *newcomer {
	n.t.Helper()
	if n.conn.Engine() == db.MySQL {
		n.run("gatehouse secrets new data/secret")
	}
	return n
}

// blocks are the indented ones under a heading, without the indentation.
func (n *newcomer) blocks(heading string) []string {
	n.t.Helper()
	return blocksUnder(n.t, n.page, heading)
}

// block is the one of those under a heading that begins so.
func (n *newcomer) block(heading, begin string) string {
	n.t.Helper()
	for _, block := range n.blocks(heading) {
		if strings.HasPrefix(block, begin) {
			return block
		}
	}
	n.t.Fatalf("docs/moving-in.md has nothing under %q that begins with %q", heading, begin)
	return ""
}

// run has a shell run a block, and returns all that it prints.
func (n *newcomer) run(block string) string {
	n.t.Helper()
	out, code := n.try(block)
	if code != 0 {
		n.t.Fatalf("%s\nends with code %d: %s", block, code, out)
	}
	return out
}

// try returns the exit code too.
func (n *newcomer) try(block string) (out string, code int) {
	n.t.Helper()
	u, err := url.Parse(n.databaseURL)
	if err != nil {
		n.t.Fatal(err)
	}
	block = regexp.MustCompile(`\bshop `).ReplaceAllString(block, path.Base(u.Path)+" ")
	out, err = shell(n.t, n.dir, n.env, block)
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return out, exit.ExitCode()
	}
	if err != nil {
		n.t.Fatalf("%s: %v", block, err)
	}
	return out, 0
}

var (
	database  = regexp.MustCompile(`mysql://\S+|/\S+\.db`)
	storage   = regexp.MustCompile(` \(innodb, .*\)`)
	estimated = regexp.MustCompile(`about \S+ here \([^)]*\)`)
)

// likely hides what differs from machine to machine and, where the table is not in MySQL, what is only told of it.
func (n *newcomer) likely(text string) string {
	text = estimated.ReplaceAllString(database.ReplaceAllString(text, "DATABASE"), "about SO LONG")
	if n.conn.Engine() == db.SQLite {
		text = storage.ReplaceAllString(text, "")
	}
	return strings.TrimSpace(text)
}

// see runs what stands after the prompt of a block, and wants it to print what follows.
func (n *newcomer) see(heading, command string) {
	n.t.Helper()
	_, want, _ := strings.Cut(n.block(heading, "$ "+command+"\n"), "\n")
	if got := n.run(command); n.likely(got) != n.likely(want) {
		n.t.Errorf("%s prints\n%s\nwant\n%s", command, n.likely(got), n.likely(want))
	}
}

// execute runs statements, one after the other.
func (n *newcomer) execute(block string) {
	n.t.Helper()
	for _, statement := range strings.Split(block, ";\n") {
		if statement = strings.TrimSpace(statement); statement != "" {
			execute(n.t, n.conn, statement)
		}
	}
}

// proposed are the statements that the dry run prints, which it does where it fails.
func (n *newcomer) proposed() []string {
	n.t.Helper()
	out, code := n.try("gatehouse adopt --dry-run")
	if code != 1 {
		n.t.Errorf("exit code of the dry run = %d, want 1: %s", code, out)
	}
	var statements []string
	for _, m := range regexp.MustCompile(`(?m)^  ((?:SET|ALTER|RENAME) .*;)$`).FindAllStringSubmatch(out, -1) {
		statements = append(statements, m[1])
	}
	return statements
}

// serve starts Gatehouse until the test ends.
func (n *newcomer) serve() *server {
	n.t.Helper()
	return process(n.t, n.dir, n.env)
}

// old tells whether a program that compares in SQL would sign somebody in.
func (n *newcomer) old(email, password string) bool {
	n.t.Helper()
	found := 0
	err := n.conn.QueryRow(context.Background(), func(r db.Row) error { return r.Scan(&found) },
		"SELECT COUNT(*) FROM users WHERE email = ? AND password = ? AND state = 1", email, password)
	if err != nil {
		n.t.Fatal(err)
	}
	return found == 1
}
