package commands

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"gatehouse/config"
	"gatehouse/db"
	"gatehouse/migrations"
	"gatehouse/models/adoption"
	"gatehouse/models/event"
	"gatehouse/models/secret"
	"gatehouse/models/token"
	"gatehouse/models/user"
)

func (r *checkRun) database(ctx context.Context, log *slog.Logger) {
	if missing(r.cfg) && !r.cfg.Migrate {
		r.fail("%v", errNoDatabase(r.cfg))
		return
	}
	if missing(r.cfg) {
		r.ok("would make a new database at %s", whereData(r.cfg))
		return
	}
	options := databaseOptions(r.cfg, log)
	options.Wait, options.ReadOnly = 0, true
	conn, err := db.Open(ctx, options)
	if err != nil {
		r.fail("the database cannot be opened: %v", err)
		return
	}
	defer conn.Close()
	r.ok("the database answers: %s", whereData(r.cfg))
	switch used, err := conn.InUse(); {
	case err != nil:
		r.fail("whether a server uses the database cannot be determined: %v", err)
	case used:
		r.running = true
		r.ok("a server uses the database now; there can be only one at a time")
	}
	report, pending, ok := r.tables(ctx, conn)
	if ok && pending == 0 && r.secret(ctx, conn) {
		r.keys(ctx, conn)
	}
	if ok && pending == 0 {
		r.proxies(ctx, conn)
	}
	if ok && report.Users {
		r.users(ctx, conn, report.Has)
	}
}

// rights are those that pending migrations need.
func (r *checkRun) rights(ctx context.Context, conn *db.DB) {
	switch missing, err := migrations.MissingRights(ctx, conn); {
	case err != nil:
		r.trap("the rights of the database user cannot be determined: %v", err)
	case len(missing) > 0:
		r.trap("that needs rights which no grant of the database user names: %s; if no role gives them, run `gatehouse migrate up` once as a user who has them",
			strings.Join(missing, ", "))
	}
}

// proxies tells of one that a server has seen and that still is not trusted.
func (r *checkRun) proxies(ctx context.Context, conn *db.DB) {
	err := event.In(conn).List(ctx, event.Filter{Kind: event.ProxyUntold, Limit: 1}, func(e event.Event) error {
		if !r.cfg.TrustedProxies.Trust(e.Detail) {
			r.trap("requests came through %s on %s, which --trusted-proxies does not name: all its visitors look alike", printable(e.Detail), moment(e.At))
		}
		return nil
	})
	if err != nil {
		r.fail("the events cannot be read: %v", err)
	}
}

// tables returns what there is, how many changes the tables wait for, and whether the server could use them.
func (r *checkRun) tables(ctx context.Context, conn *db.DB) (migrations.Report, int, bool) {
	report, err := migrations.Preflight(ctx, conn)
	if err != nil {
		r.fail("the tables cannot be read: %v", err)
		return report, 0, false
	}
	for _, problem := range report.Problems {
		r.fail("%s\n       %s", problem.What, problem.Fix)
	}
	for _, note := range report.Notes {
		r.trap("%s", note)
	}
	pending, err := migrations.Pending(ctx, conn)
	switch {
	case err != nil:
		r.fail("the tables cannot be read: %v", err)
	case pending > 0 && !r.cfg.Migrate:
		r.fail("%v", errPending(pending, migrateIsOff))
	case pending > 0:
		r.ok("would bring the tables up to date (%s)", counted(pending, "migration", "migrations"))
		r.rights(ctx, conn)
	default:
		r.ok("the tables are up to date")
	}
	return report, pending, err == nil && len(report.Problems) == 0
}

// secret returns whether there is one that belongs to the database.
func (r *checkRun) secret(ctx context.Context, conn *db.DB) bool {
	if !r.secretsRead {
		return false // which has been told
	}
	if len(r.secrets) == 0 {
		switch used, err := usesSecret(ctx, conn); {
		case err != nil:
			r.fail("the check value of the secret cannot be read: %v", err)
		case used:
			r.fail("%v", errSecretGone(r.cfg.SecretPath))
		default:
			r.ok("would make a secret at %s", r.cfg.SecretPath)
		}
		return false
	}
	known, err := secret.Known(ctx, conn)
	if err != nil {
		r.fail("the check value of the secret cannot be read: %v", err)
		return false
	}
	belongs, err := secret.Belongs(ctx, conn, r.secrets)
	switch {
	case err != nil:
		r.fail("the check value of the secret cannot be read: %v", err)
	case !belongs:
		r.fail("%v", errSecretForeign)
	case !known:
		r.ok("would tie the database to this secret")
	default:
		r.ok("the secret belongs to the database")
	}
	return err == nil && belongs
}

func (r *checkRun) keys(ctx context.Context, conn *db.DB) {
	keys, err := keysOf(ctx, r.cfg, r.secrets, conn, token.ReadKeys)
	if err != nil {
		r.fail("%v", err)
		return
	}
	if err := checkShared(r.cfg, r.secrets); err != nil {
		r.fail("%v", err)
		return
	}
	list := keys.List(time.Now())
	signing := slices.IndexFunc(list, func(k token.Listed) bool { return k.State == token.Signing })
	switch {
	case r.cfg.HS256():
		r.ok("tokens are signed with --jwt-secret (HS256); whoever has it can forge them")
	case signing < 0:
		r.ok("would make a key to sign tokens with (ES256)")
	default:
		r.ok("tokens are signed with ES256, by the key %s; keys in all: %d", list[signing].ID, len(list))
	}
}

func (r *checkRun) users(ctx context.Context, conn *db.DB, has func(column string) bool) {
	s, err := lookAtUsers(ctx, r.cfg, conn, has, r.secrets)
	if err != nil {
		r.fail("the users cannot be read: %v", err)
		return
	}
	r.ok("%s, %d of them disabled", counted(s.Users, "user", "users"), s.Disabled)
	if s.Users == 0 && !r.cfg.SignupOpen {
		r.trap("there are no users and --signup is closed, so nobody can sign in: `gatehouse users add EMAIL --role admin` makes the first one")
	}
	if s.InvalidEmail > 0 {
		r.trap("%s cannot sign in, because what stands in their column email is no e-mail address", counted(s.InvalidEmail, "user", "users"))
	}
	if s.SharedEmails > 0 {
		r.trap("%d users share an address with another row (%s): until that is resolved they are refused, or only one of them gets in: %s",
			s.SharedHolders, counted(s.SharedEmails, "address", "addresses"), someOf(s.SharedEmail, s.SharedEmails))
	}
	for _, sentence := range passwordTraps(s) {
		r.trap("%s", sentence)
	}
	if s.Dearer > 0 {
		r.trap("%s a hash dearer than --bcrypt-cost %d: their sign-ins take longer, which tells that they exist", counted(s.Dearer, "user has", "users have"), r.cfg.BcryptCost)
	}
}

// everyColumn is there where the tables are up to date.
func everyColumn(string) bool { return true }

func lookAtUsers(ctx context.Context, cfg config.Config, conn *db.DB, has func(column string) bool, secrets config.Secrets) (adoption.Survey, error) {
	marks, err := marksOf(secrets)
	if err != nil {
		return adoption.Survey{}, err
	}
	return adoption.Look(ctx, conn, has, marks, adoption.Plan{}, cfg.BcryptCost)
}

// passwordTraps says who cannot sign in because of what stands in password, and what to do about it.
func passwordTraps(s adoption.Survey) []string {
	var traps []string
	trap := func(n int, why string) {
		if n > 0 {
			traps = append(traps, counted(n, "user", "users")+" cannot sign in, because "+why)
		}
	}
	trap(s.Waiting, "their password is not stored as a hash that Gatehouse reads: run `gatehouse adopt --dry-run`, then `gatehouse adopt`")
	trap(s.Undecided, "their password could be a hash or plain text: `gatehouse adopt --dry-run` tells more")
	trap(s.Unusable, "what stands in their column password is a damaged or unknown hash, or a text that nobody can type: they need a new one")
	trap(s.Empty, "they have no password")
	switch s.State {
	case user.Open:
		traps = append(traps, fmt.Sprintf("an adoption is open: %s a hash beside their old password, and no hash is made anew at a sign-in; `gatehouse adopt --finish` or --undo ends that",
			counted(s.Adopted, "user has", "users have")))
	case user.Finishing, user.Undoing:
		flag := map[user.Adoption]string{user.Finishing: "--finish", user.Undoing: "--undo"}[s.State]
		traps = append(traps, fmt.Sprintf("an adoption was not brought to its end: run `gatehouse adopt %s` again", flag))
	}
	return traps
}
