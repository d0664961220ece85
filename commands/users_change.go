package commands

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gatehouse/config"
	"gatehouse/models/account"
	"gatehouse/models/user"
)

type addUserCommand struct {
	config.Settings
	printing
	Email  string `arg:"" help:"The e-mail address."`
	Name   string `help:"The name."`
	Gender string `help:"The gender."`
	Role   string `default:"user" help:"The role; admin may look after other users."`
}

func (k *addUserCommand) Run(ctx context.Context, p *program) error {
	return inOffice(ctx, p, k.Settings, func(o office) error {
		if sentence := user.CheckRole(k.Role); sentence != "" {
			return fmt.Errorf("role %s", sentence) // before anybody types
		}
		plain, err := o.newPassword(ctx, "Password for "+printable(k.Email))
		if err != nil {
			return err
		}
		in := account.Application{Email: k.Email, Password: plain, Profile: user.Profile{Name: given(k.Name), Gender: given(k.Gender)}}
		u, err := o.accounts.Add(ctx, in, k.Role, time.Now())
		if err != nil {
			return err
		}
		if k.JSON {
			return o.printJSON(u)
		}
		o.say("Made %s with the role %s.", said(u), printable(u.Role))
		return nil
	})
}

func given(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

type disableUserCommand struct {
	config.Settings
	whom
}

func (k *disableUserCommand) Run(ctx context.Context, p *program) error {
	return onUser(ctx, p, k.Settings, k.whom, func(o office, u user.User) error {
		if err := o.accounts.SetActive(ctx, account.Operator{}, u.ID, false, o.now); err != nil {
			return err
		}
		o.say("Disabled %s and ended their sessions.", said(u))
		return nil
	})
}

type enableUserCommand struct {
	config.Settings
	whom
}

func (k *enableUserCommand) Run(ctx context.Context, p *program) error {
	return onUser(ctx, p, k.Settings, k.whom, func(o office, u user.User) error {
		if err := o.accounts.SetActive(ctx, account.Operator{}, u.ID, true, o.now); err != nil {
			return err
		}
		o.say("Enabled %s.", said(u))
		return nil
	})
}

type roleUserCommand struct {
	config.Settings
	whom
	Role string `arg:"" help:"The role."`
}

func (k *roleUserCommand) Run(ctx context.Context, p *program) error {
	return onUser(ctx, p, k.Settings, k.whom, func(o office, u user.User) error {
		if err := o.accounts.SetRole(ctx, account.Operator{}, u.ID, k.Role, o.now); err != nil {
			return err
		}
		o.say("Gave %s the role %s.", said(u), printable(k.Role))
		return nil
	})
}

type passwordUserCommand struct {
	config.Settings
	whom
}

func (k *passwordUserCommand) Run(ctx context.Context, p *program) error {
	return onUser(ctx, p, k.Settings, k.whom, func(o office, u user.User) error {
		plain, err := o.newPassword(ctx, "New password for "+said(u))
		if err != nil {
			return err
		}
		if err := o.accounts.ReplacePassword(ctx, u.ID, plain, time.Now()); err != nil {
			return err
		}
		o.say("Gave %s a new password and ended their sessions.", said(u))
		return nil
	})
}

type unlockUserCommand struct {
	config.Settings
	whom
}

func (k *unlockUserCommand) Run(ctx context.Context, p *program) error {
	return onUser(ctx, p, k.Settings, k.whom, func(o office, u user.User) error {
		if err := o.accounts.Unlock(ctx, account.Operator{}, u.ID, o.now); err != nil {
			return err
		}
		o.say("Wrong passwords of %s are forgotten.", said(u))
		return nil
	})
}

type deleteUserCommand struct {
	config.Settings
	whom
	Yes bool `help:"Do not ask."`
}

func (k *deleteUserCommand) Run(ctx context.Context, p *program) error {
	return onUser(ctx, p, k.Settings, k.whom, func(o office, u user.User) error {
		if !k.Yes && !o.confirmed(ctx, "Delete "+said(u)+" and all their sessions?") {
			return errors.New("nothing was deleted; --yes does not ask")
		}
		if err := o.accounts.Remove(ctx, u.ID, time.Now()); err != nil {
			return err
		}
		o.say("Deleted %s.", said(u))
		return nil
	})
}
