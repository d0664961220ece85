package commands_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gatehouse/db"
	"gatehouse/db/dbtest"
)

func TestABackupTakenWhileTheServerRunsIsAWholeDatabase(t *testing.T) {
	s := newSite(t, dbtest.EmptyURL(t, db.SQLite))
	address, stop := serve(t, s.env)
	enter(t, "correct horse\n", s.env, "users", "add", "ann@example.com").want(0)
	file := filepath.Join(t.TempDir(), "saved.db")
	run(t, s.env, "backup", file).want(0, "The database is saved in "+file)
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode = %v, %v, want 0600", info.Mode(), err)
	}
	run(t, s.env, "backup", file).want(1, file+" exists already and is not written over")
	// What comes later is not in it, and the server went on.
	enter(t, "correct horse\n", s.env, "users", "add", "ben@example.com").want(0)
	wantStatus(t, "the server after the backup", office{t: t, address: address}.visitor("ben@example.com", "correct horse")(), http.StatusOK)
	stop()

	restored := s.with("GATEHOUSE_DATABASE_URL=sqlite:" + file)
	address, stop = serve(t, restored)
	defer stop()
	o := office{t: t, env: restored, address: address}
	wantStatus(t, "who was there", o.visitor("ann@example.com", "correct horse")(), http.StatusOK)
	o.refused("ben@example.com", "correct horse")
}

func TestABackupThatCannotBeMadeLeavesNothing(t *testing.T) {
	eachEmpty(t, func(t *testing.T, databaseURL string) {
		s := newSite(t, databaseURL)
		run(t, s.env, "migrate", "up").want(0)
		dir := t.TempDir()
		if !strings.HasPrefix(databaseURL, "sqlite:") {
			run(t, s.env, "backup", filepath.Join(dir, "saved.db")).want(1, "mysqldump")
			wantEmpty(t, dir)
			return
		}
		run(t, s.env, "backup", filepath.Join(dir, "no", "such", "folder")).want(1, "no such file or directory")
		t.Chdir(dir)
		for _, name := range []string{":memory:", "file:saved.db", "file:saved.db?mode=memory", "it's #1 100%"} { // SQLite has meanings of its own for some
			run(t, s.env, "backup", name).want(0)
			if info, err := os.Stat(name); err != nil || info.Size() == 0 || info.Mode().Perm() != 0o600 {
				t.Errorf("%s: %v, %v, want a private file that holds something", name, info, err)
			}
			if err := os.Remove(name); err != nil {
				t.Error(err)
			}
		}
		run(t, s.env, "backup").want(2, "Try: gatehouse backup --help")
		path := strings.TrimPrefix(databaseURL, "sqlite:")
		run(t, s.env, "backup", path).want(1, "exists already")
		run(t, s.with("GATEHOUSE_DATABASE_URL=sqlite:"+filepath.Join(dir, "none.db")), "backup", filepath.Join(dir, "saved.db")).want(1, "there is no database")
		wantEmpty(t, dir)
	})
}
