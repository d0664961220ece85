package commands

import (
	"errors"
	"fmt"
	"os"

	"gatehouse/models/secret"
)

type secretCommand struct {
	New newSecretCommand `cmd:"" help:"Write new random secrets into files that only you can read; never over an existing file."`
}

type newSecretCommand struct {
	IfAbsent bool     `name:"if-absent" help:"Leave files that exist as they are, without an error."`
	Files    []string `arg:"" name:"file" help:"The files to write, one secret each; - prints one."`
}

func (s *newSecretCommand) Run(p *program) error {
	for _, file := range s.Files {
		if file == "-" {
			_, _ = fmt.Fprintln(p.stdout, secret.New())
			continue
		}
		err := writeSecret(file)
		switch {
		case err == nil:
			_, _ = fmt.Fprintf(p.stdout, "A new secret is in %s\n", file)
		case errors.Is(err, os.ErrExist) && s.IfAbsent:
			_, _ = fmt.Fprintf(p.stdout, "%s exists and stays as it is\n", file)
		case errors.Is(err, os.ErrExist):
			return fmt.Errorf("%s exists already and is not written over; choose another name, or say --if-absent to keep it", file)
		default:
			return err
		}
	}
	return nil
}
