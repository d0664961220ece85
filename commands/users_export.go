package commands

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"gatehouse/config"
	"gatehouse/models/account"
	"gatehouse/models/event"
	"gatehouse/models/transfer"
)

type exportUsersCommand struct {
	config.Settings
	File   string `arg:"" name:"file" help:"The file to write; it must not exist. - writes to the standard output."`
	Format string `help:"How to write it: json, one object a line, or csv. Without it the file's name tells, and it is json."`
	JSON   bool   `name:"json" help:"Tell what was done as one JSON object, on the standard error too."`
}

// Validate is called by kong before anything is written.
func (k *exportUsersCommand) Validate() error {
	return oneOf("--format", k.Format, "json", "csv")
}

func (k *exportUsersCommand) Run(ctx context.Context, p *program) error {
	return inOffice(ctx, p, k.Settings, func(o office) error {
		if _, err := marksToRead(ctx, o.cfg, o.conn); err != nil {
			return err // hashes that adopt made would be missing
		}
		if _, err := os.Lstat(k.File); err == nil && k.File != "-" {
			return errExists(k.File)
		}
		if err := event.In(o.conn).Add(ctx, event.UsersExported, 0, "", o.now); err != nil {
			return err
		}
		run := &exportRun{program: p, accounts: o.accounts, format: cmp.Or(transfer.Format(k.Format), transfer.FormatOf(k.File), transfer.JSON), users: -1}
		if k.File == "-" && isTerminal(p.stdout) {
			run.users = 0 // no bar among what is shown there
		}
		var err error
		if k.File == "-" {
			err = run.write(ctx, p.stdout)
		} else {
			err = writeNewFile(k.File, func(f *os.File) error { return run.write(ctx, f) })
		}
		switch {
		case errors.Is(err, os.ErrExist):
			return errExists(k.File)
		case errors.Is(err, context.Canceled):
			return errors.New("interrupted; nothing was exported")
		case err != nil:
			return err
		}
		return run.end(k.File, k.JSON)
	})
}

// exportRun is one export under way.
type exportRun struct {
	*program
	accounts *account.Accounts
	format   transfer.Format
	users    int64 // how many, as far as the bar is to know
	told     int
	sum      exportSummary
}

// exportSummary counts the users in a file.
type exportSummary struct {
	Exported   int `json:"exported"`
	NoPassword int `json:"noPassword"`
	NoHash     int `json:"noHash"`
	Refused    int `json:"refused"`
}

func (r *exportRun) write(ctx context.Context, out io.Writer) error {
	w, err := transfer.NewWriter(out, r.format)
	if err != nil {
		return err
	}
	bar := newProgress(r.program, "Exporting", r.users)
	defer bar.done()
	err = r.accounts.Export(ctx, func(e account.Exported) error {
		r.sum.Exported++
		r.sum.NoHash += one(e.Plain)
		r.sum.NoPassword += one(e.Password == "" && !e.Plain)
		if e.Problem != "" {
			r.sum.Refused++
			if r.told++; r.told <= maxTold {
				bar.print(fmt.Sprintf("user %d: %s", e.ID, e.Problem))
			}
		}
		bar.add(1)
		return w.Write(e.Person)
	})
	return cmp.Or(err, w.Flush())
}

// end tells what was done, on the standard error, because the other may be the file.
func (r *exportRun) end(file string, asJSON bool) error {
	if asJSON {
		text, err := json.Marshal(r.sum)
		_, _ = fmt.Fprintf(r.stderr, "%s\n", text)
		return err
	}
	if more := r.told - maxTold; more > 0 {
		_, _ = fmt.Fprintf(r.stderr, "and %d more %s\n", more, plural(more, "user", "users"))
	}
	note := func(n int, sentence string) {
		if n > 0 {
			_, _ = fmt.Fprintf(r.stderr, "%s: %d\n", sentence, n)
		}
	}
	_, _ = fmt.Fprintf(r.stderr, "Exported %s", counted(r.sum.Exported, "user", "users"))
	if file != "-" {
		_, _ = fmt.Fprintf(r.stderr, " to %s", file)
	}
	_, _ = fmt.Fprintln(r.stderr, ". Keep the file as safe as the database: it holds the hashes of passwords.")
	note(r.sum.NoHash, "Without their password, which is not a hash that Gatehouse knows and stays in the database")
	note(r.sum.NoPassword, "Without a password, because they have none")
	note(r.sum.Refused, "An import would refuse them as they are (see above)")
	return nil
}
