package controllers

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	netmail "net/mail"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gatehouse/db/dbtest"
	"gatehouse/models/account"
	"gatehouse/models/device"
	"gatehouse/models/event"
	"gatehouse/models/link"
	"gatehouse/models/mail"
	"gatehouse/models/session"
	"gatehouse/models/throttle"
	"gatehouse/models/token"
	"gatehouse/models/user"
)

// useEverything calls every route, what a server does beside, and the acts of operators.
func useEverything(t *testing.T, s *site) {
	t.Helper()
	ctx := t.Context()
	b := s.member("ann@example.com")
	s.browser().login("ann@example.com").want(http.StatusOK)
	s.browser().login("filler1@example.com").want(http.StatusUnauthorized)
	b.get("/api/users/me").want(http.StatusOK)
	b.get("/api/auth/forward").want(http.StatusOK)
	b.get("/login").want(http.StatusOK)
	b.send(http.MethodPatch, "/api/users/me", `{"name":"Ann","gender":"f"}`).want(http.StatusOK)
	for _, other := range data[sessionListing](b.get("/api/users/sessions").want(http.StatusOK)).Sessions {
		if !other.Current {
			b.send(http.MethodDelete, "/api/users/sessions/"+other.ID, "").want(http.StatusOK)
		}
	}
	b.send(http.MethodDelete, "/api/users/sessions", "").want(http.StatusOK)
	b.get("/api/users/events?before=1000000").want(http.StatusOK)
	b.post("/api/users/reauthenticate", "password=correct+horse").want(http.StatusOK)
	b.post("/api/users/password", "currentPassword=correct+horse&newPassword=battery+staple").want(http.StatusOK)
	s.pass(2 * time.Minute)
	b.get("/api/users/me").want(http.StatusOK)
	for _, scope := range []string{"others", "local", "global"} {
		c := s.member(scope + "@example.com")
		c.post("/api/users/logout", "scope="+scope).want(http.StatusOK)
	}
	h := s.holder("ben@example.com")
	h.renew()
	h.get("/api/users/me", "Authorization", "Bearer "+h.access).want(http.StatusOK)
	s.browser().post("/auth/verify", "token="+h.access).want(http.StatusOK)
	s.browser().post("/auth/logout", "", "authorization_access", h.access, "authorization_refresh", h.refresh).want(http.StatusOK)
	b.login("ann@example.com") // the old password
	recoverAll(t, s, b)
	b.send(http.MethodDelete, "/api/users/me", "")

	now := s.time().Add(3 * time.Hour)
	countAttempts(t, s.conn, now)
	knowDevices(t, s.conn, now)
	acts := map[string]func(a *account.Accounts) error{
		"sessions": func(*account.Accounts) error { return session.In(s.conn).Clean(ctx, 200, true, now) },
		"count": func(*account.Accounts) error {
			_, err := session.In(s.conn).Count(ctx, now)
			return err
		},
		"holders": func(a *account.Accounts) error {
			nobody := account.Current{User: &user.User{ID: -1}} // so that no sessions end
			if _, _, err := a.EndAllSessions(ctx, account.OperatorOf(nobody), now); !errors.Is(err, account.ErrNotAdmin) {
				return fmt.Errorf("all sessions ended: %w", err)
			}
			return nil
		},
		"blacklist": func(*account.Accounts) error { return token.BlacklistIn(s.conn).Clean(ctx, 200, now) },
		"events":    func(*account.Accounts) error { return event.In(s.conn).Clean(ctx, 200, now.Add(-time.Minute)) },
		"history": func(*account.Accounts) error {
			return event.In(s.conn).List(ctx, event.Filter{UserID: 5, Limit: 50}, func(event.Event) error { return nil })
		},
		"links":   func(*account.Accounts) error { return link.In(s.conn).Clean(ctx, 200, now) },
		"mails":   func(*account.Accounts) error { return sendMails(t, s, now) },
		"unlock":  func(a *account.Accounts) error { return a.Unlock(ctx, account.Operator{}, 6, now) },
		"proxy":   func(a *account.Accounts) error { return a.NoteProxy(ctx, "10.0.0.1", now) },
		"role":    func(a *account.Accounts) error { return a.SetRole(ctx, account.Operator{}, 7, "editor", now) },
		"disable": func(a *account.Accounts) error { return a.SetActive(ctx, account.Operator{}, 8, false, now) },
		"sessions of one": func(a *account.Accounts) error {
			_, err := a.EndSessionsOf(ctx, account.Operator{}, 9, now)
			return err
		},
		"counts": func(a *account.Accounts) error {
			_, err := a.Activity(ctx, now)
			return err
		},
		"search": func(a *account.Accounts) error {
			_, err := a.Search(ctx, "filler", 0, 10)
			return err
		},
		"newest": func(a *account.Accounts) error {
			_, err := a.Search(ctx, "", 0, 10)
			return err
		},
		"filter": func(a *account.Accounts) error {
			_, err := a.History(ctx, event.Filter{Kind: event.KeyAdded, Since: now.Add(-time.Hour), Limit: 10})
			return err
		},
		"delete": func(a *account.Accounts) error { return a.Remove(ctx, 10, now) },
		"find": func(a *account.Accounts) error {
			_, err := a.Lookup(ctx, "filler11@example.com")
			return err
		},
	}
	for name, act := range acts {
		if err := act(s.accounts); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// recoverAll forgets passwords and changes the address, with mails that never go out.
func recoverAll(t *testing.T, s *site, b *browser) {
	t.Helper()
	s.browser().post(resendAPI, "email=filler3@example.com").want(http.StatusAccepted)
	s.browser().post(forgotAPI, "email=filler3@example.com", "Origin", "http://evil.example").want(http.StatusForbidden)
	s.browser().forgets("filler3@example.com")
	token, err := link.In(s.conn).Make(t.Context(), link.Reset, 4, "filler3@example.com", time.Hour, s.time())
	if err != nil {
		t.Fatal(err)
	}
	s.browser().resets(string(token), "battery staple").want(http.StatusOK)
	b.post("/api/users/email", "newEmail=new@example.com").want(http.StatusAccepted)
	if token, err = link.In(s.conn).Make(t.Context(), link.EmailChange, 5, "newer@example.com", time.Hour, s.time()); err != nil {
		t.Fatal(err)
	}
	s.browser().verifies(string(token), "").want(http.StatusOK)
	waiting := newSite(t, s.conn, verification("require"))
	for range 2 {
		waiting.browser().applies("waiting@example.com", "correct horse")
	}
	if token, err = link.In(s.conn).Make(t.Context(), link.Verify, int64(s.count("SELECT MAX(id) FROM users WHERE id > 0")), "waiting@example.com", time.Hour, s.time()); err != nil {
		t.Fatal(err)
	}
	waiting.browser().verifies(string(token), "correct horse").want(http.StatusOK)
}

// countAttempts settles attempts in each way.
func countAttempts(t *testing.T, conn dbtest.Conn, now time.Time) {
	t.Helper()
	ctx, throttled := t.Context(), throttle.New(conn.DB, time.Second)
	ann, network := throttle.Account.Of("ann@example.com", account.NoLimits().Account), throttle.Network.Of("192.0.2.1", account.NoLimits().Network)
	for i := range 7 {
		a, err := throttled.Reserve(ctx, now, ann, network)
		if err != nil {
			t.Fatal(err)
		}
		switch i {
		case 5:
			err = a.Succeed(ctx, conn)
		case 6:
			err = a.GiveBack(ctx)
		default:
			_, err = a.Fail(ctx, conn, now)
			now = now.Add(time.Second)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	for range 2 {
		if _, err := throttled.Reserve(ctx, now, ann); err != nil { // and nobody settles it
			t.Fatal(err)
		}
		if _, err := throttle.In(conn).Note(ctx, ann, time.Hour, now); err != nil {
			t.Fatal(err)
		}
		now = now.Add(time.Hour)
	}
	if err := throttle.In(conn).Forget(ctx, ann); err != nil {
		t.Fatal(err)
	}
	if err := throttle.In(conn).Clean(ctx, 200, now); err != nil {
		t.Fatal(err)
	}
}

// knowDevices has somebody sign in with many browsers, and forgets these.
func knowDevices(t *testing.T, conn dbtest.Conn, now time.Time) {
	t.Helper()
	ctx, devices := t.Context(), device.In(conn)
	var hash session.Hash
	for i := range 30 {
		secret, err := devices.SignedIn(ctx, hash, 1, now)
		if err != nil {
			t.Fatal(err)
		}
		if i < 5 {
			hash = secret.Hash()
		}
	}
	id, err := devices.Find(ctx, hash, 2)
	if err != device.ErrNotFound {
		t.Fatal(err)
	}
	for name, err := range map[string]error{
		"one": devices.Delete(ctx, id), "others": devices.DeleteOthers(ctx, 2, id), "old": devices.Clean(ctx, 200, now),
	} {
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// sendMails has a mail sent, one put off and one taken back, and uses the link up.
func sendMails(t *testing.T, s *site, now time.Time) error {
	t.Helper()
	ctx, folder := t.Context(), t.TempDir()
	o := mail.Options{Conn: s.conn.DB, Folder: folder, From: netmail.Address{Address: "auth@example.com"}, Log: slog.New(slog.DiscardHandler)}
	outbox := mail.In(s.conn)
	if _, err := outbox.Count(ctx); err != nil {
		return err
	}
	err := errors.Join(
		outbox.Forget(ctx, 12, mail.PasswordChanged),
		outbox.Add(ctx, mail.Verify, 13, "", now.Add(-24*time.Hour)), // before those that fill the table
		outbox.Add(ctx, mail.Verify, 14, "", now.Add(-24*time.Hour)),
	)
	if err != nil {
		return err
	}
	if _, err := mail.New(o).Next(ctx, now); err != nil {
		return err
	}
	o.Folder = "/dev/null"
	if _, err := mail.New(o).Next(ctx, now.Add(-time.Hour)); err != nil {
		return err
	}
	files, err := os.ReadDir(folder)
	if err != nil || len(files) != 1 {
		return fmt.Errorf("%d mails in the folder, %w", len(files), err)
	}
	text, err := os.ReadFile(filepath.Join(folder, files[0].Name()))
	if err != nil {
		return err
	}
	_, token, _ := strings.Cut(string(text), "/verify?token=")
	_, err = link.In(s.conn).Spend(ctx, token[:43], now, link.Verify)
	return err
}
