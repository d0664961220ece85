package commands

import (
	"context"
	"errors"
	"fmt"

	"gatehouse/config"
	"gatehouse/models/account"
	"gatehouse/models/user"
)

type sessionsUserCommand struct {
	config.Settings
	whom
	printing
}

func (k *sessionsUserCommand) Run(ctx context.Context, p *program) error {
	return onUser(ctx, p, k.Settings, k.whom, func(o office, u user.User) error {
		list, err := o.accounts.Sessions(ctx, u.ID, o.now)
		if err != nil {
			return err
		}
		if k.JSON {
			for _, s := range list {
				if err := o.printJSON(s.Listing()); err != nil {
					return err
				}
			}
			return nil
		}
		t := o.table("ID", "KIND", "IP", "CREATED", "LAST SEEN", "EXPIRES", "PROGRAM")
		for _, s := range list {
			t.row(s.PublicID, string(s.Kind), s.IP, moment(s.Created), moment(s.LastSeen), moment(s.IdleExpires), s.UserAgent)
		}
		return t.Flush()
	})
}

type endSessionsCommand struct {
	config.Settings
	User string `arg:"" optional:"" help:"The user's id or e-mail address."`
	All  bool   `help:"End the sessions of all users."`
}

// Validate is called by kong before anything is tried.
func (k *endSessionsCommand) Validate() error {
	if k.All == (k.User != "") {
		return errors.New("name one user, or give --all")
	}
	return nil
}

func (k *endSessionsCommand) Run(ctx context.Context, p *program) error {
	if k.All {
		return inOffice(ctx, p, k.Settings, func(o office) error {
			sessions, users, err := o.accounts.EndAllSessions(ctx, account.Operator{}, o.now)
			if err != nil {
				return fmt.Errorf("%w; %s of %s were ended before, run the command again for the others", err, counted(sessions, "session", "sessions"), counted(users, "user", "users"))
			}
			o.say("Ended all sessions of %s: %d.", counted(users, "user", "users"), sessions)
			return nil
		})
	}
	return onUser(ctx, p, k.Settings, whom{k.User}, func(o office, u user.User) error {
		n, err := o.accounts.EndSessionsOf(ctx, account.Operator{}, u.ID, o.now)
		if err != nil {
			return err
		}
		o.say("Ended all sessions of %s: %d.", said(u), n)
		return nil
	})
}
