package db

import (
	"context"
	"fmt"
	"slices"
)

// Old names rows of a table that are to go.
type Old struct {
	Table, Key string
	Condition  string // true of each of them
	Args       []any  // those of the condition
	Order      string // a column with an index, which begins with them
}

// Purge deletes rows in portions until there are none or ctx ends. K is the type of their key. Doing it again, or on two
// servers at once, does no harm: a row is looked at once more when it goes, since it may have been used meanwhile.
func Purge[K any](ctx context.Context, q Querier, old Old, portion int) error {
	for {
		var keys []any
		err := q.Query(ctx, func(row Row) error {
			var key K
			err := row.Scan(&key)
			keys = append(keys, key)
			return err
		}, "SELECT "+old.Key+" FROM "+old.Table+" WHERE "+old.Condition+" ORDER BY "+old.Order+" LIMIT ?", append(slices.Clip(old.Args), portion)...)
		if err != nil {
			return fmt.Errorf("list old rows of %s: %w", old.Table, err)
		}
		if len(keys) > 0 {
			// The CASE has MySQL find the rows by their keys: it locks what it looks at, and by Order that is the next row too.
			_, err := q.Exec(ctx, "DELETE FROM "+old.Table+" WHERE "+old.Key+" IN ("+Placeholders(len(keys))+") AND CASE WHEN "+old.Condition+" THEN 1 ELSE 0 END = 1",
				slices.Concat(keys, old.Args)...)
			if err != nil {
				return fmt.Errorf("delete old rows of %s: %w", old.Table, err)
			}
		}
		if len(keys) < portion {
			return nil
		}
	}
}
