package commands

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"gatehouse/config"
	"gatehouse/models/account"
	"gatehouse/models/adoption"
	"gatehouse/models/password"
	"gatehouse/models/user"
)

type showUserCommand struct {
	config.Settings
	whom
	printing
}

func (k *showUserCommand) Run(ctx context.Context, p *program) error {
	return onUser(ctx, p, k.Settings, k.whom, func(o office, u user.User) error {
		if k.JSON {
			return o.printJSON(u)
		}
		if _, err := marksToRead(ctx, o.cfg, o.conn); err != nil {
			return err // what is told of adopted passwords would be wrong
		}
		list, err := o.accounts.Sessions(ctx, u.ID, o.now)
		if err != nil {
			return err
		}
		access, err := o.accounts.AccessOf(ctx, u.ID)
		if err != nil {
			return err
		}
		t := o.table()
		t.row("id", strconv.FormatInt(u.ID, 10))
		t.row("e-mail", u.Email)
		t.row("name", orNothing(u.Name))
		t.row("gender", orNothing(u.Gender))
		t.row("role", roleOf(u))
		t.row("state", stateOf(u))
		t.row("password", keptAs(access))
		tellObstacles(t, obstacles(access))
		t.row("last sign-in", when(u.LastLogin))
		t.row("signed up", orNothing(shown(u.Created)))
		t.row("sessions", strconv.Itoa(len(list)))
		return t.Flush()
	})
}

func tellObstacles(t table, list []string) {
	if len(list) == 0 {
		t.row("can sign in", "yes")
	}
	for i, obstacle := range list {
		label := ""
		if i == 0 {
			label = "can sign in"
		}
		t.row(label, "no: "+obstacle)
	}
}

// keptAs says in which way a password is kept, and nothing of what is kept.
func keptAs(a account.Access) string {
	switch {
	case a.Adopted:
		return fmt.Sprintf("adopted as %s, waits for `gatehouse adopt --finish`", password.Name(a.OwnHash))
	case a.OwnHash != "":
		return password.Name(a.Password) + ": changed since it was adopted"
	case !adoption.Adoptable(a.Password):
		return password.Name(a.Password)
	default:
		return password.Name(a.Password) + ": not adopted"
	}
}

// obstacles are why a user cannot sign in, each with what helps.
func obstacles(a account.Access) (list []string) {
	if !a.Active() {
		list = append(list, fmt.Sprintf("the user is disabled; `gatehouse users enable %d`", a.ID))
	}
	switch {
	case errors.Is(a.Address, user.ErrAmbiguous):
		list = append(list, "another row has the address; give one of them another, or `gatehouse users delete ID`")
	case errors.Is(a.Address, user.ErrInvalidEmail):
		list = append(list, "what stands in email is no e-mail address; write one there")
	case a.Address != nil:
		list = append(list, "no sign-in finds the address as it is written there; write it without spaces around it")
	}
	fresh := fmt.Sprintf("`gatehouse users set-password %d`", a.ID)
	switch {
	case a.Adopted || password.FormatOf(a.Password) != password.Unknown:
	case adoption.Adoptable(a.Password):
		list = append(list, "the password is not a hash that is read here; `gatehouse adopt`")
	case a.Password == "":
		list = append(list, "there is no password; "+fresh)
	case password.LookOf(a.Password) == password.LooksHex:
		list = append(list, "nobody has said what the password is; `gatehouse adopt --format ...`, or "+fresh)
	default:
		list = append(list, "the password is nothing that signs in; "+fresh)
	}
	return list
}
