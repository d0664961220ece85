package mail

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/db/dbtest"
	"gatehouse/models/link"
)

func TestAMailGoesToTheStoredAddressWithALinkThatWorks(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		o := open(t, None)
		w, _ := hire(t, conn, o.reached(None))
		id := enrol(t, conn, "Ann.Lee+x@Example.COM")
		for kind, want := range map[Kind]struct {
			page string
			of   link.Kind
			life time.Duration
		}{
			Reset:  {"https://auth.acme.example/reset?token=", link.Reset, 30 * time.Minute},
			Verify: {"https://auth.acme.example/verify?token=", link.Verify, 24 * time.Hour},
		} {
			add(t, conn, kind, id, "")
			next(t, w, noon)
			all := o.took()
			m := read(t, all[len(all)-1].data)
			token := tokenOf(t, m)
			if to := all[len(all)-1].to; to != "Ann.Lee+x@example.com" || !strings.Contains(m.text, want.page+token+"\n") {
				t.Errorf("%s went to %s with\n%s", kind, to, m.text)
			}
			found, err := link.In(conn).Find(t.Context(), token, noon.Add(want.life-time.Millisecond), want.of)
			if err != nil || found.UserID != id || found.Address != "Ann.Lee+x@Example.COM" {
				t.Errorf("%s: the link is %+v, %v", kind, found, err)
			}
			if _, err := link.In(conn).Find(t.Context(), token, noon.Add(want.life), want.of); !errors.Is(err, link.ErrInvalid) {
				t.Errorf("%s: after its time: %v, want ErrInvalid", kind, err)
			}
		}
		if left := waiting(t, conn); len(left) > 0 {
			t.Errorf("%q is left in the outbox", left)
		}
	})
}

func TestAChangeOfAddressIsMailedToTheNewAndToTheOldOne(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		o := open(t, None)
		w, _ := hire(t, conn, o.reached(None))
		id := enrol(t, conn, "ann@example.com")
		add(t, conn, EmailChange, id, "new@example.com")
		add(t, conn, EmailChanged, id, "old@example.com")
		next(t, w, noon)
		next(t, w, noon)
		all := o.took()
		if len(all) != 2 || all[0].to != "new@example.com" || all[1].to != "old@example.com" {
			t.Fatalf("mails = %+v", all)
		}
		found, err := link.In(conn).Find(t.Context(), tokenOf(t, read(t, all[0].data)), noon, link.EmailChange)
		if err != nil || found.Address != "new@example.com" {
			t.Errorf("the link is %+v, %v", found, err)
		}
		for kind, address := range map[Kind]string{EmailChange: "", EmailChanged: "", Reset: "x@example.com"} {
			if err := In(conn).Add(t.Context(), kind, id, address, noon); err == nil {
				t.Errorf("%s with the address %q was added", kind, address)
			}
		}
	})
}

func TestAMailThatMakesNoSenseIsDroppedWithoutALink(t *testing.T) {
	for name, tt := range map[string]struct {
		kind    Kind
		address string // of the user
		change  string // a statement about the user
		sent    bool
	}{
		"an active user":        {Reset, "ann@example.com", "UPDATE users SET name = NULL WHERE id = ?", true},
		"the user is gone":      {Reset, "ann@example.com", "DELETE FROM users WHERE id = ?", false},
		"the user is disabled":  {PasswordChanged, "ann@example.com", "UPDATE users SET state = 0 WHERE id = ?", false},
		"no address":            {Reset, "", "UPDATE users SET name = NULL WHERE id = ?", false},
		"a second head line":    {Reset, "ann@example.com\r\nBcc: eve@example.com", "UPDATE users SET name = NULL WHERE id = ?", false},
		"two addresses":         {Reset, "ann@example.com,eve@example.com", "UPDATE users SET name = NULL WHERE id = ?", false},
		"not confirmed":         {Verify, "ann@example.com", "UPDATE users SET gh_email_verified = 0 WHERE id = ?", true},
		"nobody asked":          {Verify, "ann@example.com", "UPDATE users SET gh_email_verified = NULL WHERE id = ?", true},
		"confirmed already":     {Verify, "ann@example.com", "UPDATE users SET gh_email_verified = 1700000000000 WHERE id = ?", false},
		"a reset, if confirmed": {Reset, "ann@example.com", "UPDATE users SET gh_email_verified = 1700000000000 WHERE id = ?", true},
	} {
		t.Run(name, func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
				o := open(t, None)
				w, log := hire(t, conn, o.reached(None))
				id := enrol(t, conn, tt.address)
				exec(t, conn, tt.change, id)
				add(t, conn, tt.kind, id, "")
				next(t, w, noon)
				links := dump(t, conn, "SELECT kind FROM gatehouse_links", 1)
				if sent := len(o.took()) == 1; sent != tt.sent || len(links) > 0 != tt.sent || len(waiting(t, conn)) > 0 {
					t.Errorf("sent %t, links %v, left %q; want sent %t", sent, links, waiting(t, conn), tt.sent)
				}
				if strings.Contains(log.String(), "mail dropped") == tt.sent || strings.Contains(log.String(), "example.com") {
					t.Errorf("the log says\n%s", log)
				}
			})
		})
	}
}

// The outbox was written by the act, from what another program may have stored.
func TestANoticeToWhatIsNoAddressIsDropped(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		w, log := hire(t, conn, nil)
		add(t, conn, PasswordChanged, enrol(t, conn, "ann"), "ann")
		next(t, w, noon)
		if files, _ := os.ReadDir(w.o.Folder); len(files) > 0 || len(waiting(t, conn)) > 0 {
			t.Errorf("files %v, and %q is left", files, waiting(t, conn))
		}
		if text := log.String(); strings.Count(text, "\n") != 1 || !strings.Contains(text, "mail dropped") {
			t.Errorf("the log says\n%s", text)
		}
	})
}

// Servers of two versions may share a database for a while.
func TestAnUnknownKindWaitsForAServerThatKnowsIt(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		o := open(t, None)
		w, _ := hire(t, conn, o.reached(None))
		id := enrol(t, conn, "ann@example.com")
		add(t, conn, "greeting_card", id, "")
		add(t, conn, PasswordChanged, id, "")
		next(t, w, noon)
		next(t, w, noon)
		want := fmt.Sprintf("1 greeting_card %d NULL %d %d 1 0", id, noon.UnixMilli(), noon.Add(firstPause).UnixMilli())
		if left := waiting(t, conn); len(o.took()) != 1 || !slices.Equal(left, []string{want}) {
			t.Errorf("%d mails, and %q is left, want %q", len(o.took()), left, want)
		}
	})
}
