package commands

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"time"

	"gatehouse/config"
)

type checkCommand struct{ config.Settings }

var errCheckFailed = errors.New("the server would not start; see the lines marked FAIL")

// findings prints what a check finds, a line each, and remembers whether the server could start.
type findings struct {
	w       io.Writer
	failed  bool
	traps   int
	running bool // one of our servers is there already, which has to be stopped first
}

func (f *findings) ok(format string, args ...any) { f.line("ok   ", format, args...) }

func (f *findings) trap(format string, args ...any) {
	f.traps++
	f.line("WARN ", format, args...)
}

func (f *findings) fail(format string, args ...any) {
	f.failed = true
	f.line("FAIL ", format, args...)
}

func (f *findings) line(mark, format string, args ...any) {
	_, _ = fmt.Fprintln(f.w, mark, fmt.Sprintf(format, args...))
}

// checkRun is one check: of these settings, with these secrets.
type checkRun struct {
	findings
	cfg         config.Config
	secrets     config.Secrets
	secretsRead bool
}

// Run tells everything it finds, and fails if the server could not start. It writes nothing.
func (k *checkCommand) Run(ctx context.Context, p *program) error {
	cfg, err := checked(k.Settings, p.env)
	r := &checkRun{findings: findings{w: p.stdout}, cfg: cfg}
	for _, w := range cfg.Warnings {
		r.trap("%s", w)
	}
	var problems config.Problems
	if errors.As(err, &problems) {
		for _, problem := range problems {
			r.fail("--%s: %s", problem.Setting, problem.Message)
		}
		return errCheckFailed
	}
	r.network(ctx)
	r.folder()
	r.private(cfg.SecretPath, k.SecretFile, k.DatabaseURLFile, k.DatabasePasswordFile, k.JWTSecretFile, k.SMTPURLFile)
	r.mail()
	if err := checkFolders(cfg); err != nil {
		r.fail("%v", err)
		return errCheckFailed
	}
	r.secrets, err = readSecrets(cfg)
	if err != nil {
		r.fail("%v", err)
	}
	r.secretsRead = err == nil
	r.database(ctx, newLogger(cfg, p.stderr))
	if r.failed {
		return errCheckFailed
	}
	when := ""
	if r.running {
		when = " once the one that runs now is stopped"
	}
	p.say("\nThe server would start%s. Points to think about: %d.", when, r.traps)
	return nil
}

func (r *checkRun) network(ctx context.Context) {
	for _, address := range r.cfg.Listen {
		if r.listener(ctx, visitors, address) && !config.Loopback(address) && !r.cfg.Secure() {
			r.trap("%s can be reached from other machines, but the address people type is %s: put https in front and set --base-url, or listen on 127.0.0.1", address, r.cfg.BaseURL)
		}
	}
	if address := r.cfg.MetricsListen; address != "" && r.listener(ctx, prometheus, address) && !config.Loopback(address) {
		r.trap("whoever reaches %s reads how much is going on here, without signing in: keep it inside your network", address)
	}
	r.ok("people reach it at %s; its cookie is called %s", r.cfg.BaseURL, r.cfg.CookieName())
	if r.cfg.Secure() && len(r.cfg.TrustedProxies) == 0 {
		r.trap("--base-url is https, so a proxy is in front, but --trusted-proxies names none: all visitors will seem to come from the proxy's address")
	}
	if r.cfg.SignupOpen {
		r.trap("anybody may sign up; --signup closed stops that")
	}
}

// purpose is what a server listens for, and how one of ours is known by a page where the address is taken.
type purpose struct{ setting, would, page, holds string }

var (
	visitors   = purpose{"listen", "would listen on", "/openapi.json", `"title":"Gatehouse"`} // many programs have a /healthz like ours
	prometheus = purpose{"metrics-listen", "would show metrics on", "/metrics", "gatehouse_build_info"}
)

// answerTimeout is for a server on this machine.
const answerTimeout = time.Second

// listener tells whether a server could listen on an address: it is free, or one of ours answers there.
func (r *checkRun) listener(ctx context.Context, what purpose, address string) bool {
	listeners, err := listen(ctx, what.setting, address)
	closeAll(listeners)
	if err == nil {
		r.ok("%s %s", what.would, address)
		return true
	}
	ctx, cancel := context.WithTimeout(ctx, answerTimeout)
	defer cancel()
	if _, body, asked := ask(ctx, address, what.page); asked != nil || !strings.Contains(body, what.holds) {
		r.fail("%v", err)
		return false
	}
	r.running = true
	r.ok("%s %s, where a Gatehouse server answers now", what.would, address)
	return true
}

func (r *checkRun) mail() {
	switch {
	case r.cfg.SMTP.Host != "":
		r.ok("mails from %s go to %s", r.cfg.MailFrom.String(), net.JoinHostPort(r.cfg.SMTP.Host, strconv.Itoa(r.cfg.SMTP.Port)))
	case r.cfg.Secure():
		r.trap("--smtp-url is not set: mails are written to files in %s, and nobody gets them", r.cfg.MailDir)
	default:
		r.ok("mails are written to files in %s, since --smtp-url is not set", r.cfg.MailDir)
	}
}

// private looks at files that hold secrets, as far as they are there.
func (r *checkRun) private(files ...string) {
	for _, file := range files {
		if info, err := os.Stat(file); err == nil && info.Mode().Perm()&0o077 != 0 {
			r.trap("others than its owner may read %s: chmod 600 it", file)
		}
	}
}

// folder looks at the one of the database and the secret: whoever may write in it can put others in their place.
func (r *checkRun) folder() {
	if info, err := os.Stat(r.cfg.DataDir); err == nil && info.Mode().Perm()&0o022 != 0 && info.Mode()&os.ModeSticky == 0 {
		r.trap("others than its owner may write in %s, and so replace what is there: chmod 700 it", r.cfg.DataDir)
	}
}
