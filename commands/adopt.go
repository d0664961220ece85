package commands

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gatehouse/config"
	"gatehouse/db"
	"gatehouse/models/account"
	"gatehouse/models/adoption"
	"gatehouse/models/secret"
	"gatehouse/models/user"
)

type adoptCommand struct {
	config.Settings
	printing
	DryRun bool `name:"dry-run" xor:"act" help:"Only tell what stands in the table, what would be done, and how long it would take."`
	Watch  bool `xor:"act" help:"Go on adopting what the old program adds or changes, until Ctrl-C."`
	Finish bool `xor:"act" help:"Move the hashes into password, once the old program no longer signs anybody in. There is no way back from this."`
	Undo   bool `xor:"act" help:"Forget the hashes; password is as the old program left it. Possible until --finish."`

	Yes            bool          `help:"With --finish: do not ask."`
	Every          time.Duration `default:"5s" help:"How often --watch looks."`
	Format         string        `help:"What texts that could be a hash or a password are: md5, sha1, sha256 or sha512 in hex, or plain text. Without it they are left alone."`
	SaltColumn     string        `name:"salt-column" help:"The column with the salt of each such hash."`
	SaltPlace      string        `name:"salt-place" help:"Whether the salt came before the password, as it does without this, or after it: before or after."`
	LeaveUndecided bool          `name:"leave-undecided" help:"With --finish: leave texts that are undecided where they are. Those people need a new password."`
	Admins         string        `help:"Whether users whose role is admin become admins of Gatehouse too: ask about each (on a terminal that is the default), all, or none."`
}

func (k *adoptCommand) Run(ctx context.Context, p *program) error {
	cfg, err := checked(k.Settings, p.env)
	if err != nil {
		return err
	}
	if missing(cfg) {
		return fmt.Errorf("there is no database at %s; name the one with the old table by --database-url", whereData(cfg))
	}
	log := newLogger(cfg, p.stderr)
	if k.DryRun {
		return k.dryRun(ctx, p, cfg, log)
	}
	conn, err := openBeside(ctx, cfg, log)
	if err != nil {
		return err
	}
	defer conn.Close()
	if k.Undo {
		return k.undo(ctx, p, conn)
	}
	plan, err := k.plan(ctx, conn)
	if err != nil {
		return err
	}
	marks, guard, err := adoptionMarks(ctx, cfg, conn)
	if err != nil {
		return err
	}
	pool := newPool(cfg, time.Hour, log)
	pool.Start()
	defer func() { _ = pool.Close(context.WithoutCancel(ctx)) }()
	atOnce := pool.Queue().AtOnce
	r := &adoptRun{program: p, cfg: cfg, conn: conn, marks: marks, plan: plan, adopter: adoption.New(conn, pool, atOnce, marks, plan, guard), json: k.JSON}
	switch {
	case k.Finish:
		return r.finish(ctx, k.LeaveUndecided, k.Yes)
	case k.Watch:
		return r.watch(ctx, k.Every)
	default:
		return r.adopt(ctx, k.Admins)
	}
}

// adoptionMarks are made with the secret that the servers use; a new database gets one now.
func adoptionMarks(ctx context.Context, cfg config.Config, conn *db.DB) (secret.Marks, adoption.Guard, error) {
	known, err := secret.Known(ctx, conn)
	if err != nil {
		return secret.Marks{}, nil, err
	}
	var secrets config.Secrets
	if known {
		secrets, err = presentSecrets(ctx, cfg, conn)
	} else if secrets, err = readSecrets(cfg); err == nil {
		secrets, err = guardSecret(ctx, cfg, secrets, conn)
	}
	if err != nil {
		return secret.Marks{}, nil, err
	}
	marks, err := secret.NewMarks(account.AdoptedPasswords, secrets)
	return marks, func(ctx context.Context, q db.Querier) error {
		first, err := secret.Belongs(ctx, q, secrets[:1])
		if err == nil && !first {
			err = errors.New("another secret has taken over meanwhile; run this again with that one")
		}
		return err
	}, err
}

// adoptRun does the acts of an adoption and tells about them.
type adoptRun struct {
	*program
	cfg     config.Config
	conn    *db.DB
	marks   secret.Marks
	plan    adoption.Plan
	adopter *adoption.Adopter
	json    bool
}

func (r *adoptRun) look(ctx context.Context) (adoption.Survey, error) {
	return adoption.Look(ctx, r.conn, everyColumn, r.marks, r.plan, r.cfg.BcryptCost)
}

// adopt does one run. Where there is nothing to do it opens no adoption, which somebody would only have to end again.
func (r *adoptRun) adopt(ctx context.Context, admins string) error {
	before, err := r.look(ctx)
	if err != nil {
		return err
	}
	needed := before.State != user.NoAdoption
	if !needed {
		if needed, err = r.adopter.Needed(ctx, r.cfg.BcryptCost); err != nil {
			return err
		}
	}
	after, done := before, adoption.Outcome{}
	if needed {
		if after, done, err = r.run(ctx, before.Users); err != nil {
			return r.interrupted(ctx, err, done)
		}
	}
	confirmed, err := r.askAdmins(ctx, admins, after)
	if err != nil {
		return adoptionExplained(err)
	}
	if r.json {
		return r.printJSON(adopted{done, after, confirmed})
	}
	r.tellRun(needed, done, after, confirmed)
	return nil
}

// tellRun says what was done, who is left, and what comes next.
func (r *adoptRun) tellRun(needed bool, done adoption.Outcome, after adoption.Survey, confirmed int) {
	if needed {
		r.tell(done)
	}
	if needed && done.Made() == 0 && r.plan != (adoption.Plan{}) {
		r.say("Rows that were adopted before stay so, whatever the flags are now: --undo first, if they were wrong.")
	}
	left(r.program, after)
	if after.AdminCount > 0 {
		r.say("Users whose role is admin: %d; made admins of Gatehouse: %d. More: `gatehouse users role ID admin`, or --admins.", after.AdminCount, confirmed)
	}
	switch {
	case !needed:
		r.say("There is nothing that could be adopted now, so no adoption was opened. For what the old program may still add use --watch, or run this again.")
	case after.State == user.Finishing:
		r.say("Hashes stand in password already, because --finish has begun: run it again, to its end.")
	default:
		r.say("Who has a hash now can sign in at the old program and at Gatehouse. For what the old one adds or changes run this again, or with --watch;")
		r.say("then --finish, or --undo to go back.")
	}
}

// run adopts all rows once, and looks at the table afterwards.
func (r *adoptRun) run(ctx context.Context, users int) (after adoption.Survey, done adoption.Outcome, err error) {
	if err := r.adopter.Begin(ctx, time.Now()); err != nil {
		return after, done, err
	}
	bar := newProgress(r.program, "Adopting", int64(users))
	defer bar.done()
	if done, err = r.adopter.Adopt(ctx, func(rows int) { bar.add(int64(rows)) }); err != nil {
		return after, done, err
	}
	bar.done()
	after, err = r.look(ctx)
	return after, done, err
}

// adopted is what --json prints.
type adopted struct {
	Done   adoption.Outcome `json:"done"`
	Left   adoption.Survey  `json:"left"`
	Admins int              `json:"madeAdmins"`
}

// interrupted tells how far it came. Nothing is lost: the next run goes on there.
func (r *adoptRun) interrupted(ctx context.Context, err error, done adoption.Outcome) error {
	if ctx.Err() == nil {
		return adoptionExplained(err)
	}
	if done != (adoption.Outcome{}) && !r.json {
		r.tell(done)
	}
	return errors.New("interrupted; run it again to go on from here")
}
