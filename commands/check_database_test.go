package commands_test

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/crypto/bcrypt"

	"gatehouse/db"
	"gatehouse/db/dbtest"
)

func TestCheckOfAGoodDatabaseCountsItsUsers(t *testing.T) {
	eachEmpty(t, func(t *testing.T, databaseURL string) {
		s := newSite(t, databaseURL)
		address, stop := serve(t, s.env)
		for _, email := range []string{"ann@example.com", "ben@example.com", "off@example.com"} {
			signUp(t, address, email)
		}
		stop()
		execute(t, databaseURL, "UPDATE users SET state = 0 WHERE email = 'off@example.com'")
		o := run(t, s.env, "check", "--signup", "closed").want(0, "the database answers", "the tables are up to date",
			"the secret belongs to the database", "3 users, 1 of them disabled", "The server would start")
		wantReadable(t, o)
		if strings.Contains(o.stdout, "cannot sign in") {
			t.Errorf("check finds fault with a good database:\n%s", o.stdout)
		}
	})
}

func TestCheckCountsWhoCannotSignIn(t *testing.T) {
	eachEmpty(t, func(t *testing.T, databaseURL string) {
		s := newSite(t, databaseURL)
		_, stop := serve(t, s.env)
		stop()
		cheap, err := bcrypt.GenerateFromPassword([]byte("correct horse"), 4)
		if err != nil {
			t.Fatal(err)
		}
		dear := strings.Replace(string(cheap), "$04$", "$14$", 1)
		insert := func(email, password string) string {
			return "INSERT INTO users (email, password) VALUES ('" + email + "', '" + password + "')"
		}
		execute(t, databaseURL,
			insert("good@example.com", string(cheap)), insert("dear@example.com", dear),
			insert("plain1@example.com", "letmein-Pa55"), insert("plain2@example.com", "5f4dcc3b5aa765d61d8327deb882cf99"), insert("plain3@example.com", ""),
			insert("no address", string(cheap)), insert("", string(cheap)),
			insert("twice@example.com", string(cheap)), insert("TWICE@example.com", string(cheap)), insert(" twice@EXAMPLE.com", string(cheap)))
		o := run(t, s.env, "check").want(0, "10 users, 0 of them disabled",
			"2 users cannot sign in, because what stands in their column email is no e-mail address",
			"3 users share an address with another row (1 address): until that is resolved they are refused, or only one of them gets in: twice@example.com",
			"1 user cannot sign in, because their password is not stored as a hash that Gatehouse reads", "gatehouse adopt --dry-run",
			"1 user cannot sign in, because their password could be a hash or plain text",
			"1 user cannot sign in, because they have no password",
			"1 user has a hash dearer than --bcrypt-cost 4")
		wantReadable(t, o)
		if strings.Contains(o.stdout, "letmein") || strings.Contains(o.stdout, "$2a$") {
			t.Errorf("check shows passwords:\n%s", o.stdout)
		}
	})
}

func TestCheckChangesNothing(t *testing.T) {
	eachEmpty(t, func(t *testing.T, databaseURL string) {
		s := newSite(t, databaseURL)
		create := "CREATE TABLE users (id INT NOT NULL AUTO_INCREMENT PRIMARY KEY, email VARCHAR(50), password VARCHAR(50), gender VARCHAR(10), lastLogin DATETIME, name VARCHAR(50), role VARCHAR(20), state INT)"
		if strings.HasPrefix(databaseURL, "sqlite:") {
			create = strings.Replace(create, "INT NOT NULL AUTO_INCREMENT", "INTEGER", 1)
		}
		execute(t, databaseURL, create, "INSERT INTO users (email, password) VALUES ('ann@example.com', 'x')")
		before := tables(t, databaseURL)
		o := run(t, s.env, "check").want(0, "would bring the tables up to date (15 migrations)")
		wantReadable(t, o)
		run(t, s.with("GATEHOUSE_MIGRATE=off"), "check").want(1, "15 migrations are pending", "gatehouse migrate up")
		if after := tables(t, databaseURL); !slices.Equal(after, before) {
			t.Errorf("check changed the tables from %q to %q", before, after)
		}
	})
}

func tables(t *testing.T, databaseURL string) []string {
	t.Helper()
	conn := dbtest.OpenURL(t, databaseURL)
	defer conn.Close()
	query := "SELECT name || sql FROM sqlite_master WHERE name NOT LIKE 'sqlite%' ORDER BY name"
	if conn.Engine() == db.MySQL {
		query = "SELECT CONCAT(table_name, '.', column_name, ' ', column_type) FROM information_schema.columns WHERE table_schema = DATABASE() ORDER BY table_name, ordinal_position"
	}
	var found []string
	err := conn.Query(context.Background(), func(r db.Row) error {
		var text string
		err := r.Scan(&text)
		found = append(found, text)
		return err
	}, query)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestCheckLeavesAStoppedServersFolderAsItIs(t *testing.T) {
	dir := t.TempDir()
	env := []string{"GATEHOUSE_DATA_DIR=" + dir, "GATEHOUSE_LISTEN=127.0.0.1:0"}
	run(t, env, "migrate", "up").want(0)
	names := func() (all []string) {
		left, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range left {
			all = append(all, e.Name())
		}
		return all
	}
	before := names()
	run(t, env, "check").want(0, "would make a secret")
	run(t, env, "migrate", "status").want(0, "up to date")
	if after := names(); !slices.Equal(after, before) {
		t.Errorf("the folder holds %v, want %v", after, before)
	}
}

func TestCheckLooksAtTheRowsBeforeTheTablesAreTouched(t *testing.T) {
	eachEmpty(t, func(t *testing.T, databaseURL string) {
		s := newSite(t, databaseURL)
		run(t, s.env, "migrate", "up").want(0)
		conn := dbtest.OpenURL(t, databaseURL)
		for _, statement := range []string{
			"DROP TABLE sessions", "DROP TABLE gatehouse_migrations", "DROP TABLE gatehouse_meta", "DROP TABLE users",
			"CREATE TABLE users (id INTEGER PRIMARY KEY " + map[db.Engine]string{db.MySQL: "AUTO_INCREMENT", db.SQLite: "AUTOINCREMENT"}[conn.Engine()] +
				", email VARCHAR(50), password VARCHAR(50), gender VARCHAR(10), lastLogin DATETIME, name VARCHAR(50), role VARCHAR(20), state INT)",
			"INSERT INTO users (email, password, state) VALUES ('ann@example.com', 'plain', 1)",
			"INSERT INTO users (email, password, state) VALUES ('Ann@example.com', 'plain', 1)",
			"INSERT INTO users (email, password, state) VALUES ('admin', 'plain', 0)",
		} {
			if _, err := conn.Exec(context.Background(), statement); err != nil {
				t.Fatalf("%s: %v", statement, err)
			}
		}
		o := run(t, s.env, "check").want(0, "15 migrations", "3 users, 1 of them disabled", "ann@example.com", "not stored as a hash", "no e-mail address")
		wantReadable(t, o)
	})
}

func TestCheckTellsThatNobodyCanEverSignIn(t *testing.T) {
	eachEmpty(t, func(t *testing.T, databaseURL string) {
		s := newSite(t, databaseURL)
		run(t, s.env, "migrate", "up").want(0)
		run(t, s.env, "check", "--signup", "closed").want(0, "nobody can sign in")
	})
}

func TestCheckFollowsALinkToTheFileOfARunningServer(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "real.db")
	s := newSite(t, "sqlite:"+path)
	_, stop := serve(t, s.env)
	defer stop()
	link := filepath.Join(t.TempDir(), "link.db")
	if err := os.Symlink(path, link); err != nil {
		t.Fatal(err)
	}
	run(t, s.with("GATEHOUSE_DATABASE_URL=sqlite:"+link), "check").want(0, "a server uses the database now")
}
