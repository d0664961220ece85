// Package device knows the browsers that somebody has signed in with before: one row for a browser and a user, found by the
// SHA-256 of a secret in a cookie that outlives the session. Such a browser has failures of its own, so that strangers who
// guess at an account cannot keep its owner out (OWASP, "device cookies").
package device

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"gatehouse/db"
	"gatehouse/models/session"
)

// ErrNotFound says that the user has not signed in with this browser.
var ErrNotFound = errors.New("no such device")

// maxKnown is how many browsers of a user are known, and how many users of a browser.
const maxKnown = 20

// spare is how many more of a user there may be for a while.
const spare = 10

// Store reads and writes devices through a database or through a transaction.
type Store struct{ q db.Querier }

// In returns the devices of a database or transaction.
func In(q db.Querier) Store { return Store{q} }

// Find returns the id of a user's device, which stays the same as long as it is known and is never used again; ErrNotFound
// if it is not known.
func (s Store) Find(ctx context.Context, hash session.Hash, userID int64) (id int64, err error) {
	err = s.q.QueryRow(ctx, func(row db.Row) error { return row.Scan(&id) },
		"SELECT d.id FROM gatehouse_devices d WHERE d.hash = ? AND d.user_id = ?", hash[:], userID)
	if errors.Is(err, db.ErrNoRows) {
		return 0, ErrNotFound
	}
	if err != nil {
		return 0, fmt.Errorf("find device: %w", err)
	}
	return id, nil
}

// SignedIn makes a user's browser known, within the transaction of the sign-in, and returns the secret for its cookie. The
// secret is new each time, and whatever was known by the old one is known by the new one alone: a cookie that somebody
// planted or copied is worth nothing after the next sign-in. The zero hash is a browser without a cookie. Of two sign-ins
// with the same old secret at once, one moves it, and the other begins with this user alone.
//
// Room for the device is counted right only in a transaction that has already written the user's row.
func (s Store) SignedIn(ctx context.Context, old session.Hash, userID int64, now time.Time) (session.Secret, error) {
	secret := session.NewSecret()
	hash := secret.Hash()
	id, err := s.move(ctx, old, hash, userID, now)
	if err != nil || id != 0 {
		return secret, err
	}
	done, err := s.q.Exec(ctx, "INSERT INTO gatehouse_devices (hash, user_id, created, last_used) VALUES (?, ?, ?, ?)",
		hash[:], userID, now.UnixMilli(), now.UnixMilli())
	if err != nil {
		return "", fmt.Errorf("insert device: %w", err)
	}
	return secret, s.makeRoom(ctx, userID, done.LastID)
}

// move gives the devices of the old secret the new one. It returns the id of the user's own, 0 if it was not known.
func (s Store) move(ctx context.Context, old, hash session.Hash, userID int64, now time.Time) (id int64, err error) {
	if old == (session.Hash{}) {
		return 0, nil
	}
	// Found first and then written by their ids: a search that writes would lock the gaps between hashes on MySQL.
	known, err := s.list(ctx, "WHERE d.hash = ?", old[:])
	if err != nil {
		return 0, err
	}
	own := slices.IndexFunc(known, func(d device) bool { return d.userID == userID })
	if own < 0 {
		if err := s.delete(ctx, surplus(known)); err != nil {
			return 0, err
		}
	}
	for i, d := range known {
		used := d.lastUsed
		if i == own {
			used = now.UnixMilli()
		}
		done, err := s.q.Exec(ctx, "UPDATE gatehouse_devices SET hash = ?, last_used = ? WHERE id = ? AND hash = ?", hash[:], used, d.id, old[:])
		if err != nil {
			return 0, fmt.Errorf("move device: %w", err)
		}
		if i == own && done.Affected == 1 {
			id = d.id
		}
	}
	return id, nil
}

// makeRoom deletes devices of a user, but never the newest one, until no more than maxKnown are left. It waits until there are
// spare more, so that a script that keeps no cookies does not list and delete at each sign-in.
func (s Store) makeRoom(ctx context.Context, userID, newest int64) error {
	var n int
	err := s.q.QueryRow(ctx, func(row db.Row) error { return row.Scan(&n) },
		"SELECT COUNT(*) FROM gatehouse_devices d WHERE d.user_id = ?", userID)
	if err != nil {
		return fmt.Errorf("count devices: %w", err)
	}
	if n <= maxKnown+spare {
		return nil
	}
	known, err := s.list(ctx, "WHERE d.user_id = ?", userID)
	if err != nil {
		return err
	}
	others := slices.DeleteFunc(known, func(d device) bool { return d.id == newest })
	return s.delete(ctx, surplus(others))
}

// device is a row; created and lastUsed are Unix milliseconds.
type device struct{ id, userID, created, lastUsed int64 }

// surplus returns the ids of those that have to go so that there is room for one more. Those that were used only once go
// first, the oldest before the others: a script that keeps no cookies makes many of these, and must not push out real
// browsers.
func surplus(known []device) []int64 {
	once := func(d device) int {
		if d.lastUsed <= d.created {
			return 0
		}
		return 1
	}
	slices.SortFunc(known, func(a, b device) int {
		return cmp.Or(cmp.Compare(once(a), once(b)), cmp.Compare(a.lastUsed, b.lastUsed), cmp.Compare(a.id, b.id))
	})
	var ids []int64
	for _, d := range known[:max(0, len(known)-maxKnown+1)] {
		ids = append(ids, d.id)
	}
	return ids
}

func (s Store) list(ctx context.Context, where string, args ...any) ([]device, error) {
	var list []device
	err := s.q.Query(ctx, func(row db.Row) error {
		var d device
		err := row.Scan(&d.id, &d.userID, &d.created, &d.lastUsed)
		list = append(list, d)
		return err
	}, "SELECT d.id, d.user_id, d.created, d.last_used FROM gatehouse_devices d "+where, args...)
	if err != nil {
		return nil, fmt.Errorf("list devices: %w", err)
	}
	return list, nil
}
