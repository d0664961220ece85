package tests

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"gatehouse/db/dbtest"
)

const newPassword = "another good battery"

// TestMailsOutliveTheServerThatPromisedThem kills a server while people ask for new passwords and the mail server has
// taken two mails and holds the third. Who was answered 202 gets a mail from the next server, and its link works.
func TestMailsOutliveTheServerThatPromisedThem(t *testing.T) {
	each(t, func(t *testing.T, databaseURL string) {
		mails := newMailServer(t)
		mails.hold(2)
		env := settings(t, databaseURL, "GATEHOUSE_SMTP_URL="+mails.url())
		s := process(t, t.TempDir(), env)
		members := sessionsOf(s, 12)
		var mu sync.Mutex
		var promised []string
		var asking sync.WaitGroup
		for some := range 3 {
			visitor := s.personAt(fmt.Sprintf("127.0.2.%d", 1+some))
			asking.Go(func() {
				for i := some; i < len(members); i += 3 {
					if r, err := visitor.try(http.MethodPost, "/api/users/password/forgot", "email="+address(i)); err != nil || r.status != http.StatusAccepted {
						return
					}
					mu.Lock()
					promised = append(promised, address(i))
					mu.Unlock()
				}
			})
		}
		until(t, "promises, and a mail that is held", func() bool {
			mu.Lock()
			defer mu.Unlock()
			return len(promised) >= 6 && mails.holding() == 1
		})
		s.kill()
		asking.Wait()
		if n := len(mails.taken()); n != 2 {
			t.Fatalf("%d mails were taken before the kill, want 2", n)
		}

		mails.goOn()
		passInOutbox(t, databaseURL, 5*time.Minute)
		s = process(t, t.TempDir(), env)
		wantRecovered(t, s, mails, members, promised)
	})
}

func TestMailsOutliveAServerWithoutAMailServer(t *testing.T) {
	each(t, func(t *testing.T, databaseURL string) {
		env := settings(t, databaseURL, "GATEHOUSE_SMTP_URL=smtp://127.0.0.1:1") // where nobody listens
		s := process(t, t.TempDir(), env)
		members := sessionsOf(s, 3)
		var promised []string
		for email := range members {
			s.person().forgets(email)
			promised = append(promised, email)
		}
		s.person().forgets("nobody@example.com")
		until(t, "a try to send", func() bool { return strings.Contains(s.stderr.String(), "mail was not sent; it is tried again") })
		s.kill()

		mails := newMailServer(t)
		passInOutbox(t, databaseURL, 5*time.Minute)
		s = process(t, t.TempDir(), append(env, "GATEHOUSE_SMTP_URL="+mails.url()))
		wantRecovered(t, s, mails, members, promised)
	})
}

// TestTwoServersSendEachMailOnce has both look into one outbox at the same time.
func TestTwoServersSendEachMailOnce(t *testing.T) {
	t.Parallel()
	databaseURL, mails := emptyMySQL(t), newMailServer(t)
	a, b := cluster(t, databaseURL, "GATEHOUSE_SMTP_URL="+mails.url())
	members := sessionsOf(a, 30)
	together(len(members), func(i int) {
		visitor := []*server{a, b}[i%2].personAt(fmt.Sprintf("127.0.2.%d", 1+i)) // visitors of one network may have to wait
		r, err := visitor.try(http.MethodPost, "/api/users/password/forgot", "email="+address(i))
		if err != nil || r.status != http.StatusAccepted {
			t.Errorf("status %d, %v", r.status, err)
		}
	})
	conn := dbtest.OpenURL(t, databaseURL).DB
	until(t, "an empty outbox", func() bool { return len(rowsOf(t, conn, 1, "SELECT id FROM gatehouse_outbox")) == 0 })
	for email := range members {
		if n := len(mails.letters(t, email, forgotten)); n != 1 {
			t.Errorf("%d mails to %s, want one", n, email)
		}
	}
}

func address(i int) string { return fmt.Sprintf("user%d@example.com", i) }

// sessionsOf signs up so many and returns the cookie of each address.
func sessionsOf(s *server, n int) map[string]string {
	s.t.Helper()
	cookies := map[string]string{}
	for i := range n {
		cookies[address(i)] = s.member(address(i)).cookie()
	}
	return cookies
}

func (p *person) forgets(email string) {
	p.t.Helper()
	p.post("/api/users/password/forgot", credentials(email, "")).want(http.StatusAccepted)
}

func (p *person) resets(token, plain string) reply {
	p.t.Helper()
	return p.post("/api/users/password/reset", `{"token":"`+token+`","newPassword":"`+plain+`"}`)
}

func (p *person) loginWith(email, plain string) reply {
	p.t.Helper()
	return p.post("/api/users/login", credentials(email, plain))
}

// passInOutbox lets time pass for the mails that wait, instead of waiting with them.
func passInOutbox(t *testing.T, databaseURL string, d time.Duration) {
	t.Helper()
	conn := dbtest.OpenURL(t, databaseURL).DB
	if len(rowsOf(t, conn, 1, "SELECT id FROM gatehouse_outbox WHERE lease > 0 OR tries > 0")) == 0 {
		t.Error("no mail waits that was begun")
	}
	execute(t, conn, fmt.Sprintf("UPDATE gatehouse_outbox SET due = due - %d, lease = lease - %d", d.Milliseconds(), d.Milliseconds()))
}

// wantRecovered wants each who was promised a mail to get one, whose link ends their session and gives them a new password.
func wantRecovered(t *testing.T, s *server, mails *mailServer, cookies map[string]string, promised []string) {
	t.Helper()
	for _, email := range promised {
		l, old := mails.letter(t, email, forgotten), s.holder(cookies[email])
		old.me().want(http.StatusOK)
		s.person().resets(l.token(), newPassword).want(http.StatusOK)
		old.me().want(http.StatusUnauthorized, "not_signed_in")
		s.person().login(email).want(http.StatusUnauthorized, "invalid_credentials")
		s.person().loginWith(email, newPassword).want(http.StatusOK)
		mails.letter(t, email, passwordChanged)
	}
	for _, m := range mails.taken() {
		if _, member := cookies[m.to]; !member {
			t.Errorf("a mail went to %s", m.to)
		}
	}
}
