package token

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"gatehouse/db"
	"gatehouse/models/secret"
)

// ErrUnreadable says that the database has a signing key that the server's secrets do not open. None is made over it.
var ErrUnreadable = errors.New("a signing key cannot be read with this secret")

// Rules are how long keys last.
type Rules struct {
	Lifetime  time.Duration // a key signs for so long
	TokenLife time.Duration // of the longest token; a key is published for so long after its last signature
	Keep      time.Duration // a superseded key is remembered for so long, so that its expired tokens can still be signed out
}

// Keys are the signing keys of all servers on one database, as this one read them last. There must be one before anything
// is signed; see Begin.
type Keys struct {
	q     db.Querier
	box   secret.Box
	rules Rules
	ring  atomic.Pointer[ring]
}

// Stored tells whether the database has keys, without reading them.
func Stored(ctx context.Context, q db.Querier) (bool, error) {
	var n int
	err := q.QueryRow(ctx, func(row db.Row) error { return row.Scan(&n) }, "SELECT COUNT(*) FROM signing_keys")
	if err != nil {
		return false, fmt.Errorf("count signing keys: %w", err)
	}
	return n > 0, nil
}

// ReadKeys reads the keys and changes nothing; there may be none yet. Errors: ErrUnreadable.
func ReadKeys(ctx context.Context, q db.Querier, secrets [][]byte, rules Rules, now time.Time) (*Keys, error) {
	k, _, err := readKeys(ctx, q, secrets, rules, now)
	return k, err
}

// OpenKeys reads the keys, and seals those anew that an older secret than the first sealed, so that it can be given up.
// Errors: ErrUnreadable.
func OpenKeys(ctx context.Context, q db.Querier, secrets [][]byte, rules Rules, now time.Time) (*Keys, error) {
	k, old, err := readKeys(ctx, q, secrets, rules, now)
	if err != nil {
		return nil, err
	}
	for _, s := range old { // only here, or servers with their secrets in another order would do it in turns for ever
		if err := k.sealAnew(ctx, s); err != nil {
			return nil, err
		}
	}
	return k, nil
}

const purpose = "signing keys"

func readKeys(ctx context.Context, q db.Querier, secrets [][]byte, rules Rules, now time.Time) (*Keys, []sealedKey, error) {
	box, err := secret.NewBox(purpose, secrets)
	if err != nil {
		return nil, nil, err
	}
	k := &Keys{q: q, box: box, rules: rules}
	old, err := k.read(ctx, now)
	if err != nil {
		return nil, nil, err
	}
	return k, old, nil
}

// Begin makes the first key, which signs at once, unless there is one.
func (k *Keys) Begin(ctx context.Context, now time.Time) error {
	if len(k.ring.Load().keys) > 0 {
		return nil
	}
	return k.add(ctx, 1, now, now)
}

// Tend reads the keys again, makes the next one where it is time, and forgets those that are long superseded. Every
// server does so every ReadEvery; several at once do no harm.
func (k *Keys) Tend(ctx context.Context, now time.Time) error {
	if _, err := k.read(ctx, now); err != nil {
		return err
	}
	r := k.ring.Load()
	if from, soon := r.due(k.rules.Lifetime, now); soon {
		if err := k.add(ctx, r.newest().Number+1, from, now); err != nil {
			return err
		}
	}
	return k.forget(ctx, now)
}

// Rotate makes the next key, to sign after Lead, and returns it. Where one is waiting already, that is the one.
func (k *Keys) Rotate(ctx context.Context, now time.Time) (next Key, waiting bool, err error) {
	if _, err := k.read(ctx, now); err != nil {
		return Key{}, false, err
	}
	if next = k.ring.Load().newest(); now.Before(next.ActiveFrom) {
		return next, true, nil
	}
	if err := k.add(ctx, next.Number+1, now.Add(Lead), now); err != nil {
		return Key{}, false, err
	}
	return k.ring.Load().newest(), false, nil
}

// State is what becomes of a key at a time.
type State string

// The states of a key, in their order.
const (
	Waiting State = "waiting" // published, to sign later
	Signing State = "signing"
	Retired State = "retired" // verifies what it signed
)

// Listed is a key and its state.
type Listed struct {
	Key
	State State
}

// List tells the keys and their states, the oldest first.
func (k *Keys) List(now time.Time) []Listed {
	r := k.ring.Load()
	if len(r.keys) == 0 {
		return nil
	}
	signing := r.signing(now).Number
	list := make([]Listed, len(r.keys))
	for i, key := range r.keys {
		list[i] = Listed{key, Signing}
		switch {
		case key.Number > signing:
			list[i].State = Waiting
		case key.Number < signing:
			list[i].State = Retired
		}
	}
	return list
}

// Published are the public keys (RFC 7517, 5).
func (k *Keys) Published(now time.Time) []JWK {
	return k.ring.Load().published(k.rules.TokenLife, now)
}

// CheckFresh returns db.ErrUnavailable once the keys have not been read for so long that another server may sign with one
// that this server does not know. Then it must not sign either: the others would not believe it.
func (k *Keys) CheckFresh(now time.Time) error {
	if r := k.ring.Load(); now.Sub(r.read) > Lead {
		return r.errStale()
	}
	return nil
}

func (k *Keys) signing(now time.Time) (string, any, error) {
	if err := k.CheckFresh(now); err != nil {
		return "", nil, err
	}
	key := k.ring.Load().signing(now)
	return key.ID, key.private, nil
}

// verifying takes a kid as the exact name of a key and as nothing else, and no key from a token (ASVS 9.1.3).
func (k *Keys) verifying(header map[string]any, now time.Time) (any, time.Time, error) {
	kid, _ := header["kid"].(string)
	r := k.ring.Load()
	for i, key := range r.keys {
		if key.ID == kid {
			return &key.private.PublicKey, r.latest(i, k.rules.TokenLife), nil
		}
	}
	if now.Sub(r.read) > stale {
		return nil, time.Time{}, r.errStale()
	}
	return nil, time.Time{}, ErrInvalid
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
	_, err = k.q.Exec(ctx, "INSERT INTO signing_keys (number, kid, algorithm, sealed, created, active_from) VALUES (?, ?, ?, ?, ?, ?)",
		number, key.ID, algorithm, k.box.Seal(place(key.ID), der), now.UnixMilli(), from.UnixMilli())
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
	err = k.q.Query(ctx, func(row db.Row) error {
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
	if err != nil || key.ID != s.kid {
		return Key{}, false, fmt.Errorf("%w: %s is damaged: %v", ErrUnreadable, s.kid, err)
	}
	return key, old, nil
}

// sealAnew puts a key under the first secret, so that the older one can be given up.
func (k *Keys) sealAnew(ctx context.Context, s sealedKey) error {
	der, _, err := k.box.Open(place(s.kid), s.sealed)
	if err != nil {
		return err
	}
	_, err = k.q.Exec(ctx, "UPDATE signing_keys SET sealed = ? WHERE number = ? AND sealed = ?", k.box.Seal(place(s.kid), der), s.number, s.sealed)
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
		if _, err := k.q.Exec(ctx, "DELETE FROM signing_keys WHERE number = ?", key.Number); err != nil {
			return fmt.Errorf("forget signing key: %w", err)
		}
	}
	return nil
}

func place(kid string) string { return "signing_keys " + kid }
