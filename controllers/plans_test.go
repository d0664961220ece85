package controllers

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	netmail "net/mail"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"gatehouse/db"
	"gatehouse/db/dbtest"
	"gatehouse/models/account"
	"gatehouse/models/device"
	"gatehouse/models/event"
	"gatehouse/models/link"
	"gatehouse/models/mail"
	"gatehouse/models/session"
	"gatehouse/models/throttle"
	"gatehouse/models/token"
)

// statements are those that were sent, each text once, with the arguments it had first.
type statements struct {
	mu   sync.Mutex
	args map[string][]any
}

func (s *statements) note(query string, args []any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, there := s.args[query]; !there {
		s.args[query] = slices.Clone(args)
	}
}

// The tables are large enough that a look at each row is dearer than an index.
const (
	planUsers    = 3000
	planSessions = 6000
)

// TestEveryStatementUsesAnIndex has a site do all that it does, and reads the plan of each statement it sent.
func TestEveryStatementUsesAnIndex(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		sent := &statements{args: map[string][]any{}}
		full := dbtest.Open(t, conn.Engine()) // the plans are those for full tables, and what is used below clears them away
		fillTables(t, full)
		fillTables(t, conn)
		o := conn.Options
		o.Trace = sent.note
		traced, err := db.Open(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = traced.Close() })
		s := newSite(t, dbtest.Conn{DB: traced, Options: o}, nil)
		useEverything(t, s)
		if len(sent.args) < 40 {
			t.Errorf("only %d statements were sent", len(sent.args))
		}
		for query, args := range sent.args {
			for _, step := range planOf(t, full, query, args) {
				if !allowed(query, step) {
					t.Errorf("%s: %s", step, query)
				}
			}
		}
	})
}

// allowed are statements that look at each row of a table that has few, or sort the sessions of one user.
func allowed(query, step string) bool {
	return strings.Contains(query, "FROM signing_keys") || strings.Contains(query, "gatehouse_meta") ||
		strings.HasPrefix(step, "sorts") && strings.Contains(query, "WHERE s.user_id = ?")
}

// planOf returns the steps that look at each row of a table.
func planOf(t *testing.T, conn dbtest.Conn, query string, args []any) []string {
	t.Helper()
	if !strings.HasPrefix(query, "SELECT") && !strings.HasPrefix(query, "UPDATE") && !strings.HasPrefix(query, "DELETE") {
		return nil
	}
	explain := "EXPLAIN QUERY PLAN "
	if conn.Engine() == db.MySQL {
		explain = "EXPLAIN "
	}
	rows, err := conn.SQL().QueryContext(t.Context(), explain+query, args...)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	defer rows.Close()
	names, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	var full []string
	for rows.Next() {
		values := make([]sql.NullString, len(names))
		dest := make([]any, len(names))
		for i := range values {
			dest[i] = &values[i]
		}
		if err := rows.Scan(dest...); err != nil {
			t.Fatal(err)
		}
		step := map[string]string{}
		for i, name := range names {
			step[strings.ToLower(name)] = values[i].String
		}
		detail := step["detail"] // of SQLite
		if strings.HasPrefix(detail, "SCAN") && !strings.Contains(detail, "INDEX") && !strings.Contains(detail, "CONSTANT") || step["type"] == "ALL" {
			full = append(full, fmt.Sprint("looks at every row: ", detail, step["table"]))
		}
		if strings.Contains(detail, "TEMP B-TREE") || strings.Contains(step["extra"], "filesort") {
			full = append(full, fmt.Sprint("sorts: ", detail, step["table"]))
		}
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return full
}

func fillTables(t *testing.T, conn dbtest.Conn) {
	t.Helper()
	ctx, now := context.Background(), time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	err := conn.WithTx(ctx, func(tx *db.Tx) error {
		for i := range planUsers {
			email := fmt.Sprintf("filler%d@example.com", i)
			_, err := tx.Exec(ctx, "INSERT INTO users (email, gh_email_key, password, role, state) VALUES (?, ?, 'x', 'user', 1)", email, email)
			if err != nil {
				return err
			}
			if err := event.In(tx).Add(ctx, event.UserAdded, int64(i+1), "", now); err != nil {
				return err
			}
			if err := mail.In(tx).Add(ctx, mail.PasswordChanged, int64(i+1), "", now.Add(time.Duration(i)*time.Hour)); err != nil {
				return err
			}
			if _, err := link.In(tx).Make(ctx, link.Reset, int64(i+1), email, time.Duration(i)*time.Hour, now); err != nil {
				return err
			}
			if err := token.BlacklistIn(tx).Add(ctx, token.Claims{ID: fmt.Sprint("jti ", i), Expires: now.Add(time.Duration(i) * time.Hour).Unix()}); err != nil {
				return err
			}
			if _, err := device.In(tx).SignedIn(ctx, session.Hash{}, int64(i+1), now.Add(time.Duration(i)*time.Hour)); err != nil {
				return err
			}
			if _, err := throttle.In(tx).Note(ctx, throttle.Account.Of(email, account.NoLimits().Account), time.Duration(i)*time.Hour, now); err != nil {
				return err
			}
		}
		limits := session.Limits{Idle: time.Hour, Lifetime: 12 * time.Hour, Access: time.Minute, Refresh: time.Hour, Family: 12 * time.Hour, PerUser: 10}
		for i := range planSessions {
			at := now.Add(-time.Duration(i%100) * time.Minute)
			var err error
			if i%2 == 0 {
				s, _ := session.New(int64(i%planUsers+1), false, limits, session.Device{}, at)
				err = session.In(tx).Create(ctx, s)
			} else {
				err = session.In(tx).CreateFamily(ctx, session.NewFamily(int64(i%planUsers+1), limits, session.Device{}, at))
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, table := range []string{"users", "sessions", "blacklist", "gatehouse_events", "gatehouse_attempts", "gatehouse_devices", "gatehouse_outbox", "gatehouse_links"} {
		analyze := "ANALYZE TABLE " + table
		if conn.Engine() == db.SQLite {
			analyze = "ANALYZE " + table
		}
		if _, err := conn.SQL().ExecContext(ctx, analyze); err != nil {
			t.Fatal(err)
		}
	}
}

// useEverything calls every route, what a server does beside, and the acts of operators.
func useEverything(t *testing.T, s *site) {
	t.Helper()
	ctx := t.Context()
	b := s.member("ann@example.com")
	s.browser().login("ann@example.com").want(http.StatusOK)
	s.browser().login("filler1@example.com").want(http.StatusUnauthorized)
	b.get("/api/users/me").want(http.StatusOK)
	b.get("/api/auth/forward").want(http.StatusOK)
	b.get("/").want(http.StatusOK)
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
	b.send(http.MethodDelete, "/api/users/me", "")

	now := s.time().Add(3 * time.Hour)
	countAttempts(t, s.conn, now)
	knowDevices(t, s.conn, now)
	acts := map[string]func(a *account.Accounts) error{
		"sessions":  func(*account.Accounts) error { return session.In(s.conn).Clean(ctx, 200, true, now) },
		"blacklist": func(*account.Accounts) error { return token.BlacklistIn(s.conn).Clean(ctx, 200, now) },
		"events":    func(*account.Accounts) error { return event.In(s.conn).Clean(ctx, 200, now.Add(-time.Minute)) },
		"history": func(*account.Accounts) error {
			return event.In(s.conn).List(ctx, event.Filter{UserID: 5, Limit: 50}, func(event.Event) error { return nil })
		},
		"links":   func(*account.Accounts) error { return link.In(s.conn).Clean(ctx, 200, now) },
		"mails":   func(*account.Accounts) error { return sendMails(t, s, now) },
		"role":    func(a *account.Accounts) error { return a.SetRole(ctx, 7, "editor", now) },
		"disable": func(a *account.Accounts) error { return a.SetActive(ctx, 8, false, now) },
		"sessions of one": func(a *account.Accounts) error {
			_, err := a.EndSessionsOf(ctx, 9, now)
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
