package commands

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strings"
	"time"

	"gatehouse/config"
	"gatehouse/db"
	"gatehouse/migrations"
	"gatehouse/models/account"
	"gatehouse/models/adoption"
	"gatehouse/models/event"
	"gatehouse/models/secret"
	"gatehouse/models/token"
	"gatehouse/models/user"
)

// missing tells whether the embedded database has not been made yet. Opening it would make it.
func missing(cfg config.Config) bool {
	path, embedded := strings.CutPrefix(cfg.Database.URL, "sqlite:")
	if !embedded {
		return false
	}
	_, err := os.Stat(path)
	return errors.Is(err, os.ErrNotExist)
}

func checkDatabase(ctx context.Context, f *findings, cfg config.Config, secrets config.Secrets, log *slog.Logger) {
	if missing(cfg) && !cfg.Migrate {
		f.fail("%v", errNoDatabase(cfg))
		return
	}
	if missing(cfg) {
		f.ok("would make a new database at %s", whereData(cfg))
		return
	}
	options := databaseOptions(cfg, log)
	options.Wait, options.ReadOnly = 0, true
	conn, err := db.Open(ctx, options)
	if err != nil {
		f.fail("the database cannot be opened: %v", err)
		return
	}
	defer conn.Close()
	f.ok("the database answers: %s", whereData(cfg))
	switch used, err := conn.InUse(); {
	case err != nil:
		f.fail("whether a server uses the database cannot be found out: %v", err)
	case used:
		f.fail("%v: %s", db.ErrLocked, whereData(cfg))
	}
	report, pending, ok := checkTables(ctx, f, cfg, conn)
	if ok && pending == 0 && checkSecret(ctx, f, cfg, secrets, conn) {
		checkKeys(ctx, f, cfg, secrets, conn)
	}
	if ok && pending == 0 {
		checkProxies(ctx, f, cfg, conn)
	}
	if ok && report.Users {
		checkUsers(ctx, f, cfg, conn, report.Has, secrets)
	}
}

// checkProxies tells of a proxy that a server has seen and that still is not trusted.
func checkProxies(ctx context.Context, f *findings, cfg config.Config, conn *db.DB) {
	err := event.In(conn).List(ctx, event.Filter{Kind: event.ProxyUntold, Limit: 1}, func(e event.Event) error {
		if !cfg.TrustedProxies.Trust(e.Detail) {
			f.trap("requests came by way of %s on %s, which --trusted-proxies does not name: all its visitors look alike", printable(e.Detail), moment(e.At))
		}
		return nil
	})
	if err != nil {
		f.fail("the events cannot be read: %v", err)
	}
}

// checkTables returns what there is, how many changes the tables wait for, and whether the server could use them.
func checkTables(ctx context.Context, f *findings, cfg config.Config, conn *db.DB) (migrations.Report, int, bool) {
	report, err := migrations.Preflight(ctx, conn)
	if err != nil {
		f.fail("the tables cannot be read: %v", err)
		return report, 0, false
	}
	for _, problem := range report.Problems {
		f.fail("%s\n       %s", problem.What, problem.Fix)
	}
	for _, note := range report.Notes {
		f.trap("%s", note)
	}
	pending, err := migrations.Pending(ctx, conn)
	switch {
	case err != nil:
		f.fail("the tables cannot be read: %v", err)
	case pending > 0 && !cfg.Migrate:
		f.fail("the tables are not up to date (%s) and --migrate is off; run `gatehouse migrate up`", counted(pending, "change waits", "changes wait"))
	case pending > 0:
		rights := ""
		if conn.Engine() == db.MySQL {
			rights = "; this needs the rights CREATE, ALTER, INDEX and DROP"
		}
		f.ok("would bring the tables up to date (%s)%s", counted(pending, "change", "changes"), rights)
	default:
		f.ok("the tables are up to date")
	}
	return report, pending, err == nil && len(report.Problems) == 0
}

// checkSecret returns whether there is a secret that belongs to the database.
func checkSecret(ctx context.Context, f *findings, cfg config.Config, secrets config.Secrets, conn *db.DB) bool {
	if f.failed && len(secrets) == 0 {
		return false // its file could not be read, which has been told
	}
	known, err := secret.Known(ctx, conn)
	if err != nil {
		f.fail("the check value of the secret cannot be read: %v", err)
		return false
	}
	belongs, err := secret.Belongs(ctx, conn, secrets)
	switch {
	case err != nil:
		f.fail("the check value of the secret cannot be read: %v", err)
	case known && len(secrets) == 0:
		f.fail("%v", errSecretGone(cfg.SecretPath))
	case len(secrets) == 0:
		f.ok("would make a secret at %s", cfg.SecretPath)
	case !belongs:
		f.fail("%v", errSecretForeign)
	case !known:
		f.ok("would tie the database to this secret")
	default:
		f.ok("the secret belongs to the database")
	}
	return belongs && len(secrets) > 0
}

func checkKeys(ctx context.Context, f *findings, cfg config.Config, secrets config.Secrets, conn *db.DB) {
	keys, err := keysOf(ctx, cfg, secrets, conn, token.ReadKeys)
	if err != nil {
		f.fail("%v", err)
		return
	}
	if err := checkShared(cfg, secrets); err != nil {
		f.fail("%v", err)
		return
	}
	list := keys.List(time.Now())
	signing := slices.IndexFunc(list, func(k token.Listed) bool { return k.State == token.Signing })
	switch {
	case cfg.HS256():
		f.ok("tokens are signed with --jwt-secret (HS256); whoever has it can forge them")
	case signing < 0:
		f.ok("would make a key to sign tokens with (ES256)")
	default:
		f.ok("tokens are signed with ES256, by the key %s; keys in all: %d", list[signing].ID, len(list))
	}
}

func checkUsers(ctx context.Context, f *findings, cfg config.Config, conn *db.DB, has func(column string) bool, secrets config.Secrets) {
	s, err := lookAtUsers(ctx, cfg, conn, has, secrets)
	if err != nil {
		f.fail("the users cannot be read: %v", err)
		return
	}
	f.ok("%s, %d of them disabled", counted(s.Users, "user", "users"), s.Disabled)
	if s.Users == 0 && !cfg.SignupOpen {
		f.trap("there are no users and --signup is closed, so nobody can sign in: open it for the first one")
	}
	if s.InvalidEmail > 0 {
		f.trap("%s cannot sign in, because what stands in their column email is no e-mail address", counted(s.InvalidEmail, "user", "users"))
	}
	if s.SharedEmails > 0 {
		f.trap("%d users share an address with another row (%s): until that is resolved they are refused, or only one of them gets in: %s",
			s.SharedHolders, counted(s.SharedEmails, "address", "addresses"), someOf(s.SharedEmail, s.SharedEmails))
	}
	for _, sentence := range passwordTraps(s) {
		f.trap("%s", sentence)
	}
	if s.Dearer > 0 {
		f.trap("%s a hash dearer than --bcrypt-cost %d: their sign-ins take longer, which tells that they exist", counted(s.Dearer, "user has", "users have"), cfg.BcryptCost)
	}
}

func lookAtUsers(ctx context.Context, cfg config.Config, conn *db.DB, has func(column string) bool, secrets config.Secrets) (adoption.Survey, error) {
	var marks secret.Marks
	if len(secrets) > 0 {
		var err error
		if marks, err = secret.NewMarks(account.AdoptedPasswords, secrets); err != nil {
			return adoption.Survey{}, err
		}
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
