package commands

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"

	"gatehouse/config"
)

type checkCommand struct{ config.Settings }

var errCheckFailed = errors.New("the server would not start; see the lines marked FAIL")

// findings prints what a check finds, a line each, and remembers whether the server could start.
type findings struct {
	w      io.Writer
	failed bool
	traps  int
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

// Run tells everything it finds, and fails if the server could not start. It writes nothing.
func (k *checkCommand) Run(ctx context.Context, p *program) error {
	f := &findings{w: p.stdout}
	cfg, err := checked(k.Settings, p.env)
	for _, w := range cfg.Warnings {
		f.trap("%s", w)
	}
	var problems config.Problems
	if errors.As(err, &problems) {
		for _, problem := range problems {
			f.fail("--%s: %s", problem.Setting, problem.Message)
		}
		return errCheckFailed
	}
	checkNetwork(ctx, f, cfg)
	checkFolder(f, cfg.DataDir)
	checkPrivate(f, cfg.SecretPath, k.SecretFile, k.DatabaseURLFile, k.DatabasePasswordFile, k.JWTSecretFile, k.SMTPURLFile)
	checkMail(f, cfg)
	secrets, err := readSecrets(cfg)
	if err != nil {
		f.fail("%v", err)
	}
	checkDatabase(ctx, f, cfg, secrets, newLogger(cfg, p.stderr))
	if f.failed {
		return errCheckFailed
	}
	_, _ = fmt.Fprintf(p.stdout, "\nThe server would start. Points to think about: %d.\n", f.traps)
	return nil
}

func checkNetwork(ctx context.Context, f *findings, cfg config.Config) {
	for _, address := range cfg.Listen {
		if !canListen(ctx, f, "listen", address) {
			continue
		}
		f.ok("would listen on %s", address)
		if !config.Loopback(address) && !cfg.Secure() {
			f.trap("%s can be reached from other machines, but the address people type is %s: put https in front and set --base-url, or listen on 127.0.0.1", address, cfg.BaseURL)
		}
	}
	if address := cfg.MetricsListen; address != "" && canListen(ctx, f, "metrics-listen", address) {
		f.ok("would show metrics on %s", address)
		if !config.Loopback(address) {
			f.trap("whoever reaches %s reads how much is going on here, without signing in: keep it inside your network", address)
		}
	}
	f.ok("people reach it at %s; its cookie is called %s", cfg.BaseURL, cfg.CookieName())
	if cfg.Secure() && len(cfg.TrustedProxies) == 0 {
		f.trap("--base-url is https, so a proxy is in front, but --trusted-proxies names none: all visitors will seem to come from the proxy's address")
	}
	if cfg.SignupOpen {
		f.trap("anybody may sign up; --signup closed stops that")
	}
}

// canListen tells whether an address is free.
func canListen(ctx context.Context, f *findings, setting, address string) bool {
	listeners, err := listen(ctx, setting, address)
	if err != nil {
		f.fail("%v", err)
	}
	closeAll(listeners)
	return err == nil
}

func checkMail(f *findings, cfg config.Config) {
	switch {
	case cfg.SMTP.Host != "":
		f.ok("mails from %s go to %s", cfg.MailFrom.String(), net.JoinHostPort(cfg.SMTP.Host, strconv.Itoa(cfg.SMTP.Port)))
	case cfg.Secure():
		f.trap("--smtp-url is not set: mails are written to files in %s, and nobody gets them", cfg.MailDir)
	default:
		f.ok("mails are written to files in %s, since --smtp-url is not set", cfg.MailDir)
	}
}

// checkPrivate looks at files that hold secrets, as far as they are there.
func checkPrivate(f *findings, files ...string) {
	for _, file := range files {
		if info, err := os.Stat(file); err == nil && info.Mode().Perm()&0o077 != 0 {
			f.trap("others than its owner may read %s: chmod 600 it", file)
		}
	}
}

// checkFolder looks at the folder of the database and the secret: whoever may write in it can put others in their place.
func checkFolder(f *findings, folder string) {
	if info, err := os.Stat(folder); err == nil && info.Mode().Perm()&0o022 != 0 && info.Mode()&os.ModeSticky == 0 {
		f.trap("others than its owner may write in %s, and so replace what is there: chmod 700 it", folder)
	}
}
