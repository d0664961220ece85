package controllers

import (
	"context"
	"fmt"
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

// fillTables writes in portions: with the race detector on, all at once is longer than a transaction may take.
func fillTables(t *testing.T, conn dbtest.Conn) {
	t.Helper()
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	inPortions(t, conn, planUsers, func(tx *db.Tx, i int) error { return fillUser(t.Context(), tx, i, now) })
	inPortions(t, conn, planSessions, func(tx *db.Tx, i int) error { return fillSession(t.Context(), tx, i, now) })
	for _, table := range []string{"users", "sessions", "blacklist", "gatehouse_events", "gatehouse_attempts", "gatehouse_devices", "gatehouse_outbox", "gatehouse_links"} {
		analyze := "ANALYZE TABLE " + table
		if conn.Engine() == db.SQLite {
			analyze = "ANALYZE " + table
		}
		if _, err := conn.SQL().ExecContext(t.Context(), analyze); err != nil {
			t.Fatal(err)
		}
	}
}

func inPortions(t *testing.T, conn dbtest.Conn, n int, fill func(tx *db.Tx, i int) error) {
	t.Helper()
	const portion = 500
	for from := 0; from < n; from += portion {
		err := conn.WithTx(t.Context(), func(tx *db.Tx) error {
			for i := from; i < min(from+portion, n); i++ {
				if err := fill(tx, i); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// fillUser writes a user and a row of each table that is about users.
func fillUser(ctx context.Context, tx *db.Tx, i int, now time.Time) error {
	email, id, later := fmt.Sprintf("filler%d@example.com", i), int64(i+1), now.Add(time.Duration(i)*time.Hour)
	_, err := tx.Exec(ctx, "INSERT INTO users (email, gh_email_key, password, role, state) VALUES (?, ?, 'x', 'user', 1)", email, email)
	if err == nil {
		err = event.In(tx).Add(ctx, event.UserAdded, id, "", now)
	}
	if err == nil {
		err = mail.In(tx).Add(ctx, mail.PasswordChanged, id, "", later)
	}
	if err == nil {
		_, err = link.In(tx).Make(ctx, link.Reset, id, email, time.Duration(i)*time.Hour, now)
	}
	if err == nil {
		err = token.BlacklistIn(tx).Add(ctx, token.Claims{ID: fmt.Sprint("jti ", i), Expires: later.Unix()})
	}
	if err == nil {
		_, err = device.In(tx).SignedIn(ctx, session.Hash{}, id, later)
	}
	if err == nil {
		_, err = throttle.In(tx).Note(ctx, throttle.Account.Of(email, account.NoLimits().Account), time.Duration(i)*time.Hour, now)
	}
	return err
}

func fillSession(ctx context.Context, tx *db.Tx, i int, now time.Time) error {
	limits := session.Limits{Idle: time.Hour, Lifetime: 12 * time.Hour, Access: time.Minute, Refresh: time.Hour, Family: 12 * time.Hour, PerUser: 10}
	owner, at := int64(i%planUsers+1), now.Add(-time.Duration(i%100)*time.Minute)
	if i%2 == 0 {
		s, _ := session.New(owner, false, limits, session.Device{}, at)
		return session.In(tx).Create(ctx, s)
	}
	return session.In(tx).CreateFamily(ctx, session.NewFamily(owner, limits, session.Device{}, at))
}
