// Package commands is the command line: one file a command. Serve is the whole program on one page.
package commands

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/alecthomas/kong"

	"gatehouse/config"
	"gatehouse/models/event"
)

// Exit codes.
const (
	exitOK      = 0
	exitFailure = 1 // it was tried and did not work
	exitUsage   = 2 // the command line or a setting is not right, nothing was tried
)

// Version is the version of this program.
const Version = "0.1.0"

type commandLine struct {
	Serve   serveCommand   `cmd:"" default:"withargs" help:"Run the server. This is the default command."`
	Check   checkCommand   `cmd:"" help:"Tell what serve would do, and every trap in the settings and the data, without changing anything."`
	Migrate migrateCommand `cmd:"" help:"Bring the tables up to date, or show whether they are."`
	Adopt   adoptCommand   `cmd:"" help:"Take over the passwords of a users table that an older program made, while it runs on."`
	Users   usersCommand   `cmd:"" help:"List and change users, also while servers run."`
	Backup  backupCommand  `cmd:"" help:"Save the embedded database to a new file, also while the server runs."`
	Events  eventsCommand  `cmd:"" help:"Show who did what to users, sessions, keys and secrets, the newest first."`
	Keys    keysCommand    `cmd:"" help:"Show or change the keys that sign tokens."`
	Secrets secretsCommand `cmd:"" aliases:"secret" help:"Make secrets, or let a new one take over."`
	Health  healthCommand  `cmd:"" help:"Ask the server at the first listen address whether it is ready; for health checks."`
	Version versionCommand `cmd:"" help:"Print the version."`

	PrintVersion kong.VersionFlag `name:"version" hidden:"" help:"Print the version."`
}

// program is what a command may use of the world around it.
type program struct {
	env    []string
	stdin  io.Reader
	stdout io.Writer
	stderr io.Writer
}

// Run runs one command and returns the exit code of the process. The program stops when ctx ends. Settings come
// from args and env only.
func Run(ctx context.Context, args, env []string, stdin io.Reader, stdout, stderr io.Writer) int {
	p := &program{env: env, stdin: stdin, stdout: stdout, stderr: stderr}
	ctx = event.From(ctx, event.Origin{Actor: event.Operator}) // serve says otherwise
	exited := false
	parser, err := kong.New(&commandLine{},
		kong.Name("gatehouse"),
		kong.Description("Gatehouse signs people in to your web apps: one program, your own MySQL or SQLite users table, a cookie that really ends at logout."),
		kong.Vars{"version": "gatehouse " + Version},
		kong.Writers(stdout, stderr),
		kong.Exit(func(int) { exited = true }),
		kong.Help(help),
		kong.PostBuild(func(k *kong.Kong) error { k.Model.HelpFlag.Help = "Show this."; return nil }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		config.Environment(env),
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.Bind(p),
	)
	if err != nil {
		return p.report(err)
	}
	selected, err := parser.Parse(withNumbers(args))
	if exited { // --help was shown
		return exitOK
	}
	if err != nil {
		return p.usage(err)
	}
	return p.report(selected.Run())
}

// report tells a person what went wrong and turns it into an exit code.
func (p *program) report(err error) int {
	var problems config.Problems
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &problems):
		_, _ = fmt.Fprintln(p.stderr, "gatehouse: some settings are not right:")
		for _, problem := range problems {
			_, _ = fmt.Fprintf(p.stderr, "  --%s: %s\n", problem.Setting, problem.Message)
		}
		return exitUsage
	default:
		_, _ = fmt.Fprintf(p.stderr, "gatehouse: %v\n", err)
		return exitFailure
	}
}

type versionCommand struct{}

func (versionCommand) Run(p *program) error {
	_, err := fmt.Fprintln(p.stdout, "gatehouse", Version)
	return err
}
