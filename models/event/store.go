package event

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"math"
	"strings"
	"time"

	"gatehouse/db"
)

// Store reads and writes events through a database or through the transaction of the act.
type Store struct{ q db.Querier }

// In returns the events of a database or transaction.
func In(q db.Querier) Store { return Store{q} }

// Add writes what happened to a user, 0 for nobody in particular. Where it came from is in ctx; see From. The detail is text
// of ours, 255 characters at most, and never anything secret (ASVS 16.2.5).
func (s Store) Add(ctx context.Context, kind Kind, userID int64, detail string, now time.Time) error {
	o := originOf(ctx)
	_, err := s.q.Exec(ctx, "INSERT INTO gatehouse_events (at, kind, user_id, actor, actor_id, ip, user_agent, request_id, detail) VALUES ("+db.Placeholders(9)+")",
		now.UnixMilli(), string(kind), sql.NullInt64{Int64: userID, Valid: userID != 0}, string(o.Actor), sql.NullInt64{Int64: o.ActorID, Valid: o.ActorID != 0}, o.IP, o.UserAgent, o.RequestID, detail)
	if err != nil {
		return fmt.Errorf("add event: %w", err)
	}
	return nil
}

// Filter says which events are wanted.
type Filter struct {
	UserID int64     // 0 for all
	Kind   Kind      // "" for all
	Detail []string  // any of these; none for all
	Since  time.Time // the zero time for all
	After  int64     // only those with greater ids
	Before int64     // only those with smaller ids; 0 for all
	Limit  int       // 0 for all
}

// pageRows bounds how many events are in memory at once.
const pageRows = 500

// List calls each for every event that fits, the newest first.
func (s Store) List(ctx context.Context, f Filter, each func(Event) error) error {
	left := f.Limit
	if left <= 0 {
		left = math.MaxInt
	}
	for before := cmp.Or(f.Before, math.MaxInt64); left > 0; {
		n := min(left, pageRows)
		page, err := s.page(ctx, f, before, n)
		if err != nil {
			return err
		}
		for _, e := range page {
			if err := each(e); err != nil {
				return err
			}
		}
		if len(page) < n {
			return nil
		}
		before, left = page[n-1].ID, left-n
	}
	return nil
}

// page returns up to n events that fit and have smaller ids, the newest first.
func (s Store) page(ctx context.Context, f Filter, before int64, n int) ([]Event, error) {
	conditions, args := []string{"e.id < ?"}, []any{before}
	add := func(condition string, arg any) {
		conditions, args = append(conditions, condition), append(args, arg)
	}
	if f.After != 0 {
		add("e.id > ?", f.After)
	}
	if f.UserID != 0 {
		add("e.user_id = ?", f.UserID)
	}
	if f.Kind != "" {
		add("e.kind = ?", string(f.Kind))
	}
	if len(f.Detail) > 0 {
		conditions = append(conditions, "e.detail IN ("+db.Placeholders(len(f.Detail))+")")
		for _, detail := range f.Detail {
			args = append(args, detail)
		}
	}
	if !f.Since.IsZero() {
		add("e.at >= ?", f.Since.UnixMilli())
	}
	var list []Event
	err := s.q.Query(ctx, func(row db.Row) error {
		var e Event
		var at int64
		var userID, actorID sql.NullInt64
		err := row.Scan(&e.ID, &at, &e.Kind, &userID, &e.Actor, &actorID, &e.IP, &e.UserAgent, &e.RequestID, &e.Detail)
		e.At, e.UserID, e.ActorID = time.UnixMilli(at).UTC(), userID.Int64, actorID.Int64
		list = append(list, e)
		return err
	}, "SELECT e.id, e.at, e.kind, e.user_id, e.actor, e.actor_id, e.ip, e.user_agent, e.request_id, e.detail FROM gatehouse_events e "+
		"WHERE "+strings.Join(conditions, " AND ")+" ORDER BY e.id DESC LIMIT ?", append(args, n)...)
	if err != nil {
		return nil, fmt.Errorf("list events: %w", err)
	}
	return list, nil
}

// End returns the id of the event by which a user with this id was deleted last, 0 if there is none. What came before it is
// about somebody else, whose id was given out again.
func (s Store) End(ctx context.Context, userID int64) (int64, error) {
	var id sql.NullInt64
	err := s.q.QueryRow(ctx, func(row db.Row) error { return row.Scan(&id) },
		"SELECT MAX(e.id) FROM gatehouse_events e WHERE e.user_id = ? AND e.kind IN (?, ?)", userID, string(UserDeleted), string(AccountDeleted))
	if err != nil {
		return 0, fmt.Errorf("find end of a user: %w", err)
	}
	return id.Int64, nil
}

// Clean deletes events that are older than a time, as db.Purge does.
func (s Store) Clean(ctx context.Context, portion int, before time.Time) error {
	old := db.Old{Table: "gatehouse_events", Key: "id", Condition: "at < ?", Args: []any{before.UnixMilli()}, Order: "at"}
	return db.Purge[int64](ctx, s.q, old, portion)
}
