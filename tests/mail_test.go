package tests

import (
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gatehouse/db/dbtest"
	"gatehouse/models/mail"
)

// The row stands for one that another server wrote.
func TestAServerSendsWhatIsInTheOutbox(t *testing.T) {
	each(t, func(t *testing.T, databaseURL string) {
		folder := filepath.Join(t.TempDir(), "mail")
		s := inside(t, settings(t, databaseURL, "GATEHOUSE_MAIL_DIR="+folder, "GATEHOUSE_MAIL_FROM=Acme <auth@acme.example>"))
		s.member("ann@example.com")
		if err := mail.In(dbtest.OpenURL(t, databaseURL)).Add(t.Context(), mail.Reset, 1, "", time.Now()); err != nil {
			t.Fatal(err)
		}
		var files []string
		until(t, "a mail in the folder", func() bool {
			files, _ = filepath.Glob(filepath.Join(folder, "*-reset-*.eml"))
			return len(files) == 1
		})
		text, err := os.ReadFile(files[0])
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{"From: \"Acme\" <auth@acme.example>\r\n", "To: <ann@example.com>\r\n", "\n" + s.shown + "/reset?token="} {
			if !strings.Contains(string(text), want) {
				t.Errorf("the mail lacks %q:\n%s", want, text)
			}
		}
		s.stop()
		log := s.stderr.String()
		if strings.Count(log, "smtp-url is not set: mails are written to files") != 1 || !strings.Contains(log, filepath.Base(files[0])) {
			t.Errorf("the log says\n%s", log)
		}
	})
}

func TestAServerReachesItsMailServer(t *testing.T) {
	each(t, func(t *testing.T, databaseURL string) {
		server := newMailServer(t)
		s := inside(t, settings(t, databaseURL, "GATEHOUSE_SMTP_URL=smtp://ann:hu%2Fsh@"+server.address))
		s.member("ben@example.com")
		if err := mail.In(dbtest.OpenURL(t, databaseURL)).Add(t.Context(), mail.PasswordChanged, 1, "", time.Now()); err != nil {
			t.Fatal(err)
		}
		until(t, "a mail at the server", func() bool { return len(server.taken()) == 1 })
		u, err := url.Parse(s.shown)
		if err != nil {
			t.Fatal(err)
		}
		got := server.taken()[0]
		if got.user != "ann" || got.password != "hu/sh" || got.to != "ben@example.com" || got.from != "gatehouse@"+u.Hostname() {
			t.Errorf("the mail is %+v", got)
		}
		s.stop()
		if log := s.stderr.String(); strings.Contains(log, "hu/sh") || strings.Contains(log, "hu%2Fsh") {
			t.Errorf("the password is in the log:\n%s", log)
		}
	})
}
