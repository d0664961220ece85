package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"gatehouse/db"
	"gatehouse/migrations"
	"gatehouse/models/session"
)

const (
	rowsInAll    = 20_000 // of one transaction
	fillTimeout  = 10 * time.Minute
	tellInterval = 200_000 // rows after which a line is printed
)

// rowsAtOnce are those of one INSERT. MySQL gains by fewer round trips; the driver of SQLite takes time that grows with the
// square of the number of values.
var rowsAtOnce = map[db.Engine]int{db.MySQL: 500, db.SQLite: 20}

const (
	userColumns    = "id, email, password, lastLogin, role, state, gh_email_key, gh_email_verified, gh_revision, gh_created"
	sessionColumns = "id_hash, public_id, user_id, kind, created, authenticated_at, last_seen, idle_expires, absolute_expires, remember, ip, user_agent"
)

// life is that of people who asked to be remembered, so that none ends while it is measured.
const life = 30 * 24 * time.Hour

// openMigrated opens a database of gatehouse and brings its tables up to date.
func openMigrated(ctx context.Context, url string) (*db.DB, error) {
	o := db.Options{URL: url, Timeout: fillTimeout}
	if err := migrations.Up(ctx, o); err != nil {
		return nil, err
	}
	conn, err := db.Open(ctx, o)
	if err != nil {
		return nil, err
	}
	return conn, hasten(ctx, conn)
}

// hasten spares a connection that fills SQLite the waiting for the disk, and the reading of pages that it has just written.
// Only a crash of the machine would leave a broken file, and the file could be filled again.
func hasten(ctx context.Context, conn *db.DB) error {
	if conn.Engine() != db.SQLite {
		return nil
	}
	for _, pragma := range []string{"PRAGMA synchronous = OFF", "PRAGMA cache_size = -1000000"} {
		if _, err := conn.SQL().ExecContext(ctx, pragma); err != nil {
			return err
		}
	}
	return nil
}

// fill inserts users and sessions into empty tables of gatehouse. Before due, the last-seen time of a session lies far
// ahead, so that no check writes it; the others were last seen an hour ago, and their next check writes it.
func (p people) fill(ctx context.Context, conn *db.DB, due int, log io.Writer) error {
	lastLogin, created := db.FormatTime(p.from), p.from.UnixMilli()
	err := insert(ctx, conn, log, "users", userColumns, p.users, func(n int) []any {
		return []any{n + 1, email(n), p.hash(n), lastLogin, "user", 1, email(n), 0, 1, created}
	})
	if err != nil {
		return err
	}
	end := p.from.Add(life)
	ahead, behind := p.from.Add(24*time.Hour), p.from.Add(-time.Hour)
	return insert(ctx, conn, log, "sessions", sessionColumns, p.sessions, func(n int) []any {
		if n < due {
			return p.session(n, ahead, end)
		}
		return p.session(n, behind, end)
	})
}

// addExpired inserts sessions that ended an hour ago, numbered from a number on.
func (p people) addExpired(ctx context.Context, conn *db.DB, from, count int) error {
	ended := p.from.Add(-time.Hour)
	return insert(ctx, conn, io.Discard, "sessions", sessionColumns, count, func(n int) []any {
		return p.session(from+n, ended, ended)
	})
}

// session is the row of session n.
func (p people) session(n int, seen, end time.Time) []any {
	hash, created := secretOf(n).Hash(), p.from.UnixMilli()
	return []any{
		hash[:], publicID(n), n%p.users + 1, string(session.Cookie), created, created, seen.UnixMilli(), end.UnixMilli(), end.UnixMilli(),
		1, laptop.IP, laptop.UserAgent,
	}
}

// insert fills a table with count rows.
func insert(ctx context.Context, conn *db.DB, log io.Writer, table, columns string, count int, row func(n int) []any) error {
	atOnce := rowsAtOnce[conn.Engine()]
	for from := 0; from < count; from += rowsInAll {
		to := min(from+rowsInAll, count)
		err := conn.WithTx(ctx, func(tx *db.Tx) error {
			for n := from; n < to; n += atOnce {
				var values []any
				rows := min(atOnce, to-n)
				for i := range rows {
					values = append(values, row(n+i)...)
				}
				one := ", (" + db.Placeholders(len(values)/rows) + ")"
				query := "INSERT INTO " + table + " (" + columns + ") VALUES " + strings.Repeat(one, rows)[2:]
				if _, err := tx.Exec(ctx, query, values...); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("fill %s: %w", table, err)
		}
		if to%tellInterval == 0 {
			fmt.Fprintf(log, "%s: %d of %d\n", table, to, count)
		}
	}
	return nil
}
