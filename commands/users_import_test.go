package commands_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gatehouse/commands"
)

// Hashes of "correct horse".
const (
	bcryptHash = "$2b$04$W5aMQVNrP/WlwOBFN/uneuXcyYXKpjQPdM07eL9BZ5V0mm3KG8aKW"
	pbkdf2Hash = "pbkdf2_sha256$1000$saltsaltsalt$F7o7+5VTVzFAO998X6s3AHrDsJVdMiIlgndIMe19NvY="
)

// file writes a file and returns its name.
func file(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// says checks the exit code and all that a command prints, but for the spaces that align columns.
func (o office) says(code int, stdout, stderr string, args ...string) {
	o.t.Helper()
	o.saysAfter("", code, stdout, stderr, args...)
}

func (o office) saysAfter(typed string, code int, stdout, stderr string, args ...string) {
	o.t.Helper()
	got := enter(o.t, typed, o.env, append([]string{"users"}, args...)...)
	if narrow(got.stdout) != stdout || narrow(got.stderr) != stderr || got.code != code {
		o.t.Errorf("users %q ends with %d and prints\n%s\n--- and\n%s\nwant %d and\n%s\n--- and\n%s", args, got.code, narrow(got.stdout), narrow(got.stderr), code, stdout, stderr)
	}
}

func narrow(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	for i := range lines {
		lines[i] = strings.Join(strings.Fields(lines[i]), " ")
	}
	return strings.Join(lines, "\n")
}

const leftOut = "gatehouse: bad lines were left out: "

func TestUsersComeFromAFileAndSignIn(t *testing.T) {
	eachOffice(t, func(t *testing.T, o office) {
		lines := file(t, "users.jsonl", `{"_id":{"$oid":"507f1f77bcf86cd799439011"},"email":"ann@example.com","password":"`+bcryptHash+`","__v":0}
{"_id":{"$oid":"507f1f77bcf86cd799439012"},"email":"ben@example.com","password":"`+pbkdf2Hash+`","__v":0}
{"email":"cat@example.com","password":"secret"}

{"email":"dog","password":"`+bcryptHash+`"}
{"email":"Ann@Example.com","password":"`+bcryptHash+`"}
{"email":"eve@example.com","role":"admin"}
`)
		const bad = "line 3: password is not a hash that Gatehouse knows; if it is plain text, --plaintext hashes it\nline 5: email must be an e-mail address\n"
		const twice = "line 6: has the address of line 1, which counts\n"
		const notes = "Without a password, so that they cannot sign in until one is set: 1\nWith the role admin, but not admins of Gatehouse (see --admins, and `gatehouse users role`): 1\nFields not used: _id, __v"
		o.says(1, "read 6\nwould add 3\nalready there 0\ntwice in the file 1\nbad 2\n"+notes, bad+twice+leftOut+"2", "import", "--dry-run", lines)
		o.prints("ID E-MAIL NAME ROLE STATE LAST SIGN-IN", "list")
		o.says(1, "read 6\nadded 3\nalready there 0\ntwice in the file 1\nbad 2\n"+notes, bad+twice+leftOut+"2", "import", lines)
		o.prints("ID E-MAIL NAME ROLE STATE LAST SIGN-IN\n1 ann@example.com - user active never\n2 ben@example.com - user active never\n3 eve@example.com - admin (not of Gatehouse) active never", "list")
		for _, email := range []string{"ann@example.com", "ben@example.com"} {
			wantStatus(t, email, o.visitor(email, "correct horse")(), http.StatusOK)
		}
		o.refused("eve@example.com", "correct horse")
		o.says(1, "read 6\nadded 0\nalready there 4\nbad 2\nFields not used: _id, __v", bad+leftOut+"2", "import", lines)
	})
}

func TestEverythingThatAFileTellsIsStored(t *testing.T) {
	eachEmpty(t, func(t *testing.T, databaseURL string) {
		s := newSite(t, databaseURL)
		run(t, s.env, "migrate", "up").want(0)
		o := office{t: t, env: s.env}
		table := file(t, "users.csv", "\ufeffid;mail;passwd;name;gender;role;state;lastLogin;created;emailVerified\r\n"+
			"7;root@example.com;"+bcryptHash+";\"Root; \"\"R\"\"\";f;admin;1;2026-01-02 03:04:05;2025-01-02T03:04:05.678Z;true\r\n"+
			"3b241101-e2bb-4255-8caf-4136c566a962;ann@example.com;;;;;0;;;0\r\n"+
			"9;ann@EXAMPLE.com;;;;;;;;\r\n")
		o.says(0, "read 3\nadded 2\nalready there 0\ntwice in the file 1\nbad 0\nWithout a password, so that they cannot sign in until one is set: 1\nMade admins of Gatehouse: 1\nWith an id that is no number; they got new ones: 1",
			"line 4: has the address of line 3, which counts", "import", "--admins", "--map", "email=mail,password=passwd", table)
		o.prints("ID E-MAIL NAME ROLE STATE LAST SIGN-IN\n7 root@example.com Root; \"R\" admin active TIME\n8 ann@example.com - user disabled never", "list")
		o.prints(`{"id":7,"email":"root@example.com","gender":"f","lastLogin":"TIME","name":"Root; \"R\"","role":"admin","state":1,"created":"TIME"}`, "show", "--json", "7")
		if got := run(t, s.env, "users", "show", "--json", "7").stdout; !strings.Contains(got, `"lastLogin":"2026-01-02T03:04:05Z"`) || !strings.Contains(got, `"created":"2025-01-02T03:04:05.678Z"`) {
			t.Errorf("the times are not those of the file: %s", got)
		}
		for query, want := range map[string]int{
			"SELECT COUNT(*) FROM users WHERE gh_revision = 1": 2, "SELECT COUNT(*) FROM users WHERE gh_email_key = email": 2,
			"SELECT COUNT(*) FROM users WHERE gh_admin > 1700000000000": 1, "SELECT COUNT(*) FROM users WHERE gh_email_verified > 1700000000000": 1,
			"SELECT COUNT(*) FROM users WHERE gh_email_verified = 0": 1, "SELECT COUNT(*) FROM users WHERE gh_created IS NULL": 1,
		} {
			if got := count(t, databaseURL, query); got != want {
				t.Errorf("%s = %d, want %d", query, got, want)
			}
		}
		// Somebody who is there with another id is told of.
		o.says(0, "read 1\nadded 0\nalready there 1\nbad 0\nAlready there, but with another id than in the file: 1", "", "import", file(t, "x.json", `[{"id":4,"email":"ROOT@example.com"}]`))
		o.says(1, "read 1\nadded 0\nalready there 0\nbad 1", "line 2: id is that of another user\n"+leftOut+"1", "import", file(t, "x.csv", "id,email\n8,new@example.com\n"))
		o.saysAfter("{\"email\":\"ben@example.com\",\"password\":\"secret\"}", 0, "read 1\nadded 1\nalready there 0\nbad 0\nPasswords that were plain text and were hashed: 1\nFields of --map that no line has: x", "", "import", "--plaintext", "--map", "name=x", "-")
		if got := count(t, databaseURL, "SELECT COUNT(*) FROM users WHERE id > 8 AND email = 'ben@example.com'"); got != 1 {
			t.Errorf("%d rows of the last import, want 1", got)
		}
	})
}

func TestTheSummaryOfAnImportIsAlsoJSON(t *testing.T) {
	eachEmpty(t, func(t *testing.T, databaseURL string) {
		s := newSite(t, databaseURL)
		run(t, s.env, "migrate", "up").want(0)
		out := enter(t, "{\"email\":\"ann@example.com\",\"role\":\"admin\",\"x\\u001b\":1}\n{}\n", s.env, "users", "import", "--json", "--dry-run", "-").want(1)
		const want = `{"dryRun":true,"read":2,"added":1,"present":0,"twice":0,"bad":1,"hashed":0,"noPassword":1,"adminRole":1,"admins":0,"newIds":0,"otherIds":0,"unusedFields":["x\u001b"],"missingFields":null}` + "\n"
		if out.stdout != want {
			t.Errorf("it prints %swant %s", out.stdout, want)
		}
		if !json.Valid([]byte(out.stdout)) {
			t.Errorf("%q is not JSON", out.stdout)
		}
	})
}

func TestManyBadLinesAreCountedRatherThanTold(t *testing.T) {
	eachEmpty(t, func(t *testing.T, databaseURL string) {
		s := newSite(t, databaseURL)
		run(t, s.env, "migrate", "up").want(0)
		var b strings.Builder
		b.WriteString("email,password\n")
		for i := range 500 {
			fmt.Fprintf(&b, "u%d@example.com,%s\n", i, []string{"hunter2", bcryptHash}[i%2])
		}
		out := run(t, s.env, "users", "import", file(t, "users.csv", b.String())).want(1, "read           500", "added          250")
		lines := strings.Split(strings.TrimSpace(out.stderr), "\n")
		if len(lines) != 102 || !strings.HasPrefix(lines[99], "line 200: ") || lines[100] != "and 150 more lines" || lines[101] != leftOut+"250" {
			t.Errorf("%d lines, the last %q", len(lines), lines[max(0, len(lines)-3):])
		}
		if strings.Contains(out.stdout+out.stderr, "hunter2") {
			t.Error("a password was printed")
		}
	})
}

// Some are found when the line is read, others when the user is to go in.
func TestBadLinesAreToldInTheOrderOfTheFile(t *testing.T) {
	eachOffice(t, func(t *testing.T, o office) {
		lines := file(t, "users.jsonl", `{"email":"no address"}
{"email":"ann@example.com"}
no JSON
{"email":"ann@example.com"}
{"email":7}
{"email":"ben@example.com","password":"plain text"}
`)
		got := enter(t, "", o.env, "users", "import", lines).want(1, leftOut+"4")
		var numbers []string
		for line := range strings.Lines(got.stderr) {
			if number, ok := strings.CutPrefix(line, "line "); ok {
				number, _, _ = strings.Cut(number, ":")
				numbers = append(numbers, number)
			}
		}
		if got := strings.Join(numbers, " "); got != "1 3 4 5 6" {
			t.Errorf("the lines told are %s, want 1 3 4 5 6", got)
		}
	})
}

// They are not kept back until the end, however many there are.
func TestBadLinesAreToldWhileAnImportRuns(t *testing.T) {
	eachEmpty(t, func(t *testing.T, databaseURL string) {
		s := newSite(t, databaseURL)
		run(t, s.env, "migrate", "up").want(0)
		in, out := io.Pipe()
		defer out.Close()
		ctx, interrupt := interruptible(t)
		r := &running{t: t, interrupt: interrupt, ended: make(chan int, 1)}
		go func() {
			r.ended <- commands.Run(ctx, []string{"users", "import", "-"}, s.env, in, locked{&r.mu, &r.out}, locked{&r.mu, &r.err})
		}()
		if _, err := io.WriteString(out, strings.Repeat("{no JSON\n", 300)); err != nil {
			t.Fatal(err)
		}
		r.says("line 100: ")
		r.interrupt()
		r.outcome().want(1, "interrupted")
	})
}

func TestFilesThatCannotBeImportedAreToldAndChangeNothing(t *testing.T) {
	dir := t.TempDir()
	env := []string{"GATEHOUSE_DATA_DIR=" + dir}
	good := file(t, "good.csv", "email\nann@example.com\n")
	for _, test := range []struct {
		code int
		why  string
		args []string
	}{
		{2, `--map: "mail" is no field of ours; ours are id, email, password, name, gender, role, state, lastLogin, created, emailVerified, admin`, []string{"--map", "mail=email", filepath.Join(dir, "none")}},
		{2, "--map: nothing is named for email", []string{"--map", "email=", good}},
		{2, `--format must be json or csv, not "xml"`, []string{"--format", "xml", good}},
		{2, `expected "<file>"`, nil},
		{1, "no such file or directory", []string{filepath.Join(dir, "none")}},
		{1, dir + " is a folder, not a file", []string{dir}},
		{1, "the file is packed with gzip; unpack it first", []string{file(t, "x.csv", "\x1f\x8b\x08\x00")}},
		{1, "the file is UTF-16; save it as UTF-8", []string{file(t, "x.csv", "\xff\xfee\x00")}},
		{1, "the file is empty", []string{file(t, "x.csv", "")}},
		{1, "line 1: two columns have the same name (columns 1 and 2)", []string{file(t, "x.csv", "email,email\n")}},
		{1, `the first line names no column "email"; it must name the columns, and --map email=COLUMN says which holds the e-mail address`, []string{file(t, "x.csv", "mail\n")}},
		{1, "line 1: the names of the columns cannot be read; save the file as CSV in UTF-8", []string{"--format", "csv", file(t, "x.json", `{"email":"ann@example.com"}`)}},
		{1, "there is no database at " + dir, []string{good}},
	} {
		o := run(t, env, append([]string{"users", "import"}, test.args...)...).want(test.code, "gatehouse: ", test.why)
		if o.stdout != "" {
			t.Errorf("%q: stdout = %q, want nothing", test.args, o.stdout)
		}
	}
	wantEmpty(t, dir)
}

// endless is a file that never comes to an end; it tells when more is waited for.
type endless struct {
	text    string
	waiting chan struct{}
}

func (e *endless) Read(b []byte) (int, error) {
	if e.text == "" {
		close(e.waiting)
		select {}
	}
	n := copy(b, e.text)
	e.text = e.text[n:]
	return n, nil
}

func TestAnInterruptedImportEndsAndCanBeRunAgain(t *testing.T) {
	eachEmpty(t, func(t *testing.T, databaseURL string) {
		s := newSite(t, databaseURL)
		run(t, s.env, "migrate", "up").want(0)
		ctx, interrupt := context.WithTimeout(context.Background(), time.Minute)
		in := &endless{"{\"email\":\"ann@example.com\"}\n{\"em", make(chan struct{})}
		go func() { <-in.waiting; interrupt() }()
		var said strings.Builder
		if code := commands.Run(ctx, []string{"users", "import", "--format", "json", "-"}, s.env, in, io.Discard, &said); code != 1 {
			t.Errorf("exit code = %d, want 1", code)
		}
		if !strings.Contains(said.String(), "gatehouse: interrupted; to go on, run it again: who is there already is left alone\n") {
			t.Errorf("it said %q", said.String())
		}
	})
}
