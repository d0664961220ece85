package commands_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gatehouse/commands"
	"gatehouse/db"
	"gatehouse/db/dbtest"
)

func TestNewSecretsAreRandomPrivateAndNeverWrittenOver(t *testing.T) {
	dir := t.TempDir()
	first, second := filepath.Join(dir, "deep", "first"), filepath.Join(dir, "second")
	run(t, nil, "secrets", "new", first, second).want(0, first, second)
	texts := map[string]string{}
	for _, path := range []string{first, second} {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode() != 0o600 {
			t.Errorf("mode of %s = %v, want -rw-------", path, info.Mode())
		}
		texts[path] = read(t, path)
		if len(strings.TrimSpace(texts[path])) < 43 {
			t.Errorf("%s holds fewer than 256 bits", path)
		}
	}
	if texts[first] == texts[second] {
		t.Error("two secrets are the same")
	}
	run(t, nil, "secrets", "new", first).want(1, first, "--if-absent")
	third := filepath.Join(dir, "third")
	run(t, nil, "secrets", "new", "--if-absent", first, third).want(0, "stays as it is", third)
	if read(t, first) != texts[first] || read(t, third) == "" {
		t.Error("--if-absent changed the secret that was there, or did not make the one that was not")
	}
	o := run(t, nil, "secrets", "new", "-").want(0)
	if len(strings.TrimSpace(o.stdout)) < 43 || o.stderr != "" {
		t.Errorf("secrets new - printed %q and %q", o.stdout, o.stderr)
	}
	run(t, nil, "secrets", "new", filepath.Join(first, "below-a-file")).want(1)
	if o := run(t, nil, "secrets", "new", filepath.Join(dir, "fourth")); strings.Contains(o.stdout+o.stderr, strings.TrimSpace(read(t, filepath.Join(dir, "fourth")))) {
		t.Error("the secret was printed as well")
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestMySQLWithoutASecretIsRefusedWithTheCommandThatMakesOne(t *testing.T) {
	run(t, []string{"GATEHOUSE_DATABASE_URL=mysql://gatehouse:Pa55word@127.0.0.1:1/x"}).
		want(2, "--secret:", "gatehouse secrets new FILE", "--secret-file")
}

func TestWeakSecretIsRefused(t *testing.T) {
	dir := t.TempDir()
	for _, weak := range []string{"short", strings.Repeat("abcd", 16), "please-changeme-please-changeme-12", strings.Repeat("x", 64)} {
		file := filepath.Join(t.TempDir(), "weak")
		if err := os.WriteFile(file, []byte(weak+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		for _, o := range []outcome{
			run(t, []string{"GATEHOUSE_DATA_DIR=" + dir, "GATEHOUSE_SECRET=" + weak}).want(2, "--secret: "),
			run(t, []string{"GATEHOUSE_DATA_DIR=" + dir, "GATEHOUSE_SECRET_FILE=" + file}).want(2, "--secret-file: "),
		} {
			if strings.Contains(o.stderr, weak) {
				t.Errorf("the secret was printed: %s", o.stderr)
			}
		}
	}
	wantEmpty(t, dir)

	// The one that the server made itself, and somebody edited.
	if err := os.WriteFile(filepath.Join(dir, "secret"), []byte("short\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	run(t, []string{"GATEHOUSE_DATA_DIR=" + dir, "GATEHOUSE_LISTEN=127.0.0.1:0"}).want(1, filepath.Join(dir, "secret"), "fewer than 32 bytes")
}

func TestForeignSecretIsRefusedAndTheOldOneMayStandSecond(t *testing.T) {
	eachEmpty(t, func(t *testing.T, databaseURL string) {
		right, foreign := newSite(t, databaseURL), newSite(t, databaseURL)
		_, stop := serve(t, right.env)
		stop()
		run(t, foreign.env).want(1, "does not belong to this database", "copy the secret", "--secret-file")
		run(t, foreign.env, "check").want(1, "FAIL", "does not belong to this database")

		both := filepath.Join(t.TempDir(), "both")
		if err := os.WriteFile(both, []byte(read(t, foreign.secret)+read(t, right.secret)), 0o600); err != nil {
			t.Fatal(err)
		}
		run(t, right.with("GATEHOUSE_SECRET_FILE="+both), "check").want(0, "the secret belongs to the database")
		run(t, right.env, "check").want(0, "the secret belongs to the database")
		kids := run(t, right.env, "keys", "list").want(0, "signing").stdout
		// What is sealed with the new one, a server that runs with the old one could not read.
		run(t, right.with("GATEHOUSE_SECRET_FILE="+both), "keys", "rotate").want(1, "no server has been started with this first secret yet")
		if again := run(t, right.env, "keys", "list").want(0).stdout; again != kids {
			t.Errorf("keys were\n%snow\n%s", kids, again)
		}
		_, stop = serve(t, right.with("GATEHOUSE_SECRET_FILE="+both))
		stop()
		// From now on the first one is enough, and the signing keys are the same.
		_, stop = serve(t, foreign.env)
		stop()
		if got := run(t, foreign.env, "keys", "list").want(0).stdout; got != kids {
			t.Errorf("keys were\n%snow\n%s", kids, got)
		}
		run(t, right.env).want(1, "does not belong to this database")
	})
}

func TestServerMakesNoSecondSecretForItsDatabase(t *testing.T) {
	dir := t.TempDir()
	env := []string{"GATEHOUSE_DATA_DIR=" + dir, "GATEHOUSE_LISTEN=127.0.0.1:0", "GATEHOUSE_BCRYPT_COST=4"}
	_, stop := serve(t, env)
	stop()
	secret := filepath.Join(dir, "secret")
	if err := os.Rename(secret, secret+".away"); err != nil {
		t.Fatal(err)
	}
	refused := func() {
		t.Helper()
		const gone = "the database was used with a secret that is no longer at "
		run(t, env).want(1, gone+secret+": put that file back")
		run(t, env, "check").want(1, "FAIL  "+gone+secret)
	}
	refused()
	taken := httptest.NewServer(http.NotFoundHandler())
	defer taken.Close()
	run(t, append(env, "GATEHOUSE_LISTEN="+taken.Listener.Addr().String()), "check").want(1, "another program uses", "is no longer at "+secret)
	execute(t, "sqlite:"+filepath.Join(dir, "gatehouse.db"), "DELETE FROM gatehouse_meta") // the keys still tell
	refused()
	if _, err := os.Stat(secret); !os.IsNotExist(err) {
		t.Errorf("there is a secret again: %v", err)
	}
	if err := os.Rename(secret+".away", secret); err != nil {
		t.Fatal(err)
	}
	_, stop = serve(t, env)
	stop()
}

func TestTablesAreMigratedOnlyWhereAllowed(t *testing.T) {
	eachEmpty(t, func(t *testing.T, databaseURL string) {
		s := newSite(t, databaseURL)
		run(t, s.env, "serve", "--migrate", "off").want(1, "--migrate is off", "gatehouse migrate up")
		if strings.HasPrefix(databaseURL, "mysql:") {
			run(t, s.env, "migrate", "status").want(0, "15 migrations are pending", "gatehouse migrate up")
		}
		run(t, s.env, "migrate", "up").want(0, "up to date")
		run(t, s.env, "migrate", "up").want(0, "up to date")
		run(t, s.env, "migrate", "status").want(0, "are up to date")
		address, stop := serve(t, s.with("GATEHOUSE_MIGRATE=off"))
		signUp(t, address, "ann@example.com")
		run(t, s.env, "migrate", "status").want(0, "are up to date")
		if strings.HasPrefix(databaseURL, "sqlite:") {
			run(t, s.env, "migrate", "up").want(1, "another server uses this database file")
		} else {
			run(t, s.env, "migrate", "up").want(0)
		}
		stop()
	})
	missing := filepath.Join(t.TempDir(), "gatehouse.db")
	run(t, []string{"GATEHOUSE_DATABASE_URL=sqlite:" + missing}, "migrate", "status").want(0, "no database", missing)
	wantEmpty(t, filepath.Dir(missing))
}

func TestDatabaseThatRefusesUsIsToldWithoutThePassword(t *testing.T) {
	if len(dbtest.Engines()) == 1 {
		t.Skip("MySQL not installed")
	}
	databaseURL := dbtest.EmptyURL(t, db.MySQL)
	s := newSite(t, databaseURL)
	wrong, err := url.Parse(databaseURL)
	if err != nil {
		t.Fatal(err)
	}
	wrong.User = url.UserPassword(wrong.User.Username(), "wrong-Pa55word")
	for _, args := range [][]string{{"serve"}, {"migrate", "up"}, {"check"}} {
		o := run(t, s.with("GATEHOUSE_DATABASE_URL="+wrong.String(), "GATEHOUSE_LOG_LEVEL=debug"), args...).want(1, "Access denied")
		if strings.Contains(o.stdout+o.stderr, "Pa55word") {
			t.Errorf("%v printed the password:\n%s%s", args, o.stdout, o.stderr)
		}
	}
}

// A server that waits for its database can be stopped at once.
func TestStopWhileWaitingForTheDatabase(t *testing.T) {
	address := freeAddress(t)
	s := newSite(t, "mysql://gatehouse:Pa55word@"+address+"/gatehouse")
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	log := &watched{word: "waiting for the database", seen: cancel}
	ended := make(chan int)
	go func() { ended <- commands.Run(ctx, []string{"--db-wait", "1h"}, s.env, nil, log, log) }()
	select {
	case <-ended:
	case <-time.After(30 * time.Second):
		t.Fatal("the server still waits")
	}
	if strings.Contains(log.text, "Pa55word") || !strings.Contains(log.text, address) {
		t.Errorf("the log should name the address, and not the password:\n%s", log.text)
	}
}

// watched calls seen when a word is written.
type watched struct {
	word, text string
	seen       func()
}

func (w *watched) Write(p []byte) (int, error) {
	w.text += string(p)
	if strings.Contains(w.text, w.word) {
		w.seen()
	}
	return len(p), nil
}
