package commands

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
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
	if info, err := file.Stat(); err == nil && info.Mode().IsRegular() {
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
	shown int64 // bytes of the file that the bar knows of
	told  int   // lines
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
			r.tell(bad.Line, bad.Reason)
			continue
		case errors.Is(err, errInterrupted):
			return err
		case err != nil:
			return errors.Join(r.flush(ctx), err)
		}
		r.sum.Read++
		r.batch = append(r.batch, p)
		if len(r.batch) < r.rows && r.reader.Offset()-r.shown < batchBytes {
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
		if o.Reason != "" {
			r.tell(o.Line, o.Reason)
		}
	}
	r.batch = r.batch[:0]
	r.bar.add(r.reader.Offset() - r.shown)
	r.shown = r.reader.Offset()
	return err
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

// importSummary counts what became of the users in a file.
type importSummary struct {
	DryRun     bool     `json:"dryRun"`
	Read       int      `json:"read"`
	Added      int      `json:"added"` // or would be
	Present    int      `json:"present"`
	Twice      int      `json:"twice"`
	Bad        int      `json:"bad"`
	Hashed     int      `json:"hashed"`
	NoPassword int      `json:"noPassword"`
	AdminRole  int      `json:"adminRole"`
	Admins     int      `json:"admins"`
	NewID      int      `json:"newIds"`
	OtherID    int      `json:"otherIds"`
	Unused     []string `json:"unusedFields"`
	Missing    []string `json:"missingFields"`
}

func (s *importSummary) count(o account.Outcome) {
	switch o.Fate {
	case account.Present:
		s.Present++
		s.OtherID += one(o.OtherID)
	case account.Twice:
		s.Twice++
	case account.Refused:
		s.Bad++
	case account.Added:
		s.Added++
		s.Hashed += one(o.Hashed)
		s.NoPassword += one(o.NoPassword)
		s.AdminRole += one(o.AdminRole)
		s.Admins += one(o.Admin)
		s.NewID += one(o.NewID)
	}
}

func one(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

func (s *importSummary) print(p *program) {
	t := p.table()
	t.row("read", fmt.Sprint(s.Read))
	t.row(s.word("added", "would add"), fmt.Sprint(s.Added))
	t.row("already there", fmt.Sprint(s.Present))
	if s.Twice > 0 {
		t.row("twice in the file", fmt.Sprint(s.Twice))
	}
	t.row("bad", fmt.Sprint(s.Bad))
	_ = t.Flush()
	note := func(n int, sentence string) {
		if n > 0 {
			p.say("%s: %d", sentence, n)
		}
	}
	note(s.Hashed, s.word("Passwords that were plain text and were hashed", "Passwords that are plain text and would be hashed"))
	note(s.NoPassword, "Without a password, so that they cannot sign in until one is set")
	note(s.Admins, s.word("Made admins of Gatehouse", "Would become admins of Gatehouse"))
	note(s.AdminRole-s.Admins, "With the role admin, but not admins of Gatehouse (see --admins, and `gatehouse users role`)")
	note(s.NewID, s.word("With an id that is no number; they got new ones", "With an id that is no number; they would get new ones"))
	note(s.OtherID, "Already there, but with another id than in the file")
	if len(s.Unused) > 0 {
		p.say("Fields not used: %s", printable(strings.Join(s.Unused, ", ")))
	}
	if len(s.Missing) > 0 {
		p.say("Fields of --map that no line has: %s", printable(strings.Join(s.Missing, ", ")))
	}
}

// word is what was done, or what would be.
func (s *importSummary) word(done, would string) string {
	if s.DryRun {
		return would
	}
	return done
}
