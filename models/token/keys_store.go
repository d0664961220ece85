package token

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gatehouse/db"
	"gatehouse/models/event"
)

// Stored tells whether the database has keys, without reading them.
func Stored(ctx context.Context, q db.Querier) (bool, error) {
	var n int
	err := q.QueryRow(ctx, func(row db.Row) error { return row.Scan(&n) }, "SELECT COUNT(*) FROM signing_keys")
	if err != nil {
		return false, fmt.Errorf("count signing keys: %w", err)
	}
	return n > 0, nil
}

// add makes a key under a number that nobody has yet. Of several servers that try, one succeeds; the others read its key.
func (k *Keys) add(ctx context.Context, number int64, from, now time.Time) error {
	key, err := newKey(number, from, now)
	if err != nil {
		return err
	}
	der, err := key.marshal()
	if err != nil {
		return fmt.Errorf("encode signing key: %w", err)
	}
	err = k.db.WithTx(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, "INSERT INTO signing_keys (number, kid, algorithm, sealed, created, active_from) VALUES (?, ?, ?, ?, ?, ?)",
			number, key.ID, algorithm, k.box.Seal(place(key.ID), der), now.UnixMilli(), from.UnixMilli())
		if err != nil {
			return err
		}
		return event.In(tx).Add(ctx, event.KeyAdded, 0, "kid "+key.ID, now)
	})
	if err != nil && !db.IsDuplicate(err) {
		return fmt.Errorf("store signing key: %w", err)
	}
	if _, err := k.read(ctx, now); err != nil {
		return err
	}
	if len(k.ring.Load().keys) == 0 {
		return errors.New("the signing key that was stored is not there")
	}
	return nil
}

// read replaces the ring, and returns the rows that an older secret than the first sealed.
func (k *Keys) read(ctx context.Context, now time.Time) (old []sealedKey, err error) {
	r := &ring{read: now}
	err = k.db.Query(ctx, func(row db.Row) error {
		var s sealedKey
		if err := row.Scan(&s.number, &s.kid, &s.sealed, &s.created, &s.activeFrom); err != nil {
			return err
		}
		key, isOld, err := k.open(s)
		if err != nil {
			return err
		}
		if isOld {
			old = append(old, s)
		}
		r.keys = append(r.keys, key)
		return nil
	}, "SELECT number, kid, sealed, created, active_from FROM signing_keys WHERE algorithm = ? ORDER BY number", algorithm)
	if err != nil {
		return nil, fmt.Errorf("read signing keys: %w", err)
	}
	if prior := k.ring.Load(); len(r.keys) == 0 && prior != nil && len(prior.keys) > 0 {
		return nil, errors.New("read signing keys: the table is empty; if that was meant, restart all servers")
	}
	k.ring.Store(r)
	return old, nil
}

type sealedKey struct {
	number              int64
	kid                 string
	sealed              []byte
	created, activeFrom int64
}

func (k *Keys) open(s sealedKey) (key Key, old bool, err error) {
	der, old, err := k.box.Open(place(s.kid), s.sealed)
	if err != nil {
		return Key{}, false, fmt.Errorf("%w: %s: %w", ErrUnreadable, s.kid, err)
	}
	key, err = parseKey(s.number, der, time.UnixMilli(s.created).UTC(), time.UnixMilli(s.activeFrom).UTC())
	if err == nil && key.ID != s.kid {
		err = errors.New("it is the key of another kid")
	}
	if err != nil {
		return Key{}, false, fmt.Errorf("%w: %s is damaged: %w", ErrUnreadable, s.kid, err)
	}
	return key, old, nil
}

// sealAnew puts a key under the first secret, so that the older one can be given up.
func (k *Keys) sealAnew(ctx context.Context, s sealedKey) error {
	der, _, err := k.box.Open(place(s.kid), s.sealed)
	if err != nil {
		return err
	}
	_, err = k.db.Exec(ctx, "UPDATE signing_keys SET sealed = ? WHERE number = ? AND sealed = ?", k.box.Seal(place(s.kid), der), s.number, s.sealed)
	if err != nil {
		return fmt.Errorf("seal signing key anew: %w", err)
	}
	return nil
}

// forget deletes the keys whose tokens belong to no family that can still be alive.
func (k *Keys) forget(ctx context.Context, now time.Time) error {
	r := k.ring.Load()
	for i, key := range r.keys {
		end := r.superseded(i)
		if end.IsZero() || now.Before(end.Add(k.rules.Keep)) {
			continue
		}
		if _, err := k.db.Exec(ctx, "DELETE FROM signing_keys WHERE number = ?", key.number); err != nil {
			return fmt.Errorf("forget signing key: %w", err)
		}
	}
	return nil
}

func place(kid string) string { return "signing_keys " + kid }
