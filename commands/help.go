package commands

import (
	"fmt"
	"strings"

	"github.com/alecthomas/kong"

	"gatehouse/config"
)

// help shows kong's own text and, where no command is named, all settings too: serve is what most people run.
func help(options kong.HelpOptions, ctx *kong.Context) error {
	if err := kong.DefaultHelpPrinter(options, ctx); err != nil {
		return err
	}
	if ctx.Selected() != nil {
		return nil // that command's own flags have been shown
	}
	var b strings.Builder
	b.WriteString("\nSettings of serve, check, migrate, adopt, users, backup, events, keys, secrets rotate and health, as a flag or an environment variable (the flag wins):\n")
	for _, s := range config.Reference() {
		fmt.Fprintf(&b, "\n  --%s ($%s)", s.Name, s.Env)
		if s.Default != "" {
			fmt.Fprintf(&b, " [%s]", s.Default)
		}
		b.WriteString("\n      " + s.Help + "\n")
	}
	_, err := ctx.Stdout.Write([]byte(b.String()))
	return err
}
