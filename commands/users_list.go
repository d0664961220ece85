package commands

import (
	"context"
	"strconv"

	"gatehouse/config"
	"gatehouse/models/user"
)

type listUsersCommand struct {
	config.Settings
	printing
}

func (k *listUsersCommand) Run(ctx context.Context, p *program) error {
	return inOffice(ctx, p, k.Settings, func(o office) error {
		if k.JSON {
			return o.accounts.Users(ctx, func(u user.User) error { return o.printJSON(u) })
		}
		t := o.table("ID", "E-MAIL", "NAME", "ROLE", "STATE", "LAST SIGN-IN")
		err := o.accounts.Users(ctx, func(u user.User) error {
			t.row(strconv.FormatInt(u.ID, 10), u.Email, orNothing(u.Name), roleOf(u), stateOf(u), when(u.LastLogin))
			return nil
		})
		if err != nil {
			return err
		}
		return t.Flush()
	})
}

// roleOf tells an admin of Gatehouse from a user whose role another program called so.
func roleOf(u user.User) string {
	if u.Role == user.Admin && !u.Admin {
		return u.Role + " (not of Gatehouse)"
	}
	return u.Role
}

func stateOf(u user.User) string {
	if u.Active() {
		return "active"
	}
	return "disabled"
}
