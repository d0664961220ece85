package link

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"gatehouse/db"
	"gatehouse/models/session"
)

// Store reads and writes links through a database or through the transaction of an act.
type Store struct{ q db.Querier }

// In returns the links of a database or transaction.
func In(q db.Querier) Store { return Store{q} }

// Make stores a link that is good for life from now on, in place of those that the user had of this kind, and returns
// its token, which is nowhere else. It belongs into a transaction.
func (s Store) Make(ctx context.Context, kind Kind, userID int64, address string, life time.Duration, now time.Time) (session.Secret, error) {
	if err := s.DeleteAll(ctx, userID, kind); err != nil {
		return "", err
	}
	token := session.NewSecret()
	hash := token.Hash()
	_, err := s.q.Exec(ctx, "INSERT INTO gatehouse_links (hash, kind, user_id, address, created, expires) VALUES ("+db.Placeholders(6)+")",
		hash[:], string(kind), userID, address, now.UnixMilli(), now.Add(life).UnixMilli())
	if err != nil {
		return "", fmt.Errorf("insert link: %w", err)
	}
	return token, nil
}

// Find returns the link of a token if it is of one of the kinds and has not expired, else ErrInvalid.
func (s Store) Find(ctx context.Context, token string, now time.Time, kinds ...Kind) (Link, error) {
	secret, ok := session.ParseSecret(token)
	if !ok {
		return Link{}, ErrInvalid
	}
	hash := secret.Hash()
	var l Link
	err := s.q.QueryRow(ctx, func(row db.Row) error { return row.Scan(&l.Kind, &l.UserID, &l.Address) },
		"SELECT l.kind, l.user_id, l.address FROM gatehouse_links l WHERE l.hash = ? AND l.expires > ?", hash[:], now.UnixMilli())
	if err != nil && !errors.Is(err, db.ErrNoRows) {
		return Link{}, fmt.Errorf("find link: %w", err)
	}
	if err != nil || !slices.Contains(kinds, l.Kind) {
		return Link{}, ErrInvalid
	}
	return l, nil
}

// Spend uses a link up and returns it. Of several that try at once the deletion lets one through; the others get
// ErrInvalid. In a transaction the link is good again if the act fails.
func (s Store) Spend(ctx context.Context, token string, now time.Time, kinds ...Kind) (Link, error) {
	l, err := s.Find(ctx, token, now, kinds...)
	if err != nil {
		return Link{}, err
	}
	hash := session.Secret(token).Hash()
	done, err := s.q.Exec(ctx, "DELETE FROM gatehouse_links WHERE hash = ?", hash[:])
	if err != nil {
		return Link{}, fmt.Errorf("spend link: %w", err)
	}
	if done.Affected == 0 {
		return Link{}, ErrInvalid
	}
	return l, nil
}

// DeleteAll makes a user's links of these kinds worthless; without kinds, all of them.
func (s Store) DeleteAll(ctx context.Context, userID int64, kinds ...Kind) error {
	if len(kinds) == 0 {
		kinds = Kinds
	}
	args := []any{userID}
	for _, kind := range kinds {
		args = append(args, string(kind))
	}
	_, err := s.q.Exec(ctx, "DELETE FROM gatehouse_links WHERE user_id = ? AND kind IN ("+db.Placeholders(len(kinds))+")", args...)
	if err != nil {
		return fmt.Errorf("delete links: %w", err)
	}
	return nil
}

// Clean deletes expired links, as db.Purge does.
func (s Store) Clean(ctx context.Context, portion int, now time.Time) error {
	old := db.Old{Table: "gatehouse_links", Key: "hash", Condition: "expires <= ?", Args: []any{now.UnixMilli()}, Order: "expires"}
	return db.Purge[[]byte](ctx, s.q, old, portion)
}
