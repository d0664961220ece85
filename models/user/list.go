package user

import (
	"context"
	"fmt"
	"math"
	"strings"

	"gatehouse/db"
)

// List calls each for every user, in the order of their ids, a page at a time.
func (s Store) List(ctx context.Context, each func(User) error) error {
	return s.ListStored(ctx, func(u Stored) error { return each(u.User) })
}

// ListStored does so with the hashes.
func (s Store) ListStored(ctx context.Context, each func(Stored) error) error {
	for last := int64(math.MinInt64); ; {
		page, err := s.Page(ctx, last, pageSize)
		if err != nil {
			return err
		}
		for _, u := range page {
			if err := each(u); err != nil {
				return err
			}
			last = u.ID
		}
		if len(page) < pageSize {
			return nil
		}
	}
}

const pageSize = 1000

// inPages reads rows in the order of their ids, a page at a time. The query takes the id after which a page begins, and how many
// rows it has; each returns the id of its row.
func (s Store) inPages(ctx context.Context, query string, each func(db.Row) (id int64, err error)) error {
	for last := int64(math.MinInt64); ; {
		rows := 0
		err := s.q.Query(ctx, func(row db.Row) (err error) {
			last, err = each(row)
			rows++
			return err
		}, query, last, pageSize)
		if err != nil || rows < pageSize {
			return err
		}
	}
}

// Page returns the first users, at most limit, whose ids are above after, in the order of their ids.
func (s Store) Page(ctx context.Context, after int64, limit int) ([]Stored, error) {
	var page []Stored
	err := s.q.Query(ctx, func(row db.Row) error {
		u, err := scanStored(row)
		page = append(page, u)
		return err
	}, selectStored+"WHERE u.id > ? ORDER BY u.id LIMIT ?", after, limit)
	if err != nil {
		return nil, fmt.Errorf("list users: %w", err)
	}
	return page, nil
}

// Search returns users whose address or name has a text in it, the newest first: at most limit, with ids below before. Upper and
// lower case are the same where the database knows that of the letter, which on SQLite is A to Z. Without a text all are found.
// There is no index over parts of texts: where few fit, it reads all users.
func (s Store) Search(ctx context.Context, text string, before int64, limit int) ([]Stored, error) {
	where, args := "WHERE u.id < ?", []any{before}
	if text != "" {
		like := "%" + strings.NewReplacer("!", "!!", "%", "!%", "_", "!_").Replace(text) + "%" // the database lowers it, so that a letter it does not know is itself
		where, args = where+" AND (LOWER(u.email) LIKE LOWER(?) ESCAPE '!' OR LOWER(u.name) LIKE LOWER(?) ESCAPE '!')", append(args, like, like)
	}
	var found []Stored
	err := s.q.Query(ctx, func(row db.Row) error {
		u, err := scanStored(row)
		found = append(found, u)
		return err
	}, selectStored+where+" ORDER BY u.id DESC LIMIT ?", append(args, limit)...)
	if db.IsUnrepresentable(err) {
		return nil, nil // the columns' character set has no such letter, so nobody does
	}
	if err != nil {
		return nil, fmt.Errorf("search users: %w", err)
	}
	return found, nil
}
