package throttle

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"gatehouse/db"
)

// Store reads and writes counters through a database or through a transaction.
type Store struct{ q db.Querier }

// In returns the counters of a database or transaction.
func In(q db.Querier) Store { return Store{q} }

// find returns the row of each bucket, one that does not exist where there is none.
func (s Store) find(ctx context.Context, buckets []Bucket) ([]row, error) {
	rows := make([]row, len(buckets))
	args := make([]any, len(buckets))
	place := map[id]int{}
	for i, b := range buckets {
		args[i] = b.id[:]
		place[b.id] = i
	}
	err := s.q.Query(ctx, func(dbRow db.Row) error {
		r := row{exists: true}
		var key []byte
		if err := dbRow.Scan(&key, &r.failures, &r.running, &r.lease, &r.blockedUntil, &r.expires); err != nil {
			return err
		}
		rows[place[id(key)]] = r
		return nil
	}, "SELECT a.bucket, a.failures, a.running, a.lease, a.blocked_until, a.expires FROM gatehouse_attempts a "+
		"WHERE a.bucket IN ("+db.Placeholders(len(args))+")", args...)
	if err != nil {
		return nil, fmt.Errorf("find counters: %w", err)
	}
	return rows, nil
}

// renew writes the current row in the place of the stored one; where another did so first it does nothing. A row that is
// missing is inserted here, outside of any transaction: on MySQL, two that find a key taken hold locks that keep both out.
func (s Store) renew(ctx context.Context, b Bucket, stored, current row) error {
	if stored == current {
		return nil
	}
	if !stored.exists {
		err := s.insert(ctx, b.id, current.expires)
		if db.IsDuplicate(err) {
			return nil
		}
		return err
	}
	return s.exec(ctx, "renew counter", "UPDATE gatehouse_attempts SET failures = ?, running = ?, blocked_until = ?, expires = ? "+
		"WHERE bucket = ? AND failures = ? AND running = ? AND expires = ?",
		current.failures, current.running, current.blockedUntil, current.expires,
		b.id[:], stored.failures, stored.running, stored.expires)
}

func (s Store) insert(ctx context.Context, key id, expires int64) error {
	return s.exec(ctx, "insert counter", "INSERT INTO gatehouse_attempts (bucket, failures, running, lease, blocked_until, expires) "+
		"VALUES (?, 0, '', 0, 0, ?)", key[:], expires)
}

// take adds a ticket to each row that lets somebody try by now, as Rule.places says, and returns to how many. It is one
// statement for all, and no transaction: a ticket that is in some of the rows can be given back.
func (s Store) take(ctx context.Context, buckets []Bucket, own ticket, now, lease int64) (int, error) {
	args := []any{string(own), lease, lease, now, now, now}
	for _, b := range buckets {
		args = append(args, b.id[:])
	}
	room := make([]string, len(buckets))
	for i, b := range buckets {
		alone := "" // after the free failures
		if b.Rule.inARow() {
			alone = "running = '' OR "
		}
		room[i] = "bucket = ? AND LENGTH(running) < ? AND (" + alone + "LENGTH(running) + ? * failures < ?)"
		args = append(args, b.id[:], b.Rule.places(0)*ticketSize, ticketSize, int64(b.Rule.Free)*ticketSize)
	}
	done, err := s.q.Exec(ctx, "UPDATE gatehouse_attempts SET running = CONCAT(running, ?), lease = CASE WHEN lease > ? THEN lease ELSE ? END "+
		"WHERE blocked_until <= ? AND expires > ? AND (lease > ? OR running = '') AND bucket IN ("+db.Placeholders(len(buckets))+") AND ("+strings.Join(room, " OR ")+")",
		args...)
	if err != nil {
		return 0, fmt.Errorf("take a place: %w", err)
	}
	return int(done.Affected), nil
}

// fail turns a ticket into a failure, and tells whether it was there.
func (s Store) fail(ctx context.Context, b Bucket, own ticket, now int64) (bool, error) {
	remembered, args := "", []any{string(own)}
	if b.Rule.inARow() {
		remembered, args = ", expires = ?", append(args, now+b.Rule.Window.Milliseconds())
	}
	done, err := s.q.Exec(ctx, "UPDATE gatehouse_attempts SET failures = failures + 1, running = REPLACE(running, ?, '')"+remembered+
		" WHERE bucket = ? AND INSTR(running, ?) > 0", append(args, b.id[:], string(own))...)
	return done.Affected == 1, err
}

// block makes the next attempt wait for as long as the failures so far demand, and returns their number. The row must have
// been written in this transaction.
func (s Store) block(ctx context.Context, b Bucket, now int64) (failures int, err error) {
	err = s.q.QueryRow(ctx, func(row db.Row) error { return row.Scan(&failures) },
		"SELECT a.failures FROM gatehouse_attempts a WHERE a.bucket = ?", b.id[:])
	if err != nil {
		return 0, err
	}
	delay := b.Rule.delay(failures).Milliseconds()
	if delay == 0 {
		return failures, nil
	}
	return failures, s.exec(ctx, "block", "UPDATE gatehouse_attempts SET blocked_until = ?, expires = ? WHERE bucket = ?",
		now+delay, now+b.Rule.memory(failures).Milliseconds(), b.id[:])
}

// succeed gives a ticket back, and sets failures in a row to zero.
func (s Store) succeed(ctx context.Context, own ticket, buckets []Bucket) error {
	var rows, all []any
	for _, b := range buckets {
		all = append(all, b.id[:])
		if b.Rule.inARow() {
			rows = append(rows, b.id[:])
		}
	}
	if len(rows) == 0 {
		return s.giveBack(ctx, own, buckets...)
	}
	ends := "CASE WHEN bucket IN (" + db.Placeholders(len(rows)) + ") THEN 0 ELSE "
	return s.exec(ctx, "end failures", "UPDATE gatehouse_attempts SET failures = "+ends+"failures END, blocked_until = "+ends+"blocked_until END, "+
		"running = REPLACE(running, ?, '') WHERE bucket IN ("+db.Placeholders(len(all))+")",
		slices.Concat(rows, rows, []any{string(own)}, all)...)
}

func (s Store) giveBack(ctx context.Context, own ticket, buckets ...Bucket) error {
	args := []any{string(own), string(own)}
	for _, b := range buckets {
		args = append(args, b.id[:])
	}
	return s.exec(ctx, "give back", "UPDATE gatehouse_attempts SET running = REPLACE(running, ?, '') "+
		"WHERE INSTR(running, ?) > 0 AND bucket IN ("+db.Placeholders(len(buckets))+")", args...)
}

// Forget empties a counter, as after a password reset. Tries that are under way count afterwards.
func (s Store) Forget(ctx context.Context, b Bucket) error {
	return s.exec(ctx, "forget failures", "UPDATE gatehouse_attempts SET failures = 0, blocked_until = 0 WHERE bucket = ?", b.id[:])
}

// State returns how many failures a counter of failures in a row has, and until when nobody may try; the zero time if they may now.
func (s Store) State(ctx context.Context, b Bucket, now time.Time) (failures int, blockedUntil time.Time, err error) {
	rows, err := s.find(ctx, []Bucket{b})
	if err != nil || !rows[0].exists {
		return 0, time.Time{}, err
	}
	is := rows[0].current(b.Rule, now.UnixMilli())
	if until := is.refusedUntil(b.Rule); until > now.UnixMilli() {
		blockedUntil = time.UnixMilli(until).UTC()
	}
	return is.failures, blockedUntil, nil
}

func (s Store) exec(ctx context.Context, act, query string, args ...any) error {
	if _, err := s.q.Exec(ctx, query, args...); err != nil {
		return fmt.Errorf("%s: %w", act, err)
	}
	return nil
}
