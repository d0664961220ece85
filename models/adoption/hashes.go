package adoption

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"gatehouse/models/password"
	"gatehouse/models/user"
)

// hashes makes the hashes that the rows want, several at once, and returns them by the users' ids.
func (a *Adopter) hashes(ctx context.Context, rows []user.Stored) (map[int64]string, error) {
	salts, err := a.salts(ctx, rows)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	made := make([]string, len(rows))
	var next atomic.Int64
	var working sync.WaitGroup
	for range min(a.workers, len(rows)) {
		working.Go(func() {
			for i := next.Add(1) - 1; i < int64(len(rows)) && ctx.Err() == nil; i = next.Add(1) - 1 {
				hash, err := a.hash(ctx, rows[i], salts[rows[i].ID])
				if err != nil {
					cancel(fmt.Errorf("user %d: %w", rows[i].ID, err))
					return
				}
				made[i] = hash
			}
		})
	}
	working.Wait()
	hashes := map[int64]string{}
	for i, u := range rows {
		hashes[u.ID] = made[i]
	}
	return hashes, context.Cause(ctx)
}

// hash makes the hash of one row; none where it wants none.
func (a *Adopter) hash(ctx context.Context, u user.Stored, salt string) (string, error) {
	switch a.wants(u) {
	case hash:
		return a.passwords.Hash(ctx, u.Password)
	case respell:
		stored, _ := password.Normalize(u.Password)
		return stored, nil
	case wrap:
		wrapped, err := a.passwords.Wrap(ctx, u.Password, password.Scheme{Algorithm: a.plan.Weak, Salt: salt, SaltAfter: a.plan.SaltAfter})
		if errors.Is(err, password.ErrSaltTooLong) { // it has become so since the run began; the next one counts the row
			return "", nil
		}
		return wrapped, err
	default:
		return "", nil
	}
}
