package commands_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"gatehouse/commands"
	"gatehouse/config"
	"gatehouse/models/secret"
)

var (
	logLine = regexp.MustCompile(`(?m)^\{.*\}\n`)
	aKeyID  = regexp.MustCompile(`[\w-]{43}`)
	spaces  = regexp.MustCompile(` {2,}`)
)

// transcript runs small commands one after the other and compares all that they print for people.
type transcript struct {
	t       *testing.T
	env     []string
	replace *strings.Replacer
}

func (s transcript) prints(code int, want string, args ...string) {
	s.t.Helper()
	o := run(s.t, s.env, args...).want(code)
	got := s.replace.Replace(o.stdout + logLine.ReplaceAllString(o.stderr, ""))
	got = spaces.ReplaceAllString(aKeyID.ReplaceAllString(aTime.ReplaceAllString(got, "TIME"), "KID"), "  ")
	if want += "\n"; got != want {
		s.t.Errorf("%s prints\n%swant\n%s", strings.Join(args, " "), got, want)
	}
}

func TestSmallCommandsPrintWhatAStrangerCanRead(t *testing.T) {
	eachEmpty(t, func(t *testing.T, databaseURL string) {
		s, dir := newSite(t, databaseURL), t.TempDir()
		address, stop := serve(t, s.env)
		stop()
		embedded := strings.HasPrefix(databaseURL, "sqlite:")
		in := transcript{t, s.with("GATEHOUSE_LISTEN=" + address), strings.NewReplacer(
			shownAs(t, databaseURL), "DATABASE", dir, "DIR", address, "ADDRESS",
		)}
		file := filepath.Join(dir, "a")
		in.prints(0, "gatehouse "+commands.Version, "version")
		in.prints(0, "The tables in DATABASE are up to date.", "migrate", "up")
		in.prints(0, "The tables in DATABASE are up to date.", "migrate", "status")
		in.prints(0, "KID  STATE  MADE  SIGNS FROM\nKID  signing  TIME  TIME", "keys", "list")
		in.prints(0, "The next key is KID. Servers publish it within a minute; it signs from TIME.", "keys", "rotate")
		in.prints(0, "A new key is waiting already: KID. It signs from TIME.", "keys", "rotate")
		in.prints(0, "KID  STATE  MADE  SIGNS FROM\nKID  signing  TIME  TIME\nKID  waiting  TIME  TIME", "keys", "list")
		in.prints(0, "TIME  EVENT  USER  BY  IP  DETAIL\nTIME  key_added  -  operator  -  kid KID\nTIME  key_added  -  server  -  kid KID", "events")
		in.prints(0, "The first secret is in use already.", "secrets", "rotate")
		in.prints(0, "A new secret is in DIR/a", "secrets", "new", file)
		in.prints(1, "gatehouse: DIR/a exists already and is not written over; choose another name, or say --if-absent to keep it", "secrets", "new", file)
		in.prints(0, "DIR/a exists and stays as it is", "secrets", "new", "--if-absent", file)
		in.prints(1, `gatehouse: the server does not answer: Get "http://ADDRESS/readyz": dial tcp ADDRESS: connect: connection refused`, "health")
		if !embedded {
			in.prints(1, "gatehouse: backup is for the embedded database; use mysqldump --single-transaction, or what your cluster has", "backup", filepath.Join(dir, "b"))
			return
		}
		in.prints(0, "The database is saved in DIR/b. It is of use only with the secret; save that too, in another place.\n"+
			"A restored database knows nothing of what was signed out, disabled or changed since.", "backup", filepath.Join(dir, "b"))
		in.prints(1, "gatehouse: DIR/b exists already and is not written over; choose another name", "backup", filepath.Join(dir, "b"))
		if info, err := os.Stat(filepath.Join(dir, "b")); err != nil || info.Mode() != 0o600 {
			t.Errorf("the backup's mode is %v, %v, want 0600", info.Mode(), err)
		}
	})
}

func TestCheckPrintsWhatAStrangerCanRead(t *testing.T) {
	eachEmpty(t, func(t *testing.T, databaseURL string) {
		s := newSite(t, databaseURL)
		in := transcript{t, s.with("GATEHOUSE_LISTEN=127.0.0.1:0", "GATEHOUSE_BCRYPT_COST=12", "GATEHOUSE_MAIL_DIR=data/mail"), strings.NewReplacer(
			shownAs(t, databaseURL), "DATABASE",
		)}
		tables := "ok  would make a new database at DATABASE"
		if !strings.HasPrefix(databaseURL, "sqlite:") {
			tables = "ok  the database answers: DATABASE\nok  would bring the tables up to date (15 migrations)"
		}
		in.prints(0, "ok  would listen on 127.0.0.1:0\nok  people reach it at http://localhost:0; its cookie is called gatehouse\n"+
			"WARN  anybody may sign up; --signup closed stops that\n"+
			"ok  mails are written to files in data/mail, since --smtp-url is not set\n"+tables+"\n\nThe server would start. Points to think about: 1.", "check")
	})
}

// shownAs is how a command names a database: without what is secret in its URL.
func shownAs(t *testing.T, databaseURL string) string {
	t.Helper()
	cfg, err := config.Settings{DatabaseURL: config.Hidden(databaseURL), Secret: config.Hidden(secret.New())}.Check(nil)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimPrefix(cfg.Database.URL, "sqlite:")
}
