package commands

import (
	"context"
	"time"

	"gatehouse/models/adoption"
	"gatehouse/models/user"
)

// askAdmins makes admins of Gatehouse of those whom the old program calls so, if the operator confirms it. It returns how
// many.
func (r *adoptRun) askAdmins(ctx context.Context, how string, s adoption.Survey) (int, error) {
	if how == "" && isTerminal(r.stdin) {
		how = "ask"
	}
	if s.AdminCount == 0 || how == "" || how == "none" {
		return 0, nil
	}
	made := 0
	err := user.In(r.conn).List(ctx, func(u user.User) error {
		if u.Role != user.Admin || u.Admin {
			return nil
		}
		if how == "ask" && !r.confirmed(ctx, "The old program calls "+said(u)+" an admin. Of Gatehouse too?") {
			return ctx.Err()
		}
		confirmed, err := adoption.ConfirmAdmin(ctx, r.conn, u, time.Now())
		if confirmed {
			made++
		}
		return err
	})
	return made, err
}
