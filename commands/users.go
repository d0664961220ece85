package commands

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"gatehouse/config"
	"gatehouse/db"
	"gatehouse/models/account"
	"gatehouse/models/user"
)

type usersCommand struct {
	List        listUsersCommand    `cmd:"" help:"List all users."`
	Show        showUserCommand     `cmd:"" help:"Show one user, how the password is kept, and why they cannot sign in."`
	Add         addUserCommand      `cmd:"" help:"Make a user, also where sign-up is closed. The first admin is made by --role admin."`
	Disable     disableUserCommand  `cmd:"" help:"Keep a user from signing in, and end their sessions."`
	Enable      enableUserCommand   `cmd:"" help:"Let a disabled user sign in again."`
	Role        roleUserCommand     `cmd:"" help:"Give a user a role."`
	SetPassword passwordUserCommand `cmd:"" name:"set-password" help:"Give a user a new password, and end their sessions."`
	Unlock      unlockUserCommand   `cmd:"" help:"Forget the wrong passwords that were tried on an account, so that everybody may try again."`
	Sessions    sessionsUserCommand `cmd:"" help:"List the live sessions of a user."`
	EndSessions endSessionsCommand  `cmd:"" name:"end-sessions" help:"End all sessions of a user, or of everybody."`
	Delete      deleteUserCommand   `cmd:"" help:"Delete a user and their sessions."`
	Import      importUsersCommand  `cmd:"" help:"Bring in users from a file of JSON lines or CSV."`
	Export      exportUsersCommand  `cmd:"" help:"Write all users to a file that import reads."`
}

// whom is the user that a command is about.
type whom struct {
	User string `arg:"" name:"user" help:"The user's id or e-mail address."`
}

// office is what the commands about users work with.
type office struct {
	*program
	cfg      config.Config
	conn     *db.DB
	accounts *account.Accounts
	now      time.Time
}

// inOffice runs an act on the users of a database beside servers that may be running.
func inOffice(ctx context.Context, p *program, s config.Settings, act func(o office) error) error {
	cfg, err := checked(s, p.env)
	if err != nil {
		return err
	}
	log := newLogger(cfg, p.stderr)
	conn, err := openBeside(ctx, cfg, log)
	if err != nil {
		return err
	}
	defer conn.Close()
	marks, err := presentMarks(cfg)
	if err != nil {
		return err
	}
	pool := newPool(cfg, cfg.HashQueue, log)
	pool.Start()
	defer func() { _ = pool.Close(context.WithoutCancel(ctx)) }()
	return explained(act(office{p, cfg, conn, account.New(conn, pool, nil, marks, rules(cfg, log)), time.Now()}))
}

// onUser runs an act on one user.
func onUser(ctx context.Context, p *program, s config.Settings, who whom, act func(o office, u user.User) error) error {
	return inOffice(ctx, p, s, func(o office) error {
		u, err := o.accounts.Lookup(ctx, who.User)
		if err != nil {
			return notLookedUp(who.User, err)
		}
		return act(o, u)
	})
}

// notLookedUp tells why nobody was found under an id or an address.
func notLookedUp(name string, err error) error {
	switch {
	case errors.Is(err, user.ErrNotFound):
		return fmt.Errorf("there is no user %q; name one by id or e-mail address", name)
	case errors.Is(err, user.ErrAmbiguous):
		return fmt.Errorf("several users have the address %q; name one by id (`gatehouse check` lists such addresses)", name)
	}
	return err
}

// explained turns what the models say into sentences for a person.
func explained(err error) error {
	var invalid *account.InvalidError
	switch {
	case errors.As(err, &invalid):
		var lines []string
		for _, field := range slices.Sorted(maps.Keys(invalid.Fields)) {
			lines = append(lines, field+" "+invalid.Fields[field])
		}
		return errors.New(strings.Join(lines, "; "))
	case errors.Is(err, user.ErrEmailTaken):
		return errors.New("another user has this e-mail address")
	case errors.Is(err, user.ErrInUse):
		return errors.New("rows of other tables point at this user, so it cannot be deleted; disable it instead")
	}
	return err
}

// said names a user in a sentence.
func said(u user.User) string { return fmt.Sprintf("user %d (%s)", u.ID, printable(u.Email)) }
