package tests

import (
	"context"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"net/url"
	"os/exec"
	"path"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"gatehouse/db"
)

// oldTable is the tutorial's, as it is made today.
var oldTable = strings.Replace(fmt.Sprintf(tutorialTable, 50), "latin1", "utf8mb4", 1)

// oldUser is somebody whose password an older program keeps as it was typed.
type oldUser struct {
	id              int
	email, password string
}

// oldPasswords are of the kinds that are easily taken for something else, with a number so that a dump can be searched for
// them. Texts that differ only in case, or in spaces at their ends, are one text to the database.
var oldPasswords = []string{
	"simple word %06d", "Pässwörd mit ß %06d", "пароль-%06d", "密码密码-%06d", "🙂🔑🙂 %06d", "  at both ends %06d  ", "at the end %06d ",
	`it's "quoted" \ %06d \' %%_`, "770000%06d00", "0x7F%06d", "-7.7%06de5", "NULL %06d", "CASE%06d", "case%06d", "Case%06d", "tab\t%06d\t",
	"$money$ %06d", "{curly}%06d//", strings.Repeat("é", 27) + "%06d", strings.Repeat("🙂", 44) + "%06d", "'); DROP TABLE users; -- %06d",
	"%06d:%06[1]d:%06[1]d:%06[1]d:%06[1]d:%06[1]d:%06[1]d!", "e\u0301 and é %06d", "\u00a0no-break %06d\u3000", "line\n%06d",
}

// oldUsers are n users, with the ids from 1 on.
func oldUsers(n int) []oldUser {
	users, kinds := make([]oldUser, n), len(oldPasswords)
	for i := range users {
		format := "user%d@example.com"
		switch i % 50 {
		case 7:
			format = "User%d@Example.com"
		case 23:
			format = "zoë%d@bücher.example"
		}
		users[i] = oldUser{i + 1, fmt.Sprintf(format, i+1), fmt.Sprintf(oldPasswords[i%kinds], 100_003+7919*(i/kinds))}
	}
	return users
}

// insertOldUsers writes them as the old program left them: with roles, names and last sign-ins of its own.
func insertOldUsers(t *testing.T, conn *db.DB, users []oldUser) {
	t.Helper()
	for page := range slices.Chunk(users, 200) {
		var args []any
		for _, u := range page {
			args = append(args, u.id, u.email, u.password, fmt.Sprintf("Zoë %d", u.id), []string{"user", "editor"}[u.id%2])
		}
		query := "INSERT INTO users (id, email, password, name, role, lastLogin) VALUES " +
			strings.TrimSuffix(strings.Repeat("(?, ?, ?, ?, ?, '2020-01-02 03:04:05'), ", len(page)), ", ")
		if _, err := conn.Exec(context.Background(), query, args...); err != nil {
			t.Fatal(err)
		}
	}
}

// traffic is users who sign in all the time, one after the other.
type traffic struct {
	done     sync.WaitGroup
	ended    atomic.Bool
	attempts atomic.Int64
}

// keepSigningIn has each of a few workers sign in the users in an order of its own until the traffic is stopped. What
// signIn returns is why somebody was refused, and a failure; "" is none. Its caller stops it before the test ends.
func keepSigningIn(t *testing.T, users []oldUser, signIn func(u oldUser) string) *traffic {
	t.Helper()
	const workers, limit, enough = 2, 50_000, 5
	r := &traffic{}
	for range workers {
		r.done.Go(func() {
			order, refused := rand.Perm(len(users)), 0
			for i := 0; i < limit && !r.ended.Load() && refused < enough; i++ {
				u := users[order[i%len(order)]]
				if why := signIn(u); why != "" {
					refused++
					t.Errorf("%s was refused: %s", u.email, why)
				}
				r.attempts.Add(1)
			}
		})
	}
	return r
}

// stop returns how often somebody has signed in.
func (r *traffic) stop() int64 {
	r.ended.Store(true)
	r.done.Wait()
	return r.attempts.Load()
}

// goOn returns when so many more have signed in.
func (r *traffic) goOn(t *testing.T, more int64) {
	t.Helper()
	goal := r.attempts.Load() + more
	until(t, "users sign in", func() bool { return r.attempts.Load() >= goal || t.Failed() })
}

// everything is all columns of all tables, each value on a line.
func everything(t *testing.T, conn *db.DB) string {
	t.Helper()
	var all strings.Builder
	tables := map[string][]string{}
	for _, row := range columnsOf(t, conn) {
		tables[row[0]] = append(tables[row[0]], row[1])
	}
	for table, columns := range tables {
		for _, column := range columns {
			fmt.Fprintf(&all, "%s.%s\n", table, column)
			err := conn.Query(context.Background(), func(r db.Row) error {
				var value []byte
				err := r.Scan(&value)
				all.Write(append(value, '\n'))
				return err
			}, "SELECT `"+column+"` FROM `"+table+"`")
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	return all.String()
}

// columnsOf is the table and the name of each column of the database.
func columnsOf(t *testing.T, conn *db.DB) [][2]string {
	t.Helper()
	query := "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = DATABASE()"
	if conn.Engine() == db.SQLite {
		query = "SELECT m.name, c.name FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'table'"
	}
	var all [][2]string
	err := conn.Query(context.Background(), func(r db.Row) error {
		var c [2]string
		err := r.Scan(&c[0], &c[1])
		all = append(all, c)
		return err
	}, query)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// dumped is the database as the program for backups writes it, "" where that is not installed.
func dumped(t *testing.T, databaseURL string) string {
	t.Helper()
	name, err := exec.LookPath("mariadb-dump")
	if err != nil {
		return ""
	}
	u, err := url.Parse(databaseURL)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), name, "--no-defaults", "--skip-ssl", "--default-character-set=utf8mb4", "--protocol=tcp",
		"--host="+u.Hostname(), "--port="+u.Port(), "--user="+u.User.Username(), path.Base(u.Path))
	secret, _ := u.User.Password()
	cmd.Env = append(cmd.Environ(), "MYSQL_PWD="+secret)
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return string(out)
}

// readable are those whose password stands in the text, whatever its case and the spaces at its ends: as it is, as the
// program for backups quotes it, or in hexadecimal digits.
func readable(text string, users []oldUser) (emails []string) {
	quoted := strings.NewReplacer(`\`, `\\`, `'`, `\'`, `"`, `\"`, "\n", `\n`)
	text = strings.ToLower(text)
	for _, u := range users {
		plain := strings.ToLower(strings.TrimSpace(u.password))
		if strings.Contains(text, plain) || strings.Contains(text, strings.ToLower(quoted.Replace(plain))) ||
			strings.Contains(text, hex.EncodeToString([]byte(strings.TrimSpace(u.password)))) {
			emails = append(emails, u.email)
		}
	}
	return emails
}
