package commands

import (
	"fmt"
	"strings"

	"github.com/alecthomas/kong"

	"gatehouse/config"
)

// help shows kong's own text. Where no command is named it shows all settings too: serve is what most people run. A command that
// is not serve has flags of its own, which nobody would find among all settings.
func help(options kong.HelpOptions, ctx *kong.Context) error {
	command := ctx.Selected()
	hidden := command != nil && command.Name != "serve" && hideSettings(command)
	if err := kong.DefaultHelpPrinter(options, ctx); err != nil {
		return err
	}
	if hidden {
		_, err := fmt.Fprintln(ctx.Stdout, "\nIt takes the settings of the server too, such as --data-dir and --database-url, as a flag or an environment variable. All: gatehouse --help")
		return err
	}
	if command != nil {
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

// hideSettings hides the flags that are settings of the server, which have a group, and tells whether there are any.
func hideSettings(command *kong.Node) bool {
	some := false
	for _, flags := range command.AllFlags(true) {
		for _, flag := range flags {
			if flag.Group != nil {
				flag.Hidden, some = true, true
			}
		}
	}
	return some
}
