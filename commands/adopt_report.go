package commands

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"time"

	"gatehouse/config"
	"gatehouse/db"
	"gatehouse/migrations"
	"gatehouse/models/adoption"
)

// dryRun tells everything about a table and writes nothing, not even our columns.
func (k *adoptCommand) dryRun(ctx context.Context, p *program, cfg config.Config, log *slog.Logger) error {
	options := databaseOptions(cfg, log)
	options.Wait, options.ReadOnly = 0, true
	conn, err := db.Open(ctx, options)
	if err != nil {
		return err
	}
	defer conn.Close()
	report, err := migrations.Preflight(ctx, conn)
	if err != nil {
		return err
	}
	if !report.Users {
		return fmt.Errorf("there is no table users at %s, so there is nothing to adopt", whereData(cfg))
	}
	if !report.Readable {
		return k.refuseTable(p, report)
	}
	plan, err := k.plan(ctx, conn)
	if err != nil {
		return err
	}
	marks, err := marksToRead(ctx, cfg, conn)
	if err != nil {
		return err
	}
	s, err := adoption.Look(ctx, conn, report.Has, marks, plan, cfg.BcryptCost)
	if err != nil {
		return err
	}
	took, workers, err := oneHash(ctx, cfg, log)
	if err != nil {
		return err
	}
	pending, err := migrations.Pending(ctx, conn)
	if err != nil {
		return err
	}
	if k.JSON {
		err = p.printJSON(surveyed{s, report.Problems, report.Notes, pending})
	} else {
		tellTable(p, whereData(cfg), report)
		tellUsers(p, s)
		tellPlan(p, s, took, workers)
		tellNext(p, report, pending)
	}
	return cmp.Or(err, mustBePutRight(report))
}

func tellTable(p *program, where string, report migrations.Report) {
	storage := ""
	if report.Storage != "" {
		storage = " (" + report.Storage + ")"
	}
	p.say("The table users at %s%s", where, storage)
	p.say("")
}

// tellNext says what comes before adopt.
func tellNext(p *program, report migrations.Report, pending int) {
	p.say("\nNothing was changed.")
	if len(report.Problems) == 0 && pending > 0 {
		p.say("Before adopt the table gets our columns: start the server, or run `gatehouse migrate up`.")
	}
	if len(report.Notes) > 0 {
		p.say("")
	}
	for _, note := range report.Notes {
		p.say("Note: %s", note)
	}
	if len(report.Problems) > 0 {
		p.say("")
		tellProblems(p, report)
	}
}

// refuseTable tells what keeps a table from being read.
func (k *adoptCommand) refuseTable(p *program, report migrations.Report) error {
	if !k.JSON {
		tellProblems(p, report)
	} else if err := p.printJSON(unreadable{report.Problems}); err != nil {
		return err
	}
	return errors.New("the table must be put right first; then ask again")
}

// unreadable is what --dry-run prints with --json where no row can be counted.
type unreadable struct {
	Problems []migrations.Problem `json:"problems"`
}

// surveyed is what --dry-run prints with --json.
type surveyed struct {
	adoption.Survey
	Problems []migrations.Problem `json:"problems"`
	Notes    []string             `json:"notes"`
	Pending  int                  `json:"pendingMigrations"`
}

func mustBePutRight(report migrations.Report) error {
	if len(report.Problems) > 0 {
		return errors.New("the table must be put right first")
	}
	return nil
}

func tellProblems(p *program, report migrations.Report) {
	p.say("Before anything else, make a backup and run:%s", migrations.Statements(report.Problems))
}

// oneHash measures what a hash takes here where as many are made at once as can be, and tells how many those are.
func oneHash(ctx context.Context, cfg config.Config, log *slog.Logger) (time.Duration, int, error) {
	pool := newPool(cfg, time.Hour, log)
	pool.Start()
	defer func() { _ = pool.Close(context.WithoutCancel(ctx)) }()
	n := pool.Queue().AtOnce
	failed := make(chan error, n)
	start := time.Now()
	for range n {
		go func() {
			_, err := pool.Hash(ctx, "a password of ordinary length")
			failed <- err
		}()
	}
	var err error
	for range n {
		err = cmp.Or(err, <-failed)
	}
	return time.Since(start), n, err
}

func tellUsers(p *program, s adoption.Survey) {
	p.say("%8d  %s", s.Users, plural(s.Users, "user", "users"))
	p.count(s.Disabled, "with a state other than 1: disabled, and they stay so")
	p.count(s.InvalidEmail, "without a valid e-mail address: they cannot sign in")
	p.count(s.SharedHolders, "share an address with another row; until that is resolved they are refused, or only one of them gets in: %s", someOf(s.SharedEmail, s.SharedEmails))
	var admins []string
	for _, u := range s.Admins {
		admins = append(admins, fmt.Sprintf("%d %s", u.ID, u.Email))
	}
	p.count(s.AdminCount, "with the role admin, and no admins of Gatehouse unless you say so (--admins): %s", someOf(admins, s.AdminCount))
	p.say("\nPasswords")
	for _, look := range slices.Sorted(maps.Keys(s.Looks)) {
		p.count(s.Looks[look], "%s", look)
	}
}

func tellPlan(p *program, s adoption.Survey, each time.Duration, workers int) {
	p.say("\nWhat adopt would do")
	if s.Waiting+s.Adopted+s.Undecided+s.Unusable+s.Empty == 0 {
		p.say("          nothing: every password there is a hash already")
	}
	took := time.Duration(s.Waiting) * each / time.Duration(workers)
	p.count(s.Waiting, "to hash; about %s here (%s each, %d at once)", took.Round(time.Second), each.Round(time.Millisecond), workers)
	p.count(s.Adopted, "hashed already, with the old text still beside it")
	left(p, s)
}

// left tells who cannot sign in at Gatehouse and why.
func left(p *program, s adoption.Survey) {
	p.count(s.Undecided, "undecided: they could be hashes or plain text. Say which with --format; until then they cannot sign in: ids %s", someOf(s.UndecidedIDs, s.Undecided))
	p.count(s.Unusable, "with a damaged or unknown hash, a salt over 64 bytes, or a text that nobody can type: they need a new password: ids %s", someOf(s.UnusableIDs, s.Unusable))
	p.count(s.Empty, "without a password: they cannot sign in: ids %s", someOf(s.EmptyIDs, s.Empty))
}

// tell says what a run did.
func (r *adoptRun) tell(done adoption.Outcome) {
	if done.Made() == 0 {
		r.say("There was nothing to hash.")
	}
	r.count(done.Hashed, "%s hashed", plural(done.Hashed, "password", "passwords"))
	r.count(done.Wrapped, "old %s wrapped in bcrypt", plural(done.Wrapped, "hash", "hashes"))
	r.count(done.Respelled, "%s rewritten for Gatehouse", plural(done.Respelled, "hash of another program", "hashes of other programs"))
	r.count(done.Keys, "%s prepared for lookup", plural(done.Keys, "address", "addresses"))
	r.count(done.Changed, "changed in the meantime; the next run takes them")
}
