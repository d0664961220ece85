package commands

import (
	"context"
	"errors"
	"fmt"
	"os"

	"gatehouse/config"
	"gatehouse/db"
	"gatehouse/migrations"
	"gatehouse/models/account"
	"gatehouse/models/secret"
	"gatehouse/models/token"
)

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

// wantBelonging refuses secrets that are not those of the database: foreign ones, and none where it knows some.
func wantBelonging(ctx context.Context, cfg config.Config, secrets config.Secrets, conn *db.DB) error {
	if len(secrets) == 0 {
		used, err := usesSecret(ctx, conn)
		if err == nil && used {
			err = errSecretGone(cfg.SecretPath)
		}
		return err
	}
	belongs, err := secret.Belongs(ctx, conn, secrets)
	if err == nil && !belongs {
		err = errSecretForeign
	}
	return err
}

// usesSecret tells whether the database belongs to a secret, or holds keys that one sealed.
func usesSecret(ctx context.Context, conn *db.DB) (bool, error) {
	known, err := secret.Known(ctx, conn)
	if err != nil || known {
		return known, err
	}
	return token.Stored(ctx, conn)
}

// guardSecret makes sure that the server's secret belongs to the database. A new embedded database gets a secret
// of its own, in a file only this user can read; over one that knows a secret, none is ever made. It returns the
// secrets to use.
func guardSecret(ctx context.Context, cfg config.Config, secrets config.Secrets, conn *db.DB) (config.Secrets, error) {
	if err := wantBelonging(ctx, cfg, secrets, conn); err != nil {
		return nil, err
	}
	if len(secrets) == 0 {
		if err := writeSecret(cfg.SecretPath); err != nil {
			return nil, err
		}
		var err error
		if secrets, err = readSecrets(cfg); err != nil {
			return nil, err
		}
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

// presentSecrets are those of a database whose servers use the first of them.
func presentSecrets(ctx context.Context, cfg config.Config, conn *db.DB) (config.Secrets, error) {
	secrets, err := readSecrets(cfg)
	if err == nil {
		err = wantBelonging(ctx, cfg, secrets, conn)
	}
	if err != nil {
		return nil, err
	}
	first, err := secret.Belongs(ctx, conn, secrets[:min(1, len(secrets))])
	if err == nil && !first {
		err = errors.New("no server has been started with this first secret yet; start all servers with these secrets, then try again")
	}
	return secrets, err
}

// marksOf are those that are made with these secrets; without any there are none.
func marksOf(secrets config.Secrets) (secret.Marks, error) {
	if len(secrets) == 0 {
		return secret.Marks{}, nil
	}
	return secret.NewMarks(account.AdoptedPasswords, secrets)
}

// presentMarks are those of the secret that a server uses.
func presentMarks(cfg config.Config) (secret.Marks, error) {
	secrets, err := readSecrets(cfg)
	if err != nil {
		return secret.Marks{}, err
	}
	return marksOf(secrets)
}

// marksToRead are those of the secret in the settings, if the database belongs to it; it may not know any yet.
func marksToRead(ctx context.Context, cfg config.Config, conn *db.DB) (secret.Marks, error) {
	pending, err := migrations.Pending(ctx, conn)
	if err != nil || pending > 0 {
		return secret.Marks{}, err
	}
	secrets, err := readSecrets(cfg)
	if err == nil {
		err = wantBelonging(ctx, cfg, secrets, conn)
	}
	if err != nil {
		return secret.Marks{}, err
	}
	return marksOf(secrets)
}

var errSecretForeign = fmt.Errorf("%w: copy the secret that was used with it and name its file with --secret-file (or put its text into GATEHOUSE_SECRET)", secret.ErrForeign)

func errSecretGone(path string) error {
	return fmt.Errorf("the database was used with a secret that is no longer at %s: put that file back, or name another with --secret-file", path)
}
