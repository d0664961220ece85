package commands

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	"gatehouse/config"
	"gatehouse/migrations"
	"gatehouse/models/account"
	"gatehouse/models/transfer"
)

type importUsersCommand struct {
	config.Settings
	printing
	File      string            `arg:"" name:"file" help:"The file to read; - reads the standard input."`
	Format    string            `help:"How the file is written, json or csv, where its name and its first byte do not tell."`
	Map       map[string]string `mapsep:"," placeholder:"OURS=THEIRS,..." help:"Fields that are called otherwise in the file, such as email=mail,password=passwd."`
	Plaintext bool              `help:"Hash passwords that are plain text. Without it such lines are refused."`
	Admins    bool              `help:"Make users whose role is admin admins of Gatehouse too."`
	DryRun    bool              `name:"dry-run" help:"Change nothing; tell what would be done."`
}

// Validate is called by kong before anything is read.
func (k *importUsersCommand) Validate() error {
	if problem := transfer.CheckMap(k.Map); problem != "" {
		return errors.New("--map: " + problem)
	}
	return oneOf("--format", k.Format, "json", "csv")
}

const (
	batchRows      = 200     // in one transaction, which other writers of the embedded database wait for
	batchPasswords = 32      // where each takes long to hash, and would be hashed again after a crash
	batchBytes     = 4 << 20 // of the file
	maxTold        = 100     // lines that are told in full
)

func (k *importUsersCommand) Run(ctx context.Context, p *program) error {
	in, size, err := openInput(ctx, p, k.File)
	if err != nil {
		return err
	}
	defer in.Close()
	now := time.Now()
	reader, err := transfer.NewReader(in, transfer.Options{Format: cmp.Or(transfer.Format(k.Format), transfer.FormatOf(k.File)), Map: k.Map, Now: now})
	if err != nil {
		return err
	}
	k.HashQueue = "1m" // nobody waits for an answer
	return inOffice(ctx, p, k.Settings, func(o office) error {
		report, err := migrations.Preflight(ctx, o.conn)
		if err != nil {
			return err
		}
		options := account.ImportOptions{Plaintext: k.Plaintext, Admins: k.Admins, DryRun: k.DryRun, MaxID: report.MaxID, Now: now}
		act, err := o.accounts.StartImport(ctx, options)
		if err != nil {
			return err
		}
		run := &importRun{
			reader: reader, act: act, bar: newByteProgress(p, "Importing", size), rows: batchRows,
			sum: importSummary{DryRun: k.DryRun},
		}
		if k.Plaintext {
			run.rows = batchPasswords
		}
		err = run.all(ctx)
		run.bar.done()
		return run.end(p, k.JSON, err)
	})
}

// openInput opens a file, or the standard input for -, and tells its size, -1 where nobody knows. Reading it ends with ctx.
func openInput(ctx context.Context, p *program, name string) (io.ReadCloser, int64, error) {
	if name == "-" {
		if p.stdin == nil {
			return nil, 0, errors.New("there is no standard input")
		}
		return io.NopCloser(&interruptible{ctx: ctx, r: p.stdin}), -1, nil
	}
	file, err := os.Open(name)
	if err != nil {
		return nil, 0, err
	}
	size := int64(-1)
	switch info, err := file.Stat(); {
	case err != nil:
	case info.IsDir():
		return nil, 0, errors.Join(fmt.Errorf("%s is a folder, not a file", name), file.Close())
	case info.Mode().IsRegular():
		size = info.Size()
	}
	return struct {
		io.Reader
		io.Closer
	}{&interruptible{ctx: ctx, r: file}, file}, size, nil
}

// interruptible is a reader that waits no longer than ctx for a terminal or a pipe.
type interruptible struct {
	ctx    context.Context
	r      io.Reader
	buffer []byte
}

func (i *interruptible) Read(b []byte) (int, error) {
	if i.buffer == nil {
		i.buffer = make([]byte, 64<<10)
	}
	part := i.buffer[:min(len(b), len(i.buffer))] // its own, because a read that nobody waits for goes on
	text, err := unlessInterrupted(i.ctx, func() (string, error) {
		n, err := i.r.Read(part)
		return string(part[:n]), err
	})
	return copy(b, text), err
}

// importRun is one import under way.
type importRun struct {
	reader *transfer.Reader
	act    *account.Import
	bar    *progress
	rows   int

	batch []transfer.Person
	bad   []transfer.RecordError // between them
	shown int64                  // bytes of the file that the bar knows of
	told  int                    // lines
	sum   importSummary
}

// all reads the file to its end and brings in what it holds.
func (r *importRun) all(ctx context.Context) error {
	for {
		p, err := r.reader.Next()
		var bad *transfer.RecordError
		switch {
		case errors.Is(err, io.EOF):
			return r.flush(ctx)
		case errors.As(err, &bad):
			r.sum.Read++
			r.sum.Bad++
			r.bad = append(r.bad, *bad)
		case errors.Is(err, errInterrupted):
			r.tellBad(nil)
			return err
		case err != nil:
			return errors.Join(r.flush(ctx), err)
		default:
			r.sum.Read++
			r.batch = append(r.batch, p)
		}
		if len(r.batch)+len(r.bad) < r.rows && r.reader.Offset()-r.shown < batchBytes {
			continue
		}
		if err := r.flush(ctx); err != nil {
			return err
		}
	}
}

// flush brings in what has been read.
func (r *importRun) flush(ctx context.Context) error {
	outcomes, err := r.act.Take(ctx, r.batch)
	for _, o := range outcomes {
		r.sum.count(o)
	}
	r.tellBad(outcomes)
	r.batch = r.batch[:0]
	r.bar.add(r.reader.Offset() - r.shown)
	r.shown = r.reader.Offset()
	return err
}

// tellBad tells the bad lines in the order of the file, though some are found when they are read and others when they are
// to go in.
func (r *importRun) tellBad(outcomes []account.Outcome) {
	for _, o := range outcomes {
		if o.Reason != "" {
			r.bad = append(r.bad, transfer.RecordError{Line: o.Line, Reason: o.Reason})
		}
	}
	slices.SortStableFunc(r.bad, func(a, b transfer.RecordError) int { return cmp.Compare(a.Line, b.Line) })
	for _, bad := range r.bad {
		r.tell(bad.Line, bad.Reason)
	}
	r.bad = r.bad[:0]
}

// tell says what is wrong with a line. Nothing of the line itself is shown: a password may stand in the wrong place.
func (r *importRun) tell(line int, reason string) {
	if r.told++; r.told <= maxTold {
		r.bar.print(fmt.Sprintf("line %d: %s", line, reason))
	}
}

// end tells what was done, also where err broke it off.
func (r *importRun) end(p *program, asJSON bool, err error) error {
	if more := r.told - maxTold; more > 0 {
		_, _ = fmt.Fprintf(p.stderr, "and %d more %s\n", more, plural(more, "line", "lines"))
	}
	r.sum.Unused, r.sum.Missing = r.reader.Unused(), r.reader.Missing()
	if asJSON {
		err = cmp.Or(err, p.printJSON(r.sum))
	} else {
		r.sum.print(p)
	}
	switch {
	case errors.Is(err, context.Canceled), errors.Is(err, errInterrupted):
		return errors.New("interrupted; to go on, run it again: who is there already is left alone")
	case err != nil:
		return fmt.Errorf("the import broke off: %w; to go on, run it again: who is there already is left alone", err)
	case r.sum.Bad > 0:
		return fmt.Errorf("bad lines were left out: %d", r.sum.Bad)
	}
	return nil
}
