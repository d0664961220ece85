package tests

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"gatehouse/db"
	"gatehouse/db/dbtest"
)

// smallTable is the tutorial's on SQLite.
const smallTable = `CREATE TABLE users (id INTEGER PRIMARY KEY AUTOINCREMENT, email VARCHAR(50) NOT NULL, password VARCHAR(255) NOT NULL,
	gender VARCHAR(10), lastLogin DATETIME, name VARCHAR(50), role VARCHAR(20), state INT DEFAULT 1)`

// TestHashesOfOthersAreNotRewrittenUntilTheEnd has people of a mixed table sign in: only before and after an adoption is
// a cheap hash in password, or one with PHP's prefix, replaced by ours.
func TestHashesOfOthersAreNotRewrittenUntilTheEnd(t *testing.T) {
	t.Parallel()
	for _, end := range []string{"--finish", "--undo"} {
		t.Run(end, func(t *testing.T) {
			each(t, func(t *testing.T, databaseURL string) {
				conn := dbtest.OpenURL(t, databaseURL).DB
				mixed := mixedTable(t, conn)
				env := settings(t, databaseURL, "GATEHOUSE_BCRYPT_COST=5")
				adopt := func(args ...string) {
					t.Helper()
					launch(t, t.TempDir(), env, append([]string{"adopt"}, args...)...).wantEnd(0)
				}
				if code, _, said := attempt(t, env, "migrate", "up"); code != 0 {
					t.Fatalf("migrate up: exit code %d: %s", code, said)
				}
				adopt("--bcrypt-cost", "4") // cheaper than the server's: what it made may be replaced, since nobody else reads it
				s := inside(t, env)
				found := rowsOf(t, conn, 2, "SELECT id, password FROM users ORDER BY id")
				for range 2 {
					for _, u := range mixed {
						s.lets(u, true)
						tokensOf(t, s, u)
					}
				}
				wantRows(t, "passwords after sign-ins during the adoption", rowsOf(t, conn, 2, "SELECT id, password FROM users ORDER BY id"), found)
				adopt()
				wantRows(t, "passwords after another run", rowsOf(t, conn, 2, "SELECT id, password FROM users ORDER BY id"), found)

				if end == "--finish" {
					adopt(end, "--yes")
				} else {
					adopt(end)
				}
				for i, u := range mixed {
					plain := i == len(mixed)-1
					s.lets(u, !plain || end == "--finish")
					now := rowsOf(t, conn, 2, "SELECT id, password FROM users WHERE id = ?", u.id)[0]
					if ours := strings.Contains(now, `"$2a$05$`); ours != (!plain || end == "--finish") {
						t.Errorf("user %d has a hash as we make them after %s and a sign-in: %v", u.id, end, ours)
					}
				}
			})
		})
	}
}

// mixedTable has hashes of the kinds that Gatehouse would rather have otherwise, one as it makes them, and a plain text.
func mixedTable(t *testing.T, conn *db.DB) (users []oldUser) {
	t.Helper()
	table := smallTable
	if conn.Engine() == db.MySQL {
		table = fmt.Sprintf(tutorialTable, 255)
	}
	execute(t, conn, table)
	for i, kept := range []string{hashOf(t, "$2y$"), hashOf(t, "$2b$"), hashOf(t, "$2a$"), password} {
		u := oldUser{i + 1, fmt.Sprintf("user%d@example.com", i+1), password}
		_, err := conn.Exec(context.Background(), "INSERT INTO users (id, email, password, role) VALUES (?, ?, ?, ?)", u.id, u.email, kept, "user")
		if err != nil {
			t.Fatal(err)
		}
		users = append(users, u)
	}
	return users
}

// tokensOf signs in for tokens, and again while signed in with them, for the ways in which a password is checked.
func tokensOf(t *testing.T, s *server, u oldUser) {
	t.Helper()
	tokensFor(t, s, u.email)
	p := s.person()
	p.post("/api/users/login", credentials(u.email, u.password)).want(200)
	p.post("/api/users/reauthenticate", url.Values{"password": {u.password}}.Encode()).want(200)
}
