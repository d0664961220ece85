package tests

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"gatehouse/db"
	"gatehouse/db/dbtest"
)

// moved is a user as an old server exported them, and why they cannot be moved, "" if they can.
type moved struct {
	fields  map[string]any
	refusal string
}

func toMove(t *testing.T) []moved {
	t.Helper()
	const hostile = "'); DROP TABLE users; -- \\' \\\\ \" ` \r\n \x1a % _ \u2028 日本 🙂 \\"
	hash := hashOf(t, "$2b$")
	return []moved{
		{map[string]any{"_id": map[string]any{"$oid": "65a1"}, "email": "ann@example.com", "password": hash, "name": hostile, "gender": `'"\`, "role": "editor"}, ""},
		{map[string]any{"email": "o'brien@example.com", "password": hashOf(t, "$2a$"), "name": ""}, ""},
		{map[string]any{"email": "Zoë@Example.com", "password": hashOf(t, "$2y$"), "name": nil, "state": 1}, ""},
		{map[string]any{"email": `\'@example.com`, "password": hash, "role": hostile[:40]}, ""},
		{map[string]any{"email": "off@example.com", "password": hash, "state": 0}, ""},
		{map[string]any{"email": "ANN@example.com", "password": hash}, "ANN@example.com this address is in line 1 too"},
		{map[string]any{"email": "plain@example.com", "password": password}, "plain@example.com password is no bcrypt hash"},
		{map[string]any{"email": "none@example.com"}, "none@example.com password is no bcrypt hash"},
		{map[string]any{"email": "more@example.com", "password": hash + "\n"}, "more@example.com password is longer than 60 characters"},
		{map[string]any{"email": "list@example.com", "password": []string{hash}}, "list@example.com password is no text"},
		{map[string]any{"email": "nul@example.com", "password": hash, "name": "a\x00b"}, "nul@example.com name is no text"},
		{map[string]any{"email": "long@example.com", "password": hash, "name": strings.Repeat("🙂", 101)}, "long@example.com name is longer than 100 characters"},
		{map[string]any{"email": "text@example.com", "password": hash, "state": "1"}, "text@example.com state is no whole number"},
		{map[string]any{"email": "true@example.com", "password": hash, "state": true}, "true@example.com state is no whole number"},
		{map[string]any{"email": "two words@example.com", "password": hash}, "two words@example.com email is no address"},
		{map[string]any{"email": "\x1b[2J", "password": hash}, `\u001b[2J email is no address`},
		{map[string]any{"password": hash}, "email is no address"},
	}
}

// row is how rowsOf shows the user in the table.
func (m moved) row() string {
	row := []string{}
	for _, field := range []string{"email", "password", "name", "gender", "role"} {
		text, _ := m.fields[field].(string)
		switch {
		case text != "":
			row = append(row, strconv.Quote(text))
		case field == "role":
			row = append(row, `"user"`)
		default:
			row = append(row, "NULL")
		}
	}
	state := m.fields["state"]
	if state == nil {
		state = 1
	}
	return strings.Join(append(row, fmt.Sprintf(`"%d"`, state)), " ")
}

// movedBy runs the script and returns what it prints, and what it says of those who cannot be moved.
func movedBy(t *testing.T, engine db.Engine, lines []string) (statements, said []string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "node", "../docs/examples/tokens/import-users.mjs", "--"+string(engine))
	cmd.Stdin = strings.NewReader(strings.Join(lines, "\n"))
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 1 {
		t.Fatalf("%v, want exit code 1: %s", err, stderr.String())
	}
	return strings.Split(strings.TrimSuffix(string(out), "\n"), "\n"), strings.Split(strings.TrimSuffix(stderr.String(), "\n"), "\n")
}

func TestUsersOfTheNodeServerSignInWithTheirOldPasswords(t *testing.T) {
	needPrograms(t, examplesVariable, "node")
	each(t, func(t *testing.T, databaseURL string) {
		env := settings(t, databaseURL)
		if code, _, said := attempt(t, env, "migrate", "up"); code != 0 {
			t.Fatalf("migrate up: exit code %d: %s", code, said)
		}
		conn := dbtest.OpenURL(t, databaseURL)
		var lines, rows, refusals []string
		for _, m := range toMove(t) {
			line, err := json.Marshal(m.fields)
			if err != nil {
				t.Fatal(err)
			}
			lines = append(lines, strings.ReplaceAll(string(line), `\u2028`, "\u2028"))
			if m.refusal == "" {
				rows = append(rows, m.row())
			} else {
				refusals = append(refusals, m.refusal)
			}
		}
		lines = append(lines, "", "null", password, `{"email":"lone@example.com","password":"`+hashOf(t, "$2b$")+`","name":"\ud800"}`)
		refusals = append(refusals, "no JSON object", "no JSON object", "lone@example.com name is no text")
		statements, said := movedBy(t, conn.Engine(), lines)

		if want := fmt.Sprintf("%d written, %d refused", len(rows), len(refusals)); said[len(said)-1] != want || len(said) != len(refusals)+1 {
			t.Fatalf("it says %q, want a line for each of %q and %q", said, refusals, want)
		}
		for i, want := range refusals {
			if !strings.HasSuffix(said[i], `: "`+want+`"`) {
				t.Errorf("it says %s, want %q", said[i], want)
			}
		}
		wantNothingToEscape(t, conn.Engine(), statements, len(rows))
		for range 2 { // the second time changes nothing
			feed(t, conn, statements)
			if got := rowsOf(t, conn.DB, 6, "SELECT email, password, name, gender, role, state FROM users ORDER BY id"); !slices.Equal(got, rows) {
				t.Fatalf("the users are\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(rows, "\n"))
			}
		}
		s := inside(t, env)
		for _, email := range []string{"ann@example.com", "o'brien@example.com", "zoë@example.com"} {
			tokensFor(t, s, email)
			s.person().login(email).want(http.StatusOK)
		}
		s.person().login("off@example.com").want(http.StatusUnauthorized, "invalid_credentials")
	})
}

// feed runs the statements as they stand, one after the other.
func feed(t *testing.T, conn dbtest.Conn, statements []string) {
	t.Helper()
	one, err := conn.SQL().Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer one.Close()
	for _, s := range statements {
		if _, err := one.ExecContext(t.Context(), s); err != nil {
			t.Fatalf("%v: %s", err, s)
		}
	}
}

// wantNothingToEscape wants the given number of users among the statements, and their texts as hexadecimal digits alone.
func wantNothingToEscape(t *testing.T, engine db.Engine, statements []string, users int) {
	t.Helper()
	inHex := regexp.MustCompile(`CAST\(X'[0-9a-f]*' AS TEXT\)`)
	var want []string
	if engine == db.MySQL {
		inHex = regexp.MustCompile(`_utf8mb4 X'[0-9a-f]*'`)
		want = append(want, `SET SESSION sql_mode = CONCAT\(@@sql_mode, ',STRICT_ALL_TABLES'\)`)
	}
	want = append(want, "BEGIN")
	want = append(want, slices.Repeat([]string{`INSERT INTO users \(email, password, name, gender, role, state\) SELECT L, L, (L|NULL), (L|NULL), L, \d ` +
		`FROM \(SELECT 1 AS one\) AS once WHERE NOT EXISTS \(SELECT 1 FROM users WHERE email = L\)`}, users)...)
	want = append(want, "COMMIT")
	if len(statements) != len(want) {
		t.Fatalf("%d statements, want %d", len(statements), len(want))
	}
	for i, s := range statements {
		if !regexp.MustCompile("^" + want[i] + ";$").MatchString(inHex.ReplaceAllString(s, "L")) {
			t.Errorf("statement %s, want %s", s, want[i])
		}
	}
}
