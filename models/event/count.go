package event

import (
	"context"
	"fmt"
	"time"

	"gatehouse/db"
)

// Count is how many events of a kind there were in a span of time that begins at At.
type Count struct {
	At   time.Time
	Kind Kind
	N    int
}

// Counts returns how many events of some kinds there were since a time, for each span and kind with any, in no order. Spans are
// whole ones of Unix time, so that hours and days are those of UTC. It reads an index and no row.
func (s Store) Counts(ctx context.Context, since time.Time, span time.Duration, kinds ...Kind) ([]Count, error) {
	args := []any{span.Milliseconds(), since.UnixMilli()}
	for _, kind := range kinds {
		args = append(args, string(kind))
	}
	var counts []Count
	err := s.q.Query(ctx, func(row db.Row) error {
		var c Count
		var at int64
		err := row.Scan(&c.Kind, &at, &c.N)
		c.At = time.UnixMilli(at).UTC()
		counts = append(counts, c)
		return err
	}, "SELECT e.kind, e.at - e.at % ?, COUNT(*) FROM gatehouse_events e WHERE e.at >= ? AND e.kind IN ("+db.Placeholders(len(kinds))+") GROUP BY 1, 2", args...)
	if err != nil {
		return nil, fmt.Errorf("count events: %w", err)
	}
	return counts, nil
}
