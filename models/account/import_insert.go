package account

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"gatehouse/db"
	"gatehouse/models/event"
	"gatehouse/models/transfer"
	"gatehouse/models/user"
)

// insert brings in a group. Where the database refuses a row, those beside it go in all the same.
func (im *Import) insert(ctx context.Context, group []candidate) error {
	if len(group) == 0 {
		return nil
	}
	list := imports(group)
	keys := make([]any, len(group))
	for i, c := range group {
		keys[i] = c.Email.Key()
	}
	err := im.a.db.WithTx(ctx, func(tx *db.Tx) error {
		if err := user.In(tx).Insert(ctx, list, im.o.Now); err != nil {
			return err
		}
		if err := forgetFormer(ctx, tx, keys...); err != nil {
			return err
		}
		return event.In(tx).Add(ctx, event.UsersImported, 0, fmt.Sprintf("users: %d", len(group)), im.o.Now)
	})
	switch {
	case err == nil:
		im.accept(group)
		return nil
	case !ofOneRow(err):
		return err
	case len(group) == 1:
		return im.refused(ctx, group[0], err)
	}
	_, err = halves(group, func(half []candidate) ([]candidate, error) { return nil, im.insert(ctx, half) })
	return err
}

// ofOneRow tells whether an error is about what one row holds, in a column that an import fills.
func ofOneRow(err error) bool {
	column, bad := db.BadValue(err)
	return db.IsDuplicate(err) || db.IsUnrepresentable(err) || db.IsForeignKey(err) || errors.Is(err, user.ErrEmailTaken) ||
		bad && (column == "" || slices.Contains(transfer.Fields(), column))
}

// refused finds out why the database did not take somebody; perhaps another was faster.
func (im *Import) refused(ctx context.Context, c candidate, why error) error {
	left, err := im.look(ctx, []candidate{c})
	if err != nil || len(left) == 0 {
		return err
	}
	column, _ := db.BadValue(why)
	switch {
	case db.IsDuplicate(why):
		c.out.refuse("a value is there already that the table takes only once")
	case column != "":
		c.out.refuse(column + " cannot be stored in this table")
	default:
		c.out.refuse("a value cannot be stored in this table")
	}
	return nil
}
