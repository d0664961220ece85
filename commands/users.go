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
	"gatehouse/models/secret"
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

// printing says how to print.
type printing struct {
	JSON bool `name:"json" help:"Print JSON for programs, one object a line."`
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

type deleteUserCommand struct {
	config.Settings
	whom
	Yes bool `help:"Do not ask."`
}

func (k *deleteUserCommand) Run(ctx context.Context, p *program) error {
	return onUser(ctx, p, k.Settings, k.whom, func(o office, u user.User) error {
		if !k.Yes && !o.confirmed(ctx, "Delete "+said(u)+" and all their sessions?") {
			return errors.New("nothing was deleted")
		}
		if err := o.accounts.Remove(ctx, u.ID, time.Now()); err != nil {
			return err
		}
		o.say("Deleted %s.", said(u))
		return nil
	})
}

// presentMarks are those of the secret that a server uses; without one there are none.
func presentMarks(cfg config.Config) (secret.Marks, error) {
	secrets, err := readSecrets(cfg)
	if err != nil || len(secrets) == 0 {
		return secret.Marks{}, err
	}
	return secret.NewMarks(account.AdoptedPasswords, secrets)
}
