package token

import (
	"context"
	"errors"
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
// is signed, tended or rotated; see Begin.
type Keys struct {
	db    *db.DB
	box   secret.Box
	rules Rules
	ring  atomic.Pointer[ring]
}

// ReadKeys reads the keys and changes nothing; there may be none yet. Errors: ErrUnreadable.
func ReadKeys(ctx context.Context, conn *db.DB, secrets [][]byte, rules Rules, now time.Time) (*Keys, error) {
	k, _, err := readKeys(ctx, conn, secrets, rules, now)
	return k, err
}

// OpenKeys reads the keys, and seals those anew that an older secret than the first sealed, so that it can be given up.
// Errors: ErrUnreadable.
func OpenKeys(ctx context.Context, conn *db.DB, secrets [][]byte, rules Rules, now time.Time) (*Keys, error) {
	k, old, err := readKeys(ctx, conn, secrets, rules, now)
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

func readKeys(ctx context.Context, conn *db.DB, secrets [][]byte, rules Rules, now time.Time) (*Keys, []sealedKey, error) {
	box, err := secret.NewBox(purpose, secrets)
	if err != nil {
		return nil, nil, err
	}
	k := &Keys{db: conn, box: box, rules: rules}
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
		if err := k.add(ctx, r.newest().number+1, from, now); err != nil {
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
	if err := k.add(ctx, next.number+1, now.Add(Lead), now); err != nil {
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
	signing := r.signing(now).number
	list := make([]Listed, len(r.keys))
	for i, key := range r.keys {
		list[i] = Listed{key, Signing}
		switch {
		case key.number > signing:
			list[i].State = Waiting
		case key.number < signing:
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
	return nil, time.Time{}, invalid("its kid names no key of ours")
}
