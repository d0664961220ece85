package adoption

import (
	"context"
	"time"

	"gatehouse/db"
	"gatehouse/models/event"
	"gatehouse/models/user"
)

// ConfirmAdmin makes somebody whom an older program calls an admin one of Gatehouse too, if they still have the role and the
// address that the operator was asked about, and tells whether it did.
func ConfirmAdmin(ctx context.Context, conn *db.DB, asked user.User, now time.Time) (confirmed bool, err error) {
	err = conn.WithTx(ctx, func(tx *db.Tx) error {
		confirmed = false
		users := user.In(tx)
		present, err := users.Lock(ctx, []int64{asked.ID})
		if err != nil {
			return err
		}
		if u, there := present[asked.ID]; !there || u.Role != user.Admin || u.Email != asked.Email {
			return nil
		}
		confirmed = true
		if err := users.ConfirmAdmin(ctx, asked.ID, now); err != nil {
			return err
		}
		return event.In(tx).Add(ctx, event.AdminConfirmed, asked.ID, "", now)
	})
	return confirmed, err
}
