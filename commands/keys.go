package commands

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gatehouse/config"
	"gatehouse/db"
	"gatehouse/models/token"
)

type keysCommand struct {
	List   listKeysCommand   `cmd:"" help:"Show the keys that sign tokens, without their private parts."`
	Rotate rotateKeysCommand `cmd:"" help:"Make the next key. Servers publish it within a minute and sign with it after a quarter of an hour; tokens of the old key stay good."`
}

type listKeysCommand struct {
	config.Settings
	printing
}

// listedKey is what --json prints of a key.
type listedKey struct {
	ID         string      `json:"kid"`
	State      token.State `json:"state"`
	Created    time.Time   `json:"created"`
	ActiveFrom time.Time   `json:"signsFrom"`
}

func (k *listKeysCommand) Run(ctx context.Context, p *program) error {
	return withKeys(ctx, p, k.Settings, func(keys *token.Keys, now time.Time) error {
		if k.JSON {
			for _, key := range keys.List(now) {
				if err := p.printJSON(listedKey{key.ID, key.State, key.Created, key.ActiveFrom}); err != nil {
					return err
				}
			}
			return nil
		}
		t := p.table("KID", "STATE", "MADE", "SIGNS FROM")
		for _, key := range keys.List(now) {
			t.row(key.ID, string(key.State), moment(key.Created), moment(key.ActiveFrom))
		}
		return t.Flush()
	})
}

type rotateKeysCommand struct{ config.Settings }

func (k *rotateKeysCommand) Run(ctx context.Context, p *program) error {
	return withKeys(ctx, p, k.Settings, func(keys *token.Keys, now time.Time) error {
		key, waiting, err := keys.Rotate(ctx, now)
		if err != nil {
			return err
		}
		if waiting {
			p.say("A new key is waiting already: %s. It signs from %s.", key.ID, moment(key.ActiveFrom))
			return nil
		}
		p.say("The next key is %s. Servers publish it within a minute; it signs from %s.", key.ID, moment(key.ActiveFrom))
		return nil
	})
}

// withKeys opens the keys beside servers that may be running. It makes neither a database nor a secret.
func withKeys(ctx context.Context, p *program, s config.Settings, act func(*token.Keys, time.Time) error) error {
	cfg, err := checked(s, p.env)
	if err != nil {
		return err
	}
	if cfg.HS256() {
		return errors.New("tokens are signed with --jwt-secret (HS256), and no key is in use; to change the secret, restart all servers with another one")
	}
	conn, err := openBeside(ctx, cfg, newLogger(cfg, p.stderr))
	if err != nil {
		return err
	}
	defer conn.Close()
	keys, err := presentKeys(ctx, cfg, conn)
	if err != nil {
		return err
	}
	return act(keys, time.Now())
}

// presentKeys are the keys of a database that a server has used, with the secret that it uses: what another secret
// sealed, running servers could not read.
func presentKeys(ctx context.Context, cfg config.Config, conn *db.DB) (*token.Keys, error) {
	stored, err := token.Stored(ctx, conn)
	if err != nil {
		return nil, err
	}
	if !stored {
		return nil, errNoKeys(cfg)
	}
	secrets, err := presentSecrets(ctx, cfg, conn)
	if err != nil {
		return nil, err
	}
	return keysOf(ctx, cfg, secrets, conn, token.ReadKeys)
}

func errNoKeys(cfg config.Config) error {
	return fmt.Errorf("there are no keys at %s yet; the server makes the first one when it starts", whereData(cfg))
}
