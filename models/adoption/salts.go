package adoption

import (
	"context"

	"gatehouse/db"
	"gatehouse/models/password"
	"gatehouse/models/user"
)

// oversalted finds the rows whose salt is longer than a wrapped hash holds.
func (p Plan) oversalted(ctx context.Context, q db.Querier) (map[int64]bool, error) {
	if p.SaltColumn == "" {
		return nil, nil
	}
	return user.In(q).Longer(ctx, p.SaltColumn, password.MaxSalt)
}

// treatOf is treat for a row, whose hash cannot be wrapped if its salt is too long.
func (p Plan) treatOf(u user.Stored, oversalted map[int64]bool) treatment {
	t := p.treat(u.Password)
	if t == wrap && oversalted[u.ID] {
		return unusable
	}
	return t
}

func (a *Adopter) findOversalted(ctx context.Context) (err error) {
	a.oversalted, err = a.plan.oversalted(ctx, a.db)
	return err
}

func (a *Adopter) salts(ctx context.Context, rows []user.Stored) (map[int64]string, error) {
	if a.plan.SaltColumn == "" {
		return nil, nil
	}
	var ids []int64
	for _, u := range rows {
		if a.wants(u) == wrap {
			ids = append(ids, u.ID)
		}
	}
	return user.In(a.db).Texts(ctx, a.plan.SaltColumn, ids)
}
