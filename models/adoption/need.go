package adoption

import (
	"context"

	"gatehouse/models/password"
	"gatehouse/models/user"
)

// Needed tells whether an adoption would do anything: a row wants a hash or the canonical form of its address, or a sign-in
// without one would put a hash of this cost in the place of another, which the old program may still read.
func (a *Adopter) Needed(ctx context.Context, cost int) (bool, error) {
	if err := a.findShared(ctx); err != nil {
		return false, err
	}
	if err := a.findOversalted(ctx); err != nil {
		return false, err
	}
	needed := false
	err := user.In(a.db).ListStored(ctx, func(u user.Stored) error {
		needed = needed || a.needs(u) || replaceable(u.Password, cost)
		return nil
	})
	return needed, err
}

// replaceable tells whether a sign-in replaces a hash that another program can have made. Wrapped ones are ours.
func replaceable(text string, cost int) bool {
	switch password.FormatOf(text) {
	case password.Foreign, password.BcryptSHA256:
		return true
	case password.Bcrypt:
		c, _ := password.Cost(text)
		return c < cost
	default:
		return false
	}
}
