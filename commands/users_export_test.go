package commands_test

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gatehouse/commands"
	"gatehouse/db/dbtest"
)

// Everything that moves from one database to another arrives as it was, so that a second export is the same file.
func TestAnExportIsImportedUnchanged(t *testing.T) {
	eachEmpty(t, func(t *testing.T, databaseURL string) {
		s := newSite(t, databaseURL)
		run(t, s.env, "migrate", "up").want(0)
		execute(t, databaseURL, `INSERT INTO users (id, email, password, gender, lastLogin, name, role, state, gh_email_key, gh_email_verified, gh_admin, gh_revision, gh_created) VALUES
			(3, 'Ann@Example.com', '`+bcryptHash+`', 'f', '2026-01-02 03:04:05', 'Ann, "A" B', 'admin', 1, 'ann@example.com', 1767323045999, 1767323045000, 9, 1767323045678),
			(4, 'ben@example.com', '`+bcryptHash+`', NULL, NULL, NULL, 'admin', 1, 'ben@example.com', 0, NULL, NULL, NULL),
			(50, 'cät@bücher.example', '', NULL, NULL, 'C', 'Editor in chief', -2, NULL, NULL, NULL, NULL, NULL),
			(9000000000, 'dog@example.com', 'hunter2', 'x', '1999-12-31 23:59:59', ';=1+1', '3', 7, NULL, NULL, NULL, NULL, 0),
			(4503599627370496, 'eve@example.com', '5ebe2294ecd0e0f08eab7690d2a6ee69', NULL, NULL, NULL, 'user', 0, NULL, 5, 7, NULL, -1)`)
		dir := t.TempDir()
		for _, format := range []string{"json", "csv"} {
			first, second := filepath.Join(dir, "first."+format), filepath.Join(dir, "second."+format)
			o := office{t: t, env: s.env}
			o.says(0, "", "Exported 5 users to "+first+". Keep the file as safe as the database: it holds the hashes of passwords.\n"+
				"Without their password, which is not a hash that Gatehouse knows and stays in the database: 2\nWithout a password, because they have none: 1", "export", first)
			text, err := os.ReadFile(first)
			if err != nil || strings.Contains(string(text), "hunter2") || strings.Contains(string(text), "5ebe22") || !strings.Contains(string(text), bcryptHash) {
				t.Errorf("%v: the file holds\n%s", err, text)
			}
			if info, err := os.Stat(first); err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("mode = %v, %v, want 0600", info.Mode(), err)
			}
			for _, engine := range engines(t) {
				other := newSite(t, engine)
				run(t, other.env, "migrate", "up").want(0)
				run(t, other.env, "users", "import", "--admins", first).want(0, "added          5", "Made admins of Gatehouse: 1")
				_ = os.Remove(second)
				run(t, other.env, "users", "export", second).want(0)
				if again, err := os.ReadFile(second); err != nil || string(again) != string(text) {
					t.Errorf("%v: the second export is\n%s\nwant\n%s", err, again, text)
				}
				// Without the flag nobody becomes an admin of Gatehouse, and all else is the same.
				plain := newSite(t, engines(t)[0])
				run(t, plain.env, "migrate", "up").want(0)
				run(t, plain.env, "users", "import", first).want(0, "With the role admin, but not admins of Gatehouse (see --admins, and `gatehouse users role`): 2")
				_ = os.Remove(second)
				run(t, plain.env, "users", "export", second).want(0)
				want := strings.Replace(strings.Replace(string(text), `"admin":true`, `"admin":false`, 1), ",true\n", ",false\n", 1)
				if again, err := os.ReadFile(second); err != nil || string(again) != want {
					t.Errorf("%v: without --admins the second export is\n%s\nwant\n%s", err, again, want)
				}
			}
		}
	})
}

func TestAnExportWritesOverNothingAndLeavesNothingHalf(t *testing.T) {
	eachEmpty(t, func(t *testing.T, databaseURL string) {
		s := newSite(t, databaseURL)
		run(t, s.env, "migrate", "up").want(0)
		dir := t.TempDir()
		there := filepath.Join(dir, "there.json")
		if err := os.WriteFile(there, []byte("mine"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(filepath.Join(dir, "nowhere"), filepath.Join(dir, "link.json")); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{there, filepath.Join(dir, "link.json")} {
			run(t, s.env, "users", "export", name).want(1, "gatehouse: "+name+" exists already and is not written over; choose another name\n")
		}
		run(t, s.env, "users", "export", filepath.Join(dir, "no", "such.json")).want(1, "no such file or directory")
		run(t, s.env, "users", "export", filepath.Join(dir, "new.json")).want(0)
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		if code := commands.Run(ctx, []string{"users", "export", filepath.Join(dir, "cancelled.json")}, s.env, nil, io.Discard, io.Discard); code != 1 {
			t.Errorf("exit code of an interrupted export = %d, want 1", code)
		}
		left, err := os.ReadDir(dir)
		var names []string
		for _, entry := range left {
			names = append(names, entry.Name())
		}
		if text, _ := os.ReadFile(there); err != nil || !slices.Equal(names, []string{"link.json", "new.json", "there.json"}) || string(text) != "mine" {
			t.Errorf("the folder holds %v, and the file %q", names, text)
		}
	})
}

func TestAnExportGoesToTheStandardOutputToo(t *testing.T) {
	eachEmpty(t, func(t *testing.T, databaseURL string) {
		s := newSite(t, databaseURL)
		run(t, s.env, "migrate", "up").want(0)
		execute(t, databaseURL, "INSERT INTO users (email, password, role) VALUES ('a,b', 'x', 'user'), ('ann@example.com', '', 'user'), (' Ann@example.com', '', 'user')")
		out := run(t, s.env, "users", "export", "--format", "csv", "-").want(0)
		want := "id,email,password,name,gender,role,state,lastLogin,created,emailVerified,admin\n" +
			"1,\"a,b\",,,,user,1,,,,false\n2,ann@example.com,,,,user,1,,,,false\n3,Ann@example.com,,,,user,1,,,,false\n"
		if out.stdout != want {
			t.Errorf("it prints\n%swant\n%s", out.stdout, want)
		}
		if want := "user 1: email must be an e-mail address\nuser 3: email is that of another user too\nExported 3 users. Keep the file as safe as the database: it holds the hashes of passwords.\n" +
			"Without their password, which is not a hash that Gatehouse knows and stays in the database: 1\nWithout a password, because they have none: 2\nAn import would refuse them as they are (see above): 2\n"; out.stderr != want {
			t.Errorf("it says\n%swant\n%s", out.stderr, want)
		}
		out = run(t, s.env, "users", "export", "--json", "-").want(0)
		if lines := strings.Split(strings.TrimSpace(out.stderr), "\n"); lines[len(lines)-1] != `{"exported":3,"noPassword":2,"noHash":1,"refused":2}` || strings.Count(out.stdout, "\n") != 3 {
			t.Errorf("it prints\n%s\nand says\n%s", out.stdout, out.stderr)
		}
	})
}

// engines are fresh databases without tables, one on each engine.
func engines(t *testing.T) (urls []string) {
	t.Helper()
	for _, engine := range dbtest.Engines() {
		urls = append(urls, dbtest.EmptyURL(t, engine))
	}
	return urls
}
