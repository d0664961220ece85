package commands

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"time"

	"gatehouse/config"
	"gatehouse/controllers"
	"gatehouse/db"
	"gatehouse/models/account"
	"gatehouse/models/event"
	"gatehouse/models/mail"
	"gatehouse/models/password"
	"gatehouse/models/password/guessed"
	"gatehouse/models/secret"
	"gatehouse/models/session"
	"gatehouse/models/throttle"
	"gatehouse/models/token"
)

type serveCommand struct{ config.Settings }

// Run is the whole program: check, open, migrate, listen, serve until told to stop, drain, close.
func (s *serveCommand) Run(ctx context.Context, p *program) error {
	cfg, err := checked(s.Settings, p.env)
	if err != nil {
		return err
	}
	ctx = event.From(ctx, event.Origin{Actor: event.Server})
	log := newLogger(cfg, p.stderr)
	for _, w := range cfg.Warnings {
		log.Warn(w)
	}

	listeners, err := listen(ctx, "listen", cfg.Listen...) // first, so that a port that is taken leaves no trace
	if err != nil {
		return err
	}
	defer closeAll(listeners)
	watching, err := openWatching(ctx, cfg, log)
	if err != nil {
		return err
	}
	defer watching.close()
	cfg = cfg.WithListener(listeners[0].Addr())
	if err := checkFolders(cfg); err != nil {
		return err
	}
	secrets, err := readSecrets(cfg)
	if err != nil {
		return err
	}
	conn, unlock, err := openDatabase(ctx, cfg, log)
	if err != nil {
		return err
	}
	defer conn.Close()
	defer func() { _ = unlock() }()
	if secrets, err = guardSecret(ctx, cfg, secrets, conn); err != nil {
		return err
	}
	issuer, keys, err := openTokens(ctx, cfg, secrets, conn, log)
	if err != nil {
		return err
	}
	marks, err := secret.NewMarks(account.AdoptedPasswords, secrets)
	if err != nil {
		return err
	}
	hashOptions := hashing(cfg, cfg.HashQueue, log)
	hashOptions.Waited = watching.hashWaited()
	pool := password.NewPool(hashOptions)
	mails := mail.New(mailOptions(cfg, conn, log))
	accountRules := rules(cfg, log)
	accountRules.WakeMail = mails.Wake
	accounts := account.New(conn, pool, issuer, marks, accountRules)
	if err := accounts.Remember(ctx, cfg.SessionCache, cfg.SessionCacheAge); err != nil {
		return err
	}
	var stopping atomic.Bool
	handler, err := controllers.New(controllers.Deps{
		Config:   cfg,
		Accounts: accounts,
		Keys:     keys,
		Hashing:  pool.Queue,
		Ready:    readiness(conn, keys, &stopping),
		Watch:    watching.requests(),
		Log:      log,
		Now:      time.Now,
	})
	if err != nil {
		return err
	}

	keepGarbage(p.env)
	pool.Start()
	mails.Start()
	tending, stopTending := context.WithCancel(context.Background())
	tasks := upkeep(cfg, conn, keys, tellWhoCannotSignIn(cfg, conn, secrets, log), log)
	tended := startUpkeep(tending, append(tasks, watching.tasks(conn)...), log)
	server, failed := newServer(handler, log), make(chan error, len(listeners)+1)
	serveAll(server, failed, listeners...)
	watching.serve(pool, conn, failed)
	announce(p.stdout, cfg, watching.url())
	select {
	case <-ctx.Done():
	case err = <-failed:
	}

	stopping.Store(true)
	stopTending()
	if err == nil {
		time.Sleep(cfg.ShutdownDelay) // whoever asks /readyz stops sending requests meanwhile
	}
	drain(server, pool, mails, cfg.ShutdownTimeout, log)
	<-tended
	return err
}

func rules(cfg config.Config, log *slog.Logger) account.Rules {
	return account.Rules{
		SignupOpen:        cfg.SignupOpen,
		PasswordMinLength: cfg.PasswordMinLength,
		Limits:            limits(cfg.Limits),
		Verification:      account.Verification(cfg.EmailVerification),
		Guessed: guessed.New(guessed.Options{
			Words: []string{cfg.SiteName, cfg.BaseURL.Hostname()}, BreachURL: cfg.BreachURL, Log: log,
		}),
		Sessions: session.Limits{
			Idle: cfg.SessionIdle, Lifetime: cfg.SessionLifetime,
			RememberIdle: cfg.RememberIdle, RememberLifetime: cfg.RememberLifetime,
			Access: cfg.AccessTTL, Refresh: cfg.RefreshTTL, Family: cfg.FamilyLifetime, PerUser: cfg.SessionLimit,
		},
	}
}

func limits(l config.Limits) account.Limits {
	inARow := throttle.Rule{
		Free: l.AccountFailures, Delay: l.AccountDelay, MaxDelay: l.AccountMax, Lock: l.AccountLock, LockFor: l.AccountLockTime,
		Window: l.AccountLockTime, AtOnce: l.AccountAtOnce,
	}
	device := inARow
	device.Lock = l.DeviceLock
	return account.Limits{
		Account: inARow,
		Device:  device,
		Network: throttle.Rule{Free: l.NetworkFailures, Window: l.NetworkWindow},
		SignUp:  throttle.Rule{Free: l.SignupLimit, Window: l.SignupWindow},
		Mail:    throttle.Rule{Free: l.MailLimit, Window: l.MailWindow},
		Wait:    l.AccountWait,
	}
}

func mailOptions(cfg config.Config, conn *db.DB, log *slog.Logger) mail.Options {
	o := mail.Options{
		Conn: conn, Folder: cfg.MailDir, From: cfg.MailFrom, Site: cfg.SiteName, BaseURL: cfg.BaseURL.String(), Host: cfg.MailHost(), Log: log,
	}
	if s := cfg.SMTP; s.Host != "" {
		o.SMTP = &mail.SMTP{Host: s.Host, Port: s.Port, TLS: mail.TLS(s.TLS), User: s.User, Password: string(s.Password)}
	}
	return o
}

// readiness tells whether new requests should come here.
func readiness(conn *db.DB, keys *token.Keys, stopping *atomic.Bool) func(context.Context) error {
	return func(ctx context.Context) error {
		if stopping.Load() {
			return errors.New("the server is stopping")
		}
		if err := conn.Ping(ctx); err != nil {
			return err
		}
		if keys != nil {
			if err := keys.CheckFresh(time.Now()); err != nil {
				return err
			}
		}
		return wantUpToDate(ctx, conn, migrateAgain) // the database may be another one by now
	}
}
