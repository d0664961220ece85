package adoption

import (
	"context"
	"errors"

	"gatehouse/db"
	"gatehouse/models/user"
)

// giveKey stores the canonical address of a row, so that it is found at once. Addresses of several rows get none.
func (a *Adopter) giveKey(ctx context.Context, users user.Store, u user.Stored, done *Outcome) error {
	if !a.lacksKey(u) {
		return nil
	}
	email, err := user.ParseEmail(u.Email)
	if err != nil {
		return nil
	}
	err = users.ClaimKey(ctx, u, email)
	if errors.Is(err, user.ErrEmailTaken) || db.IsDuplicate(err) {
		return nil
	}
	if err == nil {
		done.Keys++
	}
	return err
}

func (a *Adopter) lacksKey(u user.Stored) bool {
	if !u.LacksKey() {
		return false
	}
	email, err := user.ParseEmail(u.Email)
	return err == nil && !a.shared[email.Key()]
}

// findShared finds the addresses that several rows have: of those none is to sign in.
func (a *Adopter) findShared(ctx context.Context) error {
	seen := map[string]bool{}
	a.shared = map[string]bool{}
	return user.In(a.db).Skim(ctx, everyColumn, func(u user.Stored) {
		email, err := user.ParseEmail(u.Email)
		switch {
		case err != nil:
		case seen[email.Key()]:
			a.shared[email.Key()] = true
		default:
			seen[email.Key()] = true
		}
	})
}

// everyColumn is there once the tables are up to date.
func everyColumn(string) bool { return true }
