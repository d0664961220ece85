package password

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"strings"
	"time"

	"golang.org/x/crypto/bcrypt"

	"gatehouse/models/password/multibcrypt"
)

// Verdict is the answer to Verify.
type Verdict struct {
	// Match says that the password is the one that was hashed.
	Match bool
	// Rehash is only set together with Match: the stored hash is cheaper than
	// the configured cost, or in another format than this package would write
	// for that password (ASVS 5.0 11.4.2: a slow hash that can grow).
	Rehash bool
}

// Hash makes the string to store for a new password. More than MaxBytes is
// an error; a pool that is full or does not run is ErrOverloaded; a ctx that
// ends first is its error.
func (p *Pool) Hash(ctx context.Context, plain string) (string, error) {
	if len(plain) > MaxBytes {
		return "", errTooLong
	}
	var hash string
	err := p.do(ctx, &job{units: units(p.cost), cost: p.cost, run: func(m *meter) (err error) {
		hash, err = m.hash(plain, p.cost)
		return err
	}})
	if err != nil {
		return "", err
	}
	return hash, nil
}

// Verify checks a password against a stored hash. Pass "" as the hash of a
// user who does not exist: it costs what a wrong password costs and never
// matches (ASVS 5.0 6.3.8). A wrong password, a password of more than MaxBytes
// and a hash of an unknown format are no errors; an error means that the
// password was not checked, for the same reasons as in Hash.
func (p *Pool) Verify(ctx context.Context, hash, plain string) (Verdict, error) {
	h, _ := parse(hash)
	var v Verdict
	err := p.do(ctx, &job{units: units(max(h.cost, p.cost)) + h.extra, cost: h.totalCost(p.cost), run: func(m *meter) (err error) {
		v, err = m.verify(h, plain, p.cost)
		return err
	}})
	if err != nil {
		return Verdict{}, err
	}
	return v, nil
}

// units is the work of one bcrypt: the cost is a power of two.
func units(cost int) uint64 { return 1 << cost }

// totalCost is the cost that all bcrypts of a check add up to: none for a foreign hash, which is computed before any.
func (h parsed) totalCost(cost int) int {
	if h.format == Foreign {
		return 0
	}
	return max(h.cost, cost)
}

// meter does the hashing of one job and counts it. The queue learns the speed
// of the machine from the count, and the tests prove equal work by it.
type meter struct {
	units uint64
	aside time.Duration  // spent on what units does not count
	ask   func(*request) // has a bcrypt computed, maybe with those of other jobs; nil leaves all to x/crypto
}

// digest computes one bcrypt with a given salt, if it is not left to x/crypto.
func (m *meter) digest(cost int, salt string, key []byte) (string, bool) {
	if m.ask == nil {
		return "", false
	}
	r := &request{Job: multibcrypt.Job{Cost: cost, Salt: salt, Password: key}}
	m.ask(r)
	if r.err != nil {
		return "", false
	}
	m.units += units(cost)
	return r.Digest, true
}

func (m *meter) hash(plain string, cost int) (string, error) {
	if !fitsBcrypt(plain) {
		return m.newSHA256(plain, cost)
	}
	salt := multibcrypt.NewSalt()
	if digest, ok := m.digest(cost, salt, []byte(plain)); ok {
		return fmt.Sprintf("$2a$%02d$%s%s", cost, salt, digest), nil
	}
	hash, err := bcrypt.GenerateFromPassword([]byte(plain), cost)
	if err != nil {
		return "", fmt.Errorf("hash password: %w", err)
	}
	m.units += units(cost)
	return string(hash), nil
}

// verify spends units(cost) on every failure: the compare at cost k and dummies
// of cost k, k+1, ... cost-1, for 2^k + 2^k + ... + 2^(cost-1) = 2^cost. A
// match pays nothing on top: that the password was right is no secret. What a
// foreign hash takes cannot be set off against bcrypt, so it gets a whole dummy.
func (m *meter) verify(h parsed, plain string, cost int) (Verdict, error) {
	if h.format == Unknown {
		return Verdict{}, m.dummy(cost, plain)
	}
	if h.format == Foreign {
		match, err := m.foreign(h, plain)
		if err != nil || match {
			return Verdict{Match: match, Rehash: match}, err
		}
		return Verdict{}, m.dummy(cost, plain)
	}
	key, exact := h.key(plain)
	match, err := m.compare(h, key)
	if err != nil {
		return Verdict{}, err
	}
	if match && exact {
		return Verdict{Match: true, Rehash: h.cost < cost || !h.current(plain)}, nil
	}
	for k := h.cost; k < cost; k++ {
		if err := m.dummy(k, plain); err != nil {
			return Verdict{}, err
		}
	}
	return Verdict{}, nil
}

// dummy spends one bcrypt. It compares with a constant row, well formed but
// the hash of nothing, since making a real one would cost a bcrypt at start.
func (m *meter) dummy(cost int, plain string) error {
	_, err := m.compare(dummyHash(cost), plainKey(plain))
	return err
}

func dummyHash(cost int) parsed {
	return parsed{
		format: Bcrypt, minor: 'a', cost: cost,
		salt: strings.Repeat(".", saltLen), digest: strings.Repeat(".", digestLen),
	}
}

// compare counts only what was computed to the end: an early error is
// work not done, and must be seen rather than taken for a mismatch.
func (m *meter) compare(h parsed, key []byte) (bool, error) {
	if digest, ok := m.digest(h.cost, h.salt, key); ok {
		return subtle.ConstantTimeCompare([]byte(digest), []byte(h.digest)) == 1, nil
	}
	err := bcrypt.CompareHashAndPassword([]byte(h.bcryptString()), key)
	if err != nil && !errors.Is(err, bcrypt.ErrMismatchedHashAndPassword) {
		return false, fmt.Errorf("compare password: %w", err)
	}
	m.units += units(h.cost)
	return err == nil, nil
}
