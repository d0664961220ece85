// Package secret encrypts what the database keeps (Box), and guards against a server that is started with a secret other
// than the one its database knows: it could not read what the right one encrypted, and must not make new keys over it.
package secret

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"

	"gatehouse/db"
)

// ErrForeign says that none of the server's secrets belongs to the database.
var ErrForeign = errors.New("the secret does not belong to this database")

const checkName = "secret_check"

// New returns a secret of about 260 random bits, as text without special characters.
func New() string { return rand.Text() + rand.Text() }

// Known tells whether the database has a check value yet, and so belongs to some secret.
func Known(ctx context.Context, q db.Querier) (bool, error) {
	stored, err := read(ctx, q)
	return stored != nil, err
}

// Guard returns ErrForeign unless one of the secrets fits the check value. A new database gets the check value
// of the first secret; of several servers that start at once, the first decides.
func Guard(ctx context.Context, q db.Querier, secrets [][]byte) error {
	stored, err := read(ctx, q)
	if err != nil {
		return err
	}
	if stored == nil {
		_, err := q.Exec(ctx, "INSERT INTO gatehouse_meta (name, value) VALUES (?, ?)", checkName, checkValue(secrets[0]))
		if err != nil && !db.IsDuplicate(err) {
			return fmt.Errorf("store check value: %w", err)
		}
		if stored, err = read(ctx, q); err != nil {
			return err
		}
	}
	if !fits(stored, secrets) {
		return ErrForeign
	}
	return nil
}

// Belongs tells whether a server with these secrets may use the database: one of them fits the check value, or there
// is none yet.
func Belongs(ctx context.Context, q db.Querier, secrets [][]byte) (bool, error) {
	stored, err := read(ctx, q)
	return err == nil && (stored == nil || fits(stored, secrets)), err
}

// Renew makes the check value that of the first secret, if an older one of the list fits it, so that the older one can
// be given up, and tells whether it did so. What is sealed must have been sealed anew before.
func Renew(ctx context.Context, q db.Querier, secrets [][]byte) (bool, error) {
	stored, err := read(ctx, q)
	if err != nil || hmac.Equal(stored, checkValue(secrets[0])) || !fits(stored, secrets) {
		return false, err
	}
	_, err = q.Exec(ctx, "UPDATE gatehouse_meta SET value = ? WHERE name = ? AND value = ?", checkValue(secrets[0]), checkName, stored)
	if err != nil {
		return false, fmt.Errorf("store check value: %w", err)
	}
	return true, nil
}

func fits(stored []byte, secrets [][]byte) bool {
	for _, s := range secrets {
		if hmac.Equal(stored, checkValue(s)) {
			return true
		}
	}
	return false
}

func read(ctx context.Context, q db.Querier) ([]byte, error) {
	var value []byte
	err := q.QueryRow(ctx, func(row db.Row) error { return row.Scan(&value) },
		"SELECT value FROM gatehouse_meta WHERE name = ?", checkName)
	if err != nil && !errors.Is(err, db.ErrNoRows) {
		return nil, fmt.Errorf("read check value: %w", err)
	}
	return value, nil
}

// checkValue tells nothing of a secret that has 32 random bytes.
func checkValue(secret []byte) []byte {
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte("gatehouse secret check v1"))
	return mac.Sum(nil)
}
