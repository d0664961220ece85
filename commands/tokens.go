package commands

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"gatehouse/config"
	"gatehouse/db"
	"gatehouse/models/account"
	"gatehouse/models/adoption"
	"gatehouse/models/event"
	"gatehouse/models/secret"
	"gatehouse/models/token"
)

// openTokens returns who signs tokens, and the keys for it, nil with HS256. Then the database belongs to the first of
// the secrets, and the others may be given up.
func openTokens(ctx context.Context, cfg config.Config, secrets config.Secrets, conn *db.DB, log *slog.Logger) (*token.Issuer, *token.Keys, error) {
	keys, done, err := sealAnew(ctx, cfg, secrets, conn)
	if err != nil {
		return nil, nil, err
	}
	if done.renewed {
		log.Info("the first secret is in use now; once all servers have it first, the older ones can be removed")
	}
	if err := checkShared(cfg, secrets); err != nil {
		return nil, nil, err
	}
	names := token.Names{Issuer: cfg.TokenIssuer(), Audience: cfg.TokenAudience()}
	if cfg.HS256() {
		return token.NewHS256(names, []byte(cfg.JWTSecret), cfg.RefreshTTL), nil, nil
	}
	return token.NewES256(names, keys), keys, keys.Begin(ctx, time.Now())
}

// sealed is what sealAnew did.
type sealed struct {
	renewed bool // the database belonged to an older secret before
	marks   int  // adopted passwords whose mark was an older secret's
}

// sealAnew makes everything in the database depend on the first of the secrets alone.
func sealAnew(ctx context.Context, cfg config.Config, secrets config.Secrets, conn *db.DB) (*token.Keys, sealed, error) {
	var done sealed
	// The keys also where they are not used now: those of an earlier time must not be left under an old secret.
	keys, err := keysOf(ctx, cfg, secrets, conn, token.OpenKeys)
	if err != nil {
		return nil, done, err
	}
	// The check value before the marks: a run of adopt that knows the old secret alone goes on no longer then.
	err = conn.WithTx(ctx, func(tx *db.Tx) (err error) {
		if done.renewed, err = secret.Renew(ctx, tx, secrets); err != nil || !done.renewed {
			return err
		}
		return event.In(tx).Add(ctx, event.SecretsRotated, 0, "", time.Now())
	})
	if err != nil {
		return nil, done, err
	}
	if len(secrets) > 1 {
		marks, err := secret.NewMarks(account.AdoptedPasswords, secrets)
		if err != nil {
			return nil, done, err
		}
		if done.marks, err = adoption.Remark(ctx, conn, marks); err != nil {
			return nil, done, err
		}
	}
	return keys, done, nil
}

// checkShared refuses to share the server's own secret, which may come from a file that the settings do not name.
func checkShared(cfg config.Config, secrets config.Secrets) error {
	if slices.ContainsFunc(secrets, func(s []byte) bool { return string(s) == string(cfg.JWTSecret) }) {
		return errors.New("--jwt-secret is the server's own secret, which no other program may know; make another with `gatehouse secrets new FILE`")
	}
	return nil
}

// openKeys is token.OpenKeys or token.ReadKeys.
type openKeys func(context.Context, *db.DB, [][]byte, token.Rules, time.Time) (*token.Keys, error)

func keysOf(ctx context.Context, cfg config.Config, secrets config.Secrets, conn *db.DB, open openKeys) (*token.Keys, error) {
	keys, err := open(ctx, conn, secrets, keyRules(cfg), time.Now())
	if errors.Is(err, token.ErrUnreadable) {
		err = fmt.Errorf("%w; add the secret that it was made with to the list in --secret-file", err)
	}
	return keys, err
}

func keyRules(cfg config.Config) token.Rules {
	return token.Rules{Lifetime: cfg.KeyLifetime, TokenLife: cfg.RefreshTTL, Keep: cfg.FamilyLifetime + cfg.RefreshTTL}
}
