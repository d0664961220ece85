package commands_test

import (
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// theirFile is a SQLite file as another program leaves it: with a journal, and for its group to read.
type theirFile struct {
	t         *testing.T
	dir, path string
	before    string
	env       []string
}

func newTheirFile(t *testing.T) theirFile {
	t.Helper()
	dir := t.TempDir()
	path := filepath.Join(dir, "theirs.db")
	conn, err := sql.Open("sqlite", path) // not ours, which would turn it to WAL
	if err != nil {
		t.Fatal(err)
	}
	_, err = conn.Exec("CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT, password TEXT, gender TEXT, lastLogin DATETIME, name TEXT, role TEXT, state INT);" +
		"INSERT INTO users (email, password) VALUES ('ann@example.com', 'anns old password')")
	if err := errors.Join(err, conn.Close()); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, 0o640); err != nil {
		t.Fatal(err)
	}
	env := []string{"GATEHOUSE_DATABASE_URL=sqlite:" + path, "GATEHOUSE_DATA_DIR=" + dir, "GATEHOUSE_BCRYPT_COST=4", "GATEHOUSE_LISTEN=127.0.0.1:0"}
	return theirFile{t, dir, path, read(t, path), env}
}

// wantAsItWas looks at the bytes, which tell of WAL, at the mode, and for files beside it.
func (f theirFile) wantAsItWas() {
	f.t.Helper()
	if read(f.t, f.path) != f.before {
		f.t.Error("the file changed")
	}
	if info, err := os.Stat(f.path); err != nil || info.Mode() != 0o640 {
		f.t.Errorf("mode = %v, want 0640; %v", info.Mode(), err)
	}
	if left, err := os.ReadDir(f.dir); err != nil || len(left) != 1 {
		f.t.Errorf("the folder holds %v, want the one file; %v", left, err)
	}
}

func TestALookLeavesAnotherProgramsFileAsItIs(t *testing.T) {
	f := newTheirFile(t)
	run(t, f.env, "adopt", "--dry-run").want(0, "1  user", "1  to hash", "Nothing was changed.")
	f.wantAsItWas()
	run(t, f.env, "check").want(0, "would bring the tables up to date (15 migrations)")
	f.wantAsItWas()
	run(t, f.env, "migrate", "status").want(0, "15 migrations are pending")
	f.wantAsItWas()
}

func TestACommandThatIsRefusedLeavesAnotherProgramsFileAsItIs(t *testing.T) {
	f := newTheirFile(t)
	for _, args := range [][]string{
		{"adopt"},
		{"adopt", "--watch"},
		{"adopt", "--finish"},
		{"adopt", "--undo"},
		{"users", "list"},
		{"users", "export", filepath.Join(f.dir, "users.jsonl")},
		{"backup", filepath.Join(f.dir, "backup.db")},
		{"keys", "list"},
		{"secrets", "rotate"},
		{"events"},
	} {
		run(t, f.env, args...).want(1, "the tables are not up to date")
		f.wantAsItWas()
	}
}

// Such a journal is rolled back by whoever opens the file for writing, and only then can it be read.
func TestAJournalThatWasLeftBehindKeepsNoCommandOut(t *testing.T) {
	dir := t.TempDir()
	path, crashed := filepath.Join(dir, "ours.db"), filepath.Join(dir, "crashed.db")
	s := newSite(t, "sqlite:"+path)
	run(t, s.env, "migrate", "up").want(0)
	enter(t, "correct horse\n", s.env, "users", "add", "ann@example.com").want(0)
	conn, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetMaxOpenConns(1)
	for _, statement := range []string{"PRAGMA journal_mode = DELETE", "PRAGMA synchronous = OFF", "BEGIN IMMEDIATE", "UPDATE users SET name = 'half done'"} {
		if _, err := conn.Exec(statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
	for _, end := range []string{"", "-journal"} { // as a crash leaves them
		if err := os.WriteFile(crashed+end, []byte(read(t, path+end)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	got := run(t, s.with("GATEHOUSE_DATABASE_URL=sqlite:"+crashed), "users", "list").want(0, "ann@example.com")
	if strings.Contains(got.stdout, "half done") {
		t.Error("the journal was not rolled back")
	}
}
