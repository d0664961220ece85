package tests

import (
	"net/http"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"gatehouse/db"
	"gatehouse/db/dbtest"
)

// The commands of docs/deploying.md, with nothing changed but folders and the name of the database: what was there at the backup is
// back, what came later is gone, and nobody is signed in by what was revived. systemctl is ours, and does nothing.
func TestTheBackupsOfThePageAreRestoredAsItSays(t *testing.T) {
	t.Parallel()
	needMySQLWhereAsked(t)
	blocks := blocksUnder(t, example(t, "docs/deploying.md"), "## Back up and restore")
	if len(blocks) != 2 {
		t.Fatalf("%d blocks, want one for each engine", len(blocks))
	}
	for i, engine := range dbtest.Engines() {
		t.Run(string(engine), func(t *testing.T) {
			t.Parallel()
			databaseURL := dbtest.EmptyURL(t, engine)
			p := newPage(t, databaseURL)
			if engine == db.SQLite {
				needPrograms(t, examplesVariable, "sqlite3")
			} else {
				needPrograms(t, examplesVariable, "mariadb", "mariadb-dump")
			}
			save, restore, found := strings.Cut(blocks[i], "systemctl stop gatehouse\n")
			if !found {
				t.Fatal("the service is not stopped")
			}
			s := process(t, p.dir, p.env)
			ann := s.member("ann@example.com")
			p.run(save)
			s.member("bob@example.com")
			s.stop()
			p.run(restore)
			s = process(t, p.dir, p.env)
			s.holder(ann.cookie()).me().want(http.StatusUnauthorized)
			s.person().login("ann@example.com").want(http.StatusOK)
			s.person().login("bob@example.com").want(http.StatusUnauthorized)
		})
	}
}

// backupPage runs commands of the page.
type backupPage struct {
	t       *testing.T
	dir     string
	env     []string
	folders *strings.Replacer
}

func newPage(t *testing.T, databaseURL string) *backupPage {
	t.Helper()
	dir := t.TempDir()
	u, err := url.Parse(databaseURL)
	if err != nil {
		t.Fatal(err)
	}
	folders := []string{"/var/backups/gatehouse", dir}
	if databaseFile, embedded := strings.CutPrefix(databaseURL, "sqlite:"); embedded {
		folders = append(folders, "/var/lib/gatehouse", filepath.Dir(databaseFile))
	} else {
		name := path.Base(u.Path)
		folders = append(folders, "mariadb gatehouse", "mariadb "+name, "hex-blob gatehouse", "hex-blob "+name)
		signInToMySQL(t, dir, databaseURL)
	}
	writeFile(t, filepath.Join(dir, "systemctl"), "#!/bin/sh\n")
	if err := os.Chmod(filepath.Join(dir, "systemctl"), 0o700); err != nil {
		t.Fatal(err)
	}
	env := append(settings(t, databaseURL), "HOME="+dir, "PATH="+dir+":"+filepath.Dir(binary(t))+":"+os.Getenv("PATH"))
	return &backupPage{t: t, dir: dir, env: env, folders: strings.NewReplacer(folders...)}
}

func (p *backupPage) run(commands string) {
	p.t.Helper()
	if out, err := shell(p.t, p.dir, p.env, p.folders.Replace(commands)); err != nil {
		p.t.Fatalf("%s: %v: %s", commands, err, out)
	}
}
