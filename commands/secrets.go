package commands

import (
	"context"
	"errors"
	"fmt"
	"os"

	"gatehouse/config"
	"gatehouse/models/secret"
)

type secretsCommand struct {
	New    newSecretCommand     `cmd:"" help:"Write new random secrets into files that only you can read; never over an existing file."`
	Rotate rotateSecretsCommand `cmd:"" help:"Seal with the first secret what older ones sealed, so that those can be removed. All servers must know the first one."`
}

type newSecretCommand struct {
	IfAbsent bool     `name:"if-absent" help:"Leave files that exist as they are, without an error."`
	Files    []string `arg:"" name:"file" help:"The files to write, one secret each; - prints one."`
}

func (s *newSecretCommand) Run(p *program) error {
	for _, file := range s.Files {
		if file == "-" {
			p.say("%s", secret.New())
			continue
		}
		err := writeSecret(file)
		switch {
		case err == nil:
			p.say("A new secret is in %s", file)
		case errors.Is(err, os.ErrExist) && s.IfAbsent:
			p.say("%s exists and stays as it is", file)
		case errors.Is(err, os.ErrExist):
			return fmt.Errorf("%s exists already and is not written over; choose another name, or say --if-absent to keep it", file)
		default:
			return err
		}
	}
	return nil
}

type rotateSecretsCommand struct{ config.Settings }

// Run may be beside running servers; nobody is signed out.
func (k *rotateSecretsCommand) Run(ctx context.Context, p *program) error {
	cfg, err := checked(k.Settings, p.env)
	if err != nil {
		return err
	}
	conn, err := openBeside(ctx, cfg, newLogger(cfg, p.stderr))
	if err != nil {
		return err
	}
	defer conn.Close()
	switch used, err := usesSecret(ctx, conn); {
	case err != nil:
		return err
	case !used:
		p.say("No server has used this database yet, so there is nothing to seal.")
		return nil
	}
	secrets, err := readSecrets(cfg)
	if err != nil {
		return err
	}
	if err := wantBelonging(ctx, cfg, secrets, conn); err != nil {
		return err
	}
	_, done, err := sealAnew(ctx, cfg, secrets, conn)
	if err != nil {
		return err
	}
	if !done.renewed && done.marks == 0 {
		p.say("The first secret is in use already.")
	} else {
		p.say("Everything is sealed with the first secret now. Adopted passwords that were marked anew: %d.", done.marks)
	}
	if len(secrets) > 1 {
		p.say("A server that does not have the first secret in its list yet can no longer read this, and refuses adopted users: give it to that server and")
		p.say("start it again at once. Then the older ones can be removed from the list.")
	}
	return nil
}
