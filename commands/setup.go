package commands

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/term"

	"gatehouse/config"
	"gatehouse/db"
	"gatehouse/models/secret"
	"gatehouse/models/token"
)

// newLogger writes text for a person at a terminal and JSON for programs, in UTC.
func newLogger(cfg config.Config, w io.Writer) *slog.Logger {
	options := &slog.HandlerOptions{Level: cfg.LogLevel, ReplaceAttr: utc}
	file, isFile := w.(*os.File)
	text := cfg.LogFormat == "text" || (cfg.LogFormat == "auto" && isFile && term.IsTerminal(int(file.Fd())))
	if text {
		return slog.New(slog.NewTextHandler(w, options))
	}
	return slog.New(slog.NewJSONHandler(w, options))
}

func utc(_ []string, a slog.Attr) slog.Attr {
	if a.Key == slog.TimeKey && a.Value.Kind() == slog.KindTime {
		a.Value = slog.TimeValue(a.Value.Time().UTC())
	}
	return a
}

// whereData names the database to a person, without a password.
func whereData(cfg config.Config) string {
	if path, ok := strings.CutPrefix(cfg.Database.URL, "sqlite:"); ok {
		if full, err := filepath.Abs(path); err == nil {
			return full
		}
		return path
	}
	return cfg.Database.URL
}

// readSecrets returns the secrets of the settings, or those of the file that the server made itself; none if there
// is no such file yet.
func readSecrets(cfg config.Config) (config.Secrets, error) {
	if cfg.SecretPath == "" {
		return cfg.Secrets, nil
	}
	text, err := os.ReadFile(cfg.SecretPath)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read secret: %w", err)
	}
	secrets, err := config.ParseSecrets(string(text))
	if err != nil {
		return nil, fmt.Errorf("the secret in %s is not right: %w", cfg.SecretPath, err)
	}
	return secrets, nil
}

// guardSecret makes sure that the server's secret belongs to the database. A new embedded database gets a secret
// of its own, in a file only this user can read; over one that knows a secret, none is ever made. It returns the
// secrets to use.
func guardSecret(ctx context.Context, cfg config.Config, secrets config.Secrets, conn *db.DB) (config.Secrets, error) {
	if len(secrets) == 0 {
		used, err := usesSecret(ctx, conn)
		if err != nil {
			return nil, err
		}
		if used {
			return nil, errSecretGone(cfg.SecretPath)
		}
		if err := writeSecret(cfg.SecretPath); err != nil {
			return nil, err
		}
		if secrets, err = readSecrets(cfg); err != nil {
			return nil, err
		}
	}
	switch belongs, err := secret.Belongs(ctx, conn, secrets); {
	case err != nil:
		return nil, err
	case !belongs:
		return nil, errSecretForeign
	}
	// Where the check value was lost, a foreign secret must not become the database's own: it does not open the keys.
	if _, err := keysOf(ctx, cfg, secrets, conn, token.ReadKeys); err != nil {
		return nil, err
	}
	err := secret.Guard(ctx, conn, secrets) // again, because another server may have been first
	if errors.Is(err, secret.ErrForeign) {
		return nil, errSecretForeign
	}
	return secrets, err
}

// usesSecret tells whether the database belongs to a secret, or holds keys that one sealed.
func usesSecret(ctx context.Context, conn *db.DB) (bool, error) {
	known, err := secret.Known(ctx, conn)
	if err != nil || known {
		return known, err
	}
	return token.Stored(ctx, conn)
}

var errSecretForeign = fmt.Errorf("%w: copy the secret that was used with it and name its file with --secret-file (or put its text into GATEHOUSE_SECRET)", secret.ErrForeign)

func errSecretGone(path string) error {
	return fmt.Errorf("the database was used with a secret that is no longer at %s: put that file back, or name another with --secret-file", path)
}

// writeSecret makes a file with a new secret, whole or not at all, and never writes over one.
func writeSecret(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("make folder for secret: %w", err)
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".secret-*") // for this user alone
	if err != nil {
		return fmt.Errorf("make secret: %w", err)
	}
	temporary := f.Name()
	defer os.Remove(temporary)
	text := secret.New() + "\n"
	if err := fill(f, text); err != nil {
		return fmt.Errorf("write secret: %w", err)
	}
	err = os.Link(temporary, path) // fails where there is a file, as a rename would not
	if err != nil && !errors.Is(err, os.ErrExist) {
		// A file system without hard links: not all at once then, but never over a file either.
		if f, err = os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600); err == nil {
			err = fill(f, text)
		}
	}
	if err != nil {
		return fmt.Errorf("make secret: %w", err)
	}
	return nil
}

// fill writes all of a file and closes it.
func fill(f *os.File, text string) error {
	_, err := f.WriteString(text)
	return cmp.Or(err, f.Sync(), f.Close())
}
