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
	running bool // a server is there already, which the next one waits for
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

// inspection is one check: of these settings, with these secrets.
type inspection struct {
	findings
	cfg         config.Config
	secrets     config.Secrets
	secretsRead bool
}

// Run tells everything it finds, and fails if the server could not start. It writes nothing.
func (k *checkCommand) Run(ctx context.Context, p *program) error {
	cfg, err := checked(k.Settings, p.env)
	i := &inspection{findings: findings{w: p.stdout}, cfg: cfg}
	for _, w := range cfg.Warnings {
		i.trap("%s", w)
	}
	var problems config.Problems
	if errors.As(err, &problems) {
		for _, problem := range problems {
			i.fail("--%s: %s", problem.Setting, problem.Message)
		}
		return errCheckFailed
	}
	i.network(ctx)
	i.private(cfg.SecretPath, k.SecretFile, k.DatabaseURLFile, k.DatabasePasswordFile, k.JWTSecretFile, k.SMTPURLFile)
	i.mail()
	i.secrets, err = readSecrets(cfg)
	if i.secretsRead = err == nil; err != nil {
		i.fail("%v", err)
	}
	i.database(ctx, newLogger(cfg, p.stderr))
	if i.failed {
		return errCheckFailed
	}
	when := ""
	if i.running {
		when = " once the one that runs now is stopped"
	}
	p.say("\nThe server would start%s. Points to think about: %d.", when, i.traps)
	return nil
}

func (i *inspection) network(ctx context.Context) {
	for _, address := range i.cfg.Listen {
		if i.listener(ctx, visitors, address) && !config.Loopback(address) && !i.cfg.Secure() {
			i.trap("%s can be reached from other machines, but the address people type is %s: put https in front and set --base-url, or listen on 127.0.0.1", address, i.cfg.BaseURL)
		}
	}
	if address := i.cfg.MetricsListen; address != "" && i.listener(ctx, prometheus, address) && !config.Loopback(address) {
		i.trap("whoever reaches %s reads how much is going on here, without signing in: keep it inside your network", address)
	}
	i.ok("people reach it at %s; its cookie is called %s", i.cfg.BaseURL, i.cfg.CookieName())
	if i.cfg.Secure() && len(i.cfg.TrustedProxies) == 0 {
		i.trap("--base-url is https, so a proxy is in front, but --trusted-proxies names none: all visitors will seem to come from the proxy's address")
	}
	if i.cfg.SignupOpen {
		i.trap("anybody may sign up; --signup closed stops that")
	}
}

// purpose is what a server listens for, and how one of ours is known by a page where the address is taken.
type purpose struct{ setting, would, page, holds string }

var (
	visitors   = purpose{"listen", "would listen on", "/healthz", `{"status":"ok"}`}
	prometheus = purpose{"metrics-listen", "would show metrics on", "/metrics", "gatehouse_build_info"}
)

// answerTimeout is for a server on this machine.
const answerTimeout = time.Second

// listener tells whether a server could listen on an address: it is free, or one of ours answers there.
func (i *inspection) listener(ctx context.Context, what purpose, address string) bool {
	listeners, err := listen(ctx, what.setting, address)
	closeAll(listeners)
	if err == nil {
		i.ok("%s %s", what.would, address)
		return true
	}
	ctx, cancel := context.WithTimeout(ctx, answerTimeout)
	defer cancel()
	if _, body, asked := ask(ctx, address, what.page); asked != nil || !strings.Contains(body, what.holds) {
		i.fail("%v", err)
		return false
	}
	i.running = true
	i.ok("%s %s, where a Gatehouse server answers now", what.would, address)
	return true
}

func (i *inspection) mail() {
	switch {
	case i.cfg.SMTP.Host != "":
		i.ok("mails from %s go to %s", i.cfg.MailFrom.String(), net.JoinHostPort(i.cfg.SMTP.Host, strconv.Itoa(i.cfg.SMTP.Port)))
	case i.cfg.Secure():
		i.trap("--smtp-url is not set: mails are written to files in %s, and nobody gets them", i.cfg.MailDir)
	default:
		i.ok("mails are written to files in %s, since --smtp-url is not set", i.cfg.MailDir)
	}
}

// private looks at files that hold secrets, as far as they are there.
func (i *inspection) private(files ...string) {
	for _, file := range files {
		if info, err := os.Stat(file); err == nil && info.Mode().Perm()&0o077 != 0 {
			i.trap("others than its owner may read %s: chmod 600 it", file)
		}
	}
}
