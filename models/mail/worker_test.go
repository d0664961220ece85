package mail

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"gatehouse/db"
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
			if err != nil || found.UserID != id || found.Address != "Ann.Lee+x@Example.COM" || found.Expires != noon.Add(want.life) {
				t.Errorf("%s: the link is %+v, %v", kind, found, err)
			}
		}
		if left := waiting(t, conn); len(left) > 0 {
			t.Errorf("%q is left in the outbox", left)
		}
	})
}

func TestAMailIsCountedUntilItIsSentHoweverOftenItWasTried(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		w, _ := hire(t, conn, nil)
		id := enrol(t, conn, "ann@example.com")
		want := func(when string, n int64) {
			t.Helper()
			if got, err := In(conn).Count(t.Context()); err != nil || got != n {
				t.Errorf("%s: %d mails wait, %v, want %d", when, got, err, n)
			}
		}
		want("at first", 0)
		add(t, conn, Reset, id, "")
		add(t, conn, Verify, id, "")
		want("added", 2)
		w.sender = folder("/dev/null")
		next(t, w, noon)
		want("put off", 2)
		w.sender = folder(w.o.Folder)
		next(t, w, noon)
		want("sent", 1)
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

func TestAMailIsUndoneWithItsAct(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		id, failed := enrol(t, conn, "ann@example.com"), errors.New("the act failed")
		err := conn.WithTx(t.Context(), func(tx *db.Tx) error {
			add(t, tx, Reset, id, "")
			return failed
		})
		if left := waiting(t, conn); err != failed || len(left) > 0 {
			t.Errorf("%v, and %q is in the outbox", err, left)
		}
	})
}

// One statement each, with a row of the same columns: the time of an answer does not tell who is known.
func TestAMailToNobodyCostsWhatAnotherDoesAndIsDropped(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		o := open(t, None)
		w, log := hire(t, conn, o.reached(None))
		id := enrol(t, conn, "ann@example.com")
		cost := func(userID int64) uint64 {
			before := conn.Statements()
			add(t, conn, Reset, userID, "")
			return conn.Statements() - before
		}
		if known, unknown := cost(id), cost(0); known != unknown {
			t.Errorf("a known address takes %d statements, an unknown one %d", known, unknown)
		}
		next(t, w, noon)
		next(t, w, noon)
		if left := waiting(t, conn); len(o.took()) != 1 || len(left) > 0 {
			t.Errorf("%d mails, and %q is left", len(o.took()), left)
		}
		if strings.Contains(log.String(), "dropped") {
			t.Errorf("the log tells of nobody:\n%s", log)
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

func TestTwoWorkersSendEachOfFiftyMailsOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		o := open(t, None)
		id := enrol(t, conn, "ann@example.com")
		for range 50 {
			add(t, conn, PasswordChanged, id, "")
		}
		var all sync.WaitGroup
		for _, at := range []dbtest.Conn{conn, dbtest.OpenURL(t, conn.Options.URL)} {
			w, _ := hire(t, at, o.reached(None))
			all.Go(func() {
				for more := true; more; {
					var err error
					if more, err = w.Next(context.Background(), noon); err != nil {
						t.Error(err)
						return
					}
				}
			})
		}
		all.Wait()
		if got, left := len(o.took()), len(waiting(t, conn)); got != 50 || left != 0 {
			t.Errorf("%d mails were sent and %d are left, want 50 and none", got, left)
		}
	})
}

func TestAMailWhoseServerDiedIsSentByAnotherAfterTheLease(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		o := open(t, None)
		dead, _ := hire(t, conn, o.reached(None))
		alive, _ := hire(t, conn, o.reached(None))
		id := enrol(t, conn, "ann@example.com")
		add(t, conn, Reset, id, "")
		rows, err := In(conn).due(t.Context(), 1, noon)
		if err != nil {
			t.Fatal(err)
		}
		lost, err := dead.prepare(t.Context(), &rows[0], noon) // and no more
		if err != nil {
			t.Fatal(err)
		}
		next(t, alive, noon.Add(leaseFor-time.Millisecond))
		if n := len(o.took()); n != 0 {
			t.Fatalf("%d mails while the lease lasts", n)
		}
		next(t, alive, noon.Add(leaseFor))
		if n, left := len(o.took()), waiting(t, conn); n != 1 || len(left) > 0 {
			t.Fatalf("%d mails, and %q is left", n, left)
		}
		token := tokenOf(t, read(t, o.took()[0].data))
		if _, err := link.In(conn).Find(t.Context(), token, noon.Add(leaseFor), link.Reset); err != nil {
			t.Errorf("the link that was sent: %v", err)
		}
		_, old, _ := strings.Cut(lost.link, "token=")
		if _, err := link.In(conn).Find(t.Context(), old, noon, link.Reset); !errors.Is(err, link.ErrInvalid) {
			t.Errorf("the link that was not sent: %v, want ErrInvalid", err)
		}
	})
}

// A worker that took longer than its lease must not put off or remove what is another's by now.
func TestAWorkerThatLostItsLeaseLeavesTheMailAlone(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		w, _ := hire(t, conn, open(t, None).reached(None))
		add(t, conn, Reset, enrol(t, conn, "ann@example.com"), "")
		rows, err := In(conn).due(t.Context(), 1, noon)
		if err != nil {
			t.Fatal(err)
		}
		slow, fast := rows[0], rows[0]
		if _, err := w.prepare(t.Context(), &slow, noon); err != nil {
			t.Fatal(err)
		}
		fast.lease = slow.lease
		if _, err := w.prepare(t.Context(), &fast, noon.Add(leaseFor)); err != nil {
			t.Fatal(err)
		}
		before := waiting(t, conn)
		if err := errors.Join(In(conn).postpone(t.Context(), slow, noon), In(conn).remove(t.Context(), slow)); !errors.Is(err, errTaken) {
			t.Errorf("%v, want errTaken", err)
		}
		if after := waiting(t, conn); !slices.Equal(after, before) {
			t.Errorf("the row was %q and is %q", before, after)
		}
		// Nor may one that read a row before another's try failed claim it before its time.
		if err := In(conn).postpone(t.Context(), fast, noon.Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		if _, err := w.prepare(t.Context(), &rows[0], noon); !errors.Is(err, errTaken) {
			t.Errorf("%v, want errTaken", err)
		}
	})
}

func TestWhatIsForgottenIsNotSent(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		o := open(t, None)
		w, _ := hire(t, conn, o.reached(None))
		id := enrol(t, conn, "ann@example.com")
		other := enrol(t, conn, "ben@example.com")
		add(t, conn, EmailChange, id, "wrong@example.com")
		add(t, conn, EmailChange, other, "other@example.com")
		add(t, conn, PasswordChanged, id, "")
		if err := In(conn).Forget(t.Context(), id, EmailChange, Reset); err != nil {
			t.Fatal(err)
		}
		add(t, conn, EmailChange, id, "right@example.com")
		for range 3 {
			next(t, w, noon)
		}
		var to []string
		for _, m := range o.took() {
			to = append(to, m.to)
		}
		if !slices.Equal(to, []string{"other@example.com", "ann@example.com", "right@example.com"}) {
			t.Errorf("mails went to %q", to)
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
