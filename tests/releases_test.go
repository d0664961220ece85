package tests

import (
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"gatehouse/db"
	"gatehouse/db/dbtest"
)

// Each folder under testdata/releases is the database of an earlier release with people in it; make.sh there writes one. The first
// is from before there was a release: the tables as they were before attempts were limited (migrations 1 to 9).
func TestADatabaseOfEachReleaseMigrates(t *testing.T) {
	t.Parallel()
	needMySQLWhereAsked(t)
	releases, err := filepath.Glob("testdata/releases/*/settings")
	if err != nil || len(releases) == 0 {
		t.Fatalf("releases = %v, %v", releases, err)
	}
	for _, file := range releases {
		folder := filepath.Dir(file)
		for _, engine := range dbtest.Engines() {
			t.Run(filepath.Base(folder)+" "+string(engine), func(t *testing.T) {
				t.Parallel()
				databaseURL := released(t, engine, folder)
				env := append(settings(t, databaseURL), "GATEHOUSE_SECRET_FILE=")
				env = append(env, strings.Fields(readFile(t, file))...)
				peopleGoOn(t, inside(t, env), heldIn(t, folder, engine))
			})
		}
	}
}

// released is a database with what the file of a release holds.
func released(t *testing.T, engine db.Engine, folder string) string {
	t.Helper()
	databaseURL := dbtest.EmptyURL(t, engine)
	conn := dbtest.OpenURL(t, databaseURL)
	sql := readFile(t, filepath.Join(folder, string(engine)+".sql"))
	if engine == db.SQLite { // takes all at once
		execute(t, conn.DB, sql)
	} else {
		for statement := range strings.SplitSeq(strings.TrimSpace(sql), ";\n") {
			execute(t, conn.DB, strings.TrimSuffix(statement, ";"))
		}
	}
	if got := rowsOf(t, conn.DB, 1, "SELECT COUNT(*) FROM users"); got[0] != `"2"` {
		t.Fatalf("%s: %s users, want 2", folder, got[0])
	}
	if err := conn.Close(); err != nil {
		t.Fatal(err)
	}
	return databaseURL
}

// heldIn is what people of the release hold, by name: a cookie, a refresh token, and one that was signed out.
func heldIn(t *testing.T, folder string, engine db.Engine) map[string]string {
	t.Helper()
	held := map[string]string{}
	for line := range strings.Lines(readFile(t, filepath.Join(folder, string(engine)+".held"))) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		held[name] = value
	}
	return held
}

// peopleGoOn wants sessions, tokens, passwords and the history to be as they were, and what is new to work.
func peopleGoOn(t *testing.T, s *server, held map[string]string) {
	t.Helper()
	remembered := s.holder(held["cookie"])
	if me := remembered.me().want(http.StatusOK); !strings.Contains(me.body, `"ann@example.com"`) {
		t.Errorf("the session is of %s, want ann@example.com", me.body)
	}
	if events := remembered.get("/api/users/events").want(http.StatusOK); !strings.Contains(events.body, `"sign_up"`) {
		t.Errorf("the history is lost: %s", events.body)
	}
	refreshed := s.person().given(s.person().post("/auth/refresh", "", "authorization_refresh", held["refresh"]))
	s.person().get("/api/users/me", "Authorization", "Bearer "+refreshed.access).want(http.StatusOK)
	s.person().post("/auth/refresh", "", "authorization_refresh", held["ended"]).want(http.StatusUnauthorized)

	s.person().login("ann@example.com").want(http.StatusOK)
	s.person().loginWith("bob@example.com", "wrong").want(http.StatusUnauthorized)
	remembered.logout().want(http.StatusOK)
	s.holder(held["cookie"]).me().want(http.StatusUnauthorized)
	s.member("cat@example.com").me().want(http.StatusOK)
}

// An older program must run on what a newer one has made of the tables, so that an upgrade can be taken back.
func TestAProgramDoesNotMindNewerTables(t *testing.T) {
	each(t, func(t *testing.T, databaseURL string) {
		env := settings(t, databaseURL)
		s := inside(t, env)
		ann := s.member("ann@example.com")
		s.stop()
		execute(t, dbtest.OpenURL(t, databaseURL).DB,
			"INSERT INTO gatehouse_migrations (version_id, is_applied) VALUES (999, 1)",
			"ALTER TABLE users ADD COLUMN gh_of_the_future BIGINT NULL",
			"ALTER TABLE sessions ADD COLUMN of_the_future BIGINT NULL",
			"CREATE TABLE gatehouse_of_the_future (id BIGINT NOT NULL PRIMARY KEY)")
		older := inside(t, env)
		older.holder(ann.cookie()).me().want(http.StatusOK)
		older.person().login("ann@example.com").want(http.StatusOK)
		older.member("bob@example.com").me().want(http.StatusOK)
	})
}
