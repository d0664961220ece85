package tests

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/crypto/bcrypt"

	"gatehouse/db/dbtest"
)

// tutorialTable is the table of the eight columns as a tutorial of old makes it, with a password column of that width.
const tutorialTable = `CREATE TABLE users (id INT NOT NULL AUTO_INCREMENT PRIMARY KEY, email VARCHAR(50) NOT NULL, password VARCHAR(%d) NOT NULL,
	gender VARCHAR(10), lastLogin DATETIME, name VARCHAR(50), role VARCHAR(20), state INT DEFAULT 1) ENGINE=InnoDB DEFAULT CHARSET=latin1`

const eightColumns = "SELECT id, email, password, gender, lastLogin, name, role, state FROM users ORDER BY id"

// hashOf is a bcrypt hash as PHP or Node write it.
func hashOf(t *testing.T, prefix string) string {
	t.Helper()
	hash, err := bcrypt.GenerateFromPassword([]byte(password), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	return prefix + string(hash[4:])
}

func TestTutorialsTableWorksAndKeepsItsValues(t *testing.T) {
	t.Parallel()
	for _, width := range []int{50, 60} { // a bcrypt hash has 60
		t.Run(fmt.Sprintf("VARCHAR(%d)", width), func(t *testing.T) {
			t.Parallel()
			databaseURL := emptyMySQL(t)
			conn := dbtest.OpenURL(t, databaseURL).DB
			execute(t, conn, fmt.Sprintf(tutorialTable, width),
				"INSERT INTO users (email, password, role) VALUES ('plain@example.com', '"+password+"', 'admin')",
				"INSERT INTO users (email, password, name, lastLogin) VALUES ('Zoë@example.com', 'plain', 'Zoë', '2020-01-02 03:04:05')",
				"INSERT INTO users (email, password) VALUES ('twice@example.com', 'x'), ('TWICE@example.com', 'y'), ('', ''), ('no address', 'z')")
			hashed := []string{
				"INSERT INTO users (email, password, role, gender) VALUES ('php@example.com', '" + hashOf(t, "$2y$") + "', 'editor', 'f')",
				"INSERT INTO users (email, password) VALUES ('Node@Example.com', '" + hashOf(t, "$2b$") + "')",
				"INSERT INTO users (email, password, state) VALUES ('old@example.com', '" + hashOf(t, "$2a$") + "', 1), ('off@example.com', '" + hashOf(t, "$2a$") + "', 0)",
				"UPDATE users SET password = '" + hashOf(t, "$2a$") + "' WHERE email = 'twice@example.com'",
			}
			if width >= 60 {
				execute(t, conn, hashed...)
			}
			before := rowsOf(t, conn, 8, eightColumns)
			s := inside(t, settings(t, databaseURL))
			s.person().get("/readyz").want(http.StatusOK)
			if after := rowsOf(t, conn, 8, eightColumns); !slices.Equal(after, before) {
				t.Errorf("the start changed the rows from\n%s\nto\n%s", strings.Join(before, "\n"), strings.Join(after, "\n"))
			}
			if got := rowsOf(t, conn, 2, "SELECT column_type, character_set_name FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = 'users' AND column_name = 'password'"); got[0] != `"varchar(255)" "latin1"` {
				t.Errorf("password is %s, want varchar(255), latin1", got)
			}
			if width < 60 {
				execute(t, conn, hashed...)
				before = rowsOf(t, conn, 8, eightColumns)
			}

			for _, email := range []string{"plain@example.com", "Zoë@example.com", "twice@example.com", "TWICE@example.com", "off@example.com", "nobody@example.com"} {
				s.person().login(email).want(http.StatusUnauthorized, "invalid_credentials")
			}
			for _, plain := range []string{"plain", "x", "y"} {
				s.person().post("/api/users/login", credentials("Zoë@example.com", plain)).want(http.StatusUnauthorized, "invalid_credentials")
			}
			if after := rowsOf(t, conn, 8, eightColumns); !slices.Equal(after, before) {
				t.Errorf("refused sign-ins changed the rows from\n%s\nto\n%s", strings.Join(before, "\n"), strings.Join(after, "\n"))
			}
			for _, email := range []string{"php@example.com", "node@example.com", "old@example.com", "PHP@example.com"} {
				p := s.person()
				p.login(email).want(http.StatusOK)
				p.me().want(http.StatusOK)
				p.logout().want(http.StatusOK)
				p.me().want(http.StatusUnauthorized)
			}
			s.person().post("/api/users/signup", credentials("php@example.com", password)).want(http.StatusConflict)
			s.member("new@example.com").me().want(http.StatusOK)
			without := func(rows []string) []string { // the rows of those who did not sign in
				return slices.DeleteFunc(slices.Clone(rows), func(row string) bool {
					return regexp.MustCompile(`"(php|Node|old|new)@`).MatchString(row)
				})
			}
			if got, want := without(rowsOf(t, conn, 8, eightColumns)), without(before); !slices.Equal(got, want) {
				t.Errorf("sign-ins changed rows of others from\n%s\nto\n%s", strings.Join(want, "\n"), strings.Join(got, "\n"))
			}
			s.stop()
			inside(t, s.env).person().login("php@example.com").want(http.StatusOK)
		})
	}
}

// TestUnfitTableIsRefusedWithWhatToRun runs what the refusal prints, after which the server starts.
func TestUnfitTableIsRefusedWithWhatToRun(t *testing.T) {
	t.Parallel()
	databaseURL := emptyMySQL(t)
	conn := dbtest.OpenURL(t, databaseURL).DB
	execute(t, conn,
		`CREATE TABLE users (id INT NOT NULL AUTO_INCREMENT PRIMARY KEY, email VARCHAR(50) NOT NULL, password VARCHAR(60) NOT NULL, gender VARCHAR(10),
			last_login DATETIME, name VARCHAR(50), role VARCHAR(20)) ENGINE=MyISAM DEFAULT CHARSET=latin1`,
		"CREATE TABLE sessions (id INT PRIMARY KEY, payload TEXT)",
		"INSERT INTO users (email, password, role) VALUES ('ann@example.com', '"+hashOf(t, "$2y$")+"', 'user')")
	env := settings(t, databaseURL)
	code, _, said := attempt(t, env)
	if code != 1 {
		t.Fatalf("exit code = %d, want 1: %s", code, said)
	}
	fixes := regexp.MustCompile(`(?m)^ +((?:ALTER|RENAME) TABLE .*;)`).FindAllStringSubmatch(said, -1)
	if len(fixes) != 4 {
		t.Fatalf("%d statements are proposed, want 4 (engine, lastLogin, state, sessions):\n%s", len(fixes), said)
	}
	code, found, _ := attempt(t, env, "check")
	if code != 1 {
		t.Errorf("exit code of check = %d, want 1", code)
	}
	for _, fix := range fixes {
		if !strings.Contains(found, fix[1]) {
			t.Errorf("check does not propose %s", fix[1])
		}
		execute(t, conn, fix[1])
	}
	s := inside(t, env)
	s.person().login("ann@example.com").want(http.StatusOK)
	s.stop()
}

// TestServerMayBeForbiddenToChangeTables runs the main job as a database user that can only read and write rows.
func TestServerMayBeForbiddenToChangeTables(t *testing.T) {
	t.Parallel()
	databaseURL := emptyMySQL(t)
	env := settings(t, databaseURL)
	if code, _, said := attempt(t, env, "--migrate", "off"); code != 1 || !strings.Contains(said, "gatehouse migrate up") {
		t.Errorf("exit code on an empty database = %d, want 1 and the command to run: %s", code, said)
	}
	limitedURL := limitedUser(t, databaseURL, "SELECT, INSERT, UPDATE, DELETE")
	const lacking = "that needs rights which no grant of the database user names: CREATE, ALTER, INDEX, DROP;"
	if code, out, said := attempt(t, append(env, "GATEHOUSE_DATABASE_URL="+limitedURL), "check"); code != 0 || !strings.Contains(out, lacking) {
		t.Errorf("check: exit code %d: %s%s\nwant %q", code, out, said, lacking)
	}
	if code, out, said := attempt(t, env, "check"); code != 0 || strings.Contains(out, "that needs rights") {
		t.Errorf("check by a user with all rights: exit code %d: %s%s", code, out, said)
	}
	if code, _, said := attempt(t, env, "migrate", "up"); code != 0 {
		t.Fatalf("migrate up: exit code %d: %s", code, said)
	}
	for _, migrate := range []string{"off", "on"} {
		t.Run("migrate "+migrate, func(t *testing.T) {
			s := inside(t, append(env, "GATEHOUSE_DATABASE_URL="+limitedURL, "GATEHOUSE_MIGRATE="+migrate))
			wholeJob(t, s, migrate)
			s.stop()
			if code, out, said := attempt(t, append(env, "GATEHOUSE_DATABASE_URL="+limitedURL), "check"); code != 0 {
				t.Errorf("check: exit code %d: %s%s", code, out, said)
			}
		})
	}
}

// wholeJob does everything that people do.
func wholeJob(t *testing.T, s *server, name string) {
	t.Helper()
	email := name + "@example.com"
	ann := s.member(email)
	ann.me().want(http.StatusOK)
	ann.logout().want(http.StatusOK)
	ann.login(email).want(http.StatusOK)
	ann.send(http.MethodPatch, "/api/users/me", `{"name":"Ann"}`).want(http.StatusOK)
	other := s.person()
	other.login(email).want(http.StatusOK)
	ann.send(http.MethodDelete, "/api/users/sessions/"+currentSession(other), "").want(http.StatusOK)
	ann.send(http.MethodDelete, "/api/users/sessions", "").want(http.StatusOK)
	ann.post("/api/users/reauthenticate", `{"password":"`+password+`"}`).want(http.StatusOK)
	ann.post("/api/users/password", `{"currentPassword":"`+password+`","newPassword":"another good one"}`).want(http.StatusOK)
	ann.post("/api/users/logout", "scope=global").want(http.StatusOK)
	ann.post("/api/users/login", credentials(email, "another good one")+"&remember=1").want(http.StatusOK)
	ann.send(http.MethodDelete, "/api/users/me", "").want(http.StatusOK)
	ann.post("/api/users/login", credentials(email, "another good one")).want(http.StatusUnauthorized)
	s.person().get("/readyz").want(http.StatusOK)
}
