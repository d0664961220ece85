package tests

import (
	"database/sql"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"gatehouse/db"
	"gatehouse/db/dbtest"
)

// newTutorialNewcomer has the table that the page shows.
func newTutorialNewcomer(t *testing.T, databaseURL string) *newcomer {
	t.Helper()
	table := oldTable
	if strings.HasPrefix(databaseURL, "sqlite:") {
		table = strings.Replace(smallTable, "email VARCHAR(50)", "email VARCHAR(50) COLLATE NOCASE", 1)
	}
	return newNewcomer(t, databaseURL, table, `INSERT INTO users (email, password, role, state) VALUES ('ann@example.com', 'ann likes tea', 'admin', 1),
		('bob@example.com', 'Bob1987', 'user', 1), ('cas@example.com', 'password', 'user', 0), ('dan@example.com', '5f4dcc3b5aa765d61d8327deb882cf99', 'user', 1),
		('eve@example.com', 'eve', 'user', 1), ('EVE@example.com', 'eve again', 'user', 1), ('frank', 'no address', 'user', 1)`)
}

// adopted has done what the page says up to the first step.
func (n *newcomer) adopted() *newcomer {
	n.t.Helper()
	if n.conn.Engine() == db.MySQL {
		needPrograms(n.t, examplesVariable, "mysqldump")
		n.run(n.block("## Before you begin", "gatehouse secrets new"))
		if dump := readFile(n.t, filepath.Join(n.dir, "data", "before.sql")); !strings.Contains(dump, "Bob1987") {
			n.t.Error("the backup does not hold the users")
		}
	}
	n.see("### Look", "gatehouse adopt --dry-run")
	n.run(n.block("### 1. Adopt", "gatehouse migrate up"))
	if got := rowsOf(n.t, n.conn, 2, strings.TrimSuffix(strings.TrimSpace(n.block("### Look", "SELECT")), ";")+" AND id = 4"); len(got) != 1 {
		n.t.Errorf("the statement for undecided rows finds %v, want row 4", got)
	}
	n.see("### 1. Adopt", "gatehouse adopt --format plain")
	return n
}

func TestTheTutorialsTableMovesInAsThePageSays(t *testing.T) {
	each(t, func(t *testing.T, databaseURL string) {
		n := newTutorialNewcomer(t, databaseURL).adopted()
		s := n.tryOut()
		for _, u := range []oldUser{{1, "ann@example.com", "ann likes tea"}, {4, "dan@example.com", "5f4dcc3b5aa765d61d8327deb882cf99"}} {
			s.lets(u, true)
			if !n.old(u.email, u.password) {
				t.Errorf("the old program refuses %s", u.email)
			}
		}
		n.see("### 3. Finish", "gatehouse adopt --finish --yes --format plain")
		s.lets(oldUser{2, "bob@example.com", "Bob1987"}, true)
		if n.old("bob@example.com", "Bob1987") {
			t.Error("the old program still signs bob in")
		}
	})
}

// TestTheFileIsClearedOfPlainTextAsThePageSays has a table of several pages, of which SQLite leaves copies when it splits them;
// what MySQL holds is searched elsewhere.
func TestTheFileIsClearedOfPlainTextAsThePageSays(t *testing.T) {
	t.Parallel()
	n := newNewcomer(t, dbtest.EmptyURL(t, db.SQLite), smallTable)
	if !strings.Contains(n.page, "`sqlite3 shop.db VACUUM`") {
		t.Error("docs/moving-in.md does not tell how to clear the free parts of the file")
	}
	file := strings.TrimPrefix(n.databaseURL, "sqlite:")
	old, err := sql.Open("sqlite", file) // an old program does not write over what it deletes
	if err != nil {
		t.Fatal(err)
	}
	for _, query := range []string{`INSERT INTO users (email, password, role) WITH RECURSIVE numbers (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n < 2999)
		SELECT 'u' || n || '@example.com', printf('PlainText%06d', n), 'user' FROM numbers`, "DELETE FROM users WHERE id > 200"} {
		if _, err := old.ExecContext(t.Context(), query); err != nil {
			t.Fatal(err)
		}
	}
	if err := old.Close(); err != nil {
		t.Fatal(err)
	}
	n.run("gatehouse migrate up && gatehouse adopt && gatehouse adopt --finish --yes")
	execute(t, n.conn, "PRAGMA wal_checkpoint(TRUNCATE)")
	if !strings.Contains(readFile(t, file), "PlainText") {
		t.Error("no plain text is left in the file, so docs/moving-in.md need not tell how to clear it")
	}
	execute(t, n.conn, "VACUUM")
	_ = n.conn.Close()
	for _, name := range []string{file, file + "-wal"} {
		if content, err := os.ReadFile(name); err == nil && strings.Contains(string(content), "PlainText") {
			t.Errorf("%s still holds a password", name)
		}
	}
}

// tryOut starts Gatehouse and asks it as the page says, with ports that are free.
func (n *newcomer) tryOut() *server {
	n.t.Helper()
	start, ask, _ := strings.Cut(n.block("### 2. Move the traffic", "gatehouse --listen"), "\n")
	args := strings.Fields(strings.Replace(start, "127.0.0.1:3001", freeAddress(n.t), 1))
	s := launch(n.t, n.dir, n.env, args[1:]...)
	s.url = "http://" + args[2]
	until(n.t, "Gatehouse answers", func() bool {
		_, err := s.person().try(http.MethodGet, "/readyz", "")
		return err == nil
	})
	if _, err := exec.LookPath("curl"); err == nil {
		if out := n.run("curl -sS" + strings.TrimPrefix(strings.ReplaceAll(ask, "http://127.0.0.1:3001", s.url), "curl")); !strings.Contains(out, `"email":"bob@example.com"`) {
			n.t.Errorf("%s answers %s", ask, out)
		}
	}
	return s
}

func TestTheWayBackIsAsThePageSays(t *testing.T) {
	each(t, func(t *testing.T, databaseURL string) {
		n := newTutorialNewcomer(t, databaseURL)
		found := rowsOf(t, n.conn, 8, eightColumns)
		n.adopted()
		n.see("### Back", "gatehouse adopt --undo")
		wantRows(t, "users after the way back", rowsOf(t, n.conn, 8, eightColumns), found)
		n.serve().lets(oldUser{2, "bob@example.com", "Bob1987"}, false)
	})
}

// TestChangesDuringTheMoveAreAsThePageSays goes through the table of the page, row by row.
func TestChangesDuringTheMoveAreAsThePageSays(t *testing.T) {
	each(t, func(t *testing.T, databaseURL string) {
		n := newTutorialNewcomer(t, databaseURL).adopted()
		s := n.serve()
		adopt := func() { n.run("gatehouse adopt --format plain") }
		want := func(what, email, password string, old, here bool) {
			t.Helper()
			if got := n.old(email, password); got != old {
				t.Errorf("%s: the old program lets them in: %v, want %v", what, got, old)
			}
			s.lets(oldUser{0, email, password}, here)
		}
		want("changes nothing", "ann@example.com", "ann likes tea", true, true)

		execute(t, n.conn, "INSERT INTO users (email, password, role) VALUES ('gil@example.com', 'gil is new', 'user')")
		want("signs up at the old program", "gil@example.com", "gil is new", true, false)
		adopt()
		want("signs up at the old program, then adopt", "gil@example.com", "gil is new", true, true)

		s.member("hal@example.com")
		want("signs up at Gatehouse", "hal@example.com", password, false, true)

		execute(t, n.conn, "UPDATE users SET password = 'changed there' WHERE id = 1")
		want("gets a new password at the old program", "ann@example.com", "changed there", true, false)
		want("has had another at the old program", "ann@example.com", "ann likes tea", false, false)
		adopt()
		want("gets a new password at the old program, then adopt", "ann@example.com", "changed there", true, true)

		bob := s.change(oldUser{2, "bob@example.com", "Bob1987"}, "changed here")
		for _, act := range []string{"gatehouse adopt --format plain", "gatehouse adopt --undo"} {
			want("gets a new password at Gatehouse", bob.email, bob.password, false, true)
			want("has had another at Gatehouse", bob.email, "Bob1987", false, false)
			n.run(act)
		}
		s.lets(bob, true)
		adopt()

		execute(t, n.conn, "UPDATE users SET state = 0 WHERE id = 1")
		want("is disabled", "ann@example.com", "changed there", false, false)
		if got := len(rowsOf(t, n.conn, 2, strings.TrimSuffix(strings.TrimSpace(n.block("### The old program must come back", "SELECT")), ";"))); got != 2 {
			t.Errorf("the statement finds %d who need a password at the old program, want 2", got)
		}
	})
}

func TestWatchingIsAsThePageSays(t *testing.T) {
	each(t, func(t *testing.T, databaseURL string) {
		n := newTutorialNewcomer(t, databaseURL).adopted()
		s := n.serve()
		args := strings.Fields(n.block("### 1. Adopt", "gatehouse adopt --format plain --watch"))
		watch := launch(t, n.dir, n.env, args[1:]...)
		until(t, "it says that it watches", func() bool { return strings.Contains(watch.stdout.String(), "Watching the table") })
		execute(t, n.conn, "INSERT INTO users (email, password, role) VALUES ('gil@example.com', 'gil is new', 'user')")
		until(t, "the newcomer can sign in", func() bool {
			return s.person().post("/api/users/login", credentials("gil@example.com", "gil is new")).status == http.StatusOK
		})
		watch.stop()
	})
}

// TestTheNginxBlockSendsTheSignInRoutesOver puts the page's lines in front of an old program.
func TestTheNginxBlockSendsTheSignInRoutesOver(t *testing.T) {
	t.Parallel()
	needPrograms(t, "GATEHOUSE_TEST_REQUIRE_PROXIES", "nginx")
	n := newTutorialNewcomer(t, "sqlite:"+filepath.Join(t.TempDir(), "shop.db")).adopted()
	front, behind, old := freeAddress(t), freeAddress(t), startApp(t)
	n.env = append(n.env, "GATEHOUSE_LISTEN="+behind, "GATEHOUSE_BASE_URL=http://localhost:"+port(front), "GATEHOUSE_TRUSTED_PROXIES=127.0.0.1")
	s := n.serve()
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "nginx.conf"), `user root; daemon off; pid nginx.pid; error_log stderr warn; events {}
http {
    access_log off; client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;
    server {
        listen `+front+`;
        location / { proxy_pass http://`+old.address+`; }
`+strings.ReplaceAll(n.block("### 2. Move the traffic", "location /api/users/"), "127.0.0.1:3001", behind)+`
    }
}
`)
	startProgram(t, front, dir, nil, "nginx", "-p", dir, "-c", "nginx.conf", "-e", "stderr")
	s.url = "http://" + front
	p := s.person()
	p.post("/api/users/login", credentials("bob@example.com", "Bob1987"), "Origin", s.url).want(http.StatusOK)
	p.me().want(http.StatusOK)
	if asked := old.asked.Load(); asked != 0 {
		t.Errorf("the old program was asked %d times, want none", asked)
	}
	p.get("/")
	if asked := old.asked.Load(); asked != 1 {
		t.Errorf("the old program was asked %d times for its page, want once", asked)
	}
}
