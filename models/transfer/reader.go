package transfer

import (
	"cmp"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Options say how to read a file.
type Options struct {
	Format Format            // "" is to look at the first byte
	Map    map[string]string // our fields to those of the file that are called otherwise; see CheckMap
	Now    time.Time         // what counts as the time of sign-up where the file knows none
}

// Reader reads persons one after the other, and holds one record in memory at a time.
type Reader struct {
	s       *source
	options Options
	next    func() (record, error)
	values  func(text []byte) (map[string]value, []string, string)

	sources map[string]string // the fields of the file to ours
	found   map[string]bool   // fields of the file that we use and that were there
	unused  []string
	known   map[string]bool // what is in unused
}

// maxUnused bounds lists of a file's fields, and the length of a name in one.
const maxUnused = 50

// NewReader looks at the beginning of a file. Its errors are about the file as a whole, in a sentence for a person.
func NewReader(r io.Reader, o Options) (*Reader, error) {
	s, err := newSource(r)
	if err != nil {
		return nil, err
	}
	reader := &Reader{s: s, options: o, sources: map[string]string{}, found: map[string]bool{}, known: map[string]bool{}}
	for _, ours := range fields {
		reader.sources[reader.theirs(ours)] = ours
	}
	open := reader.openJSON
	if cmp.Or(o.Format, s.guess()) == CSV {
		open = reader.openCSV
	}
	if err := open(); err != nil {
		return nil, err
	}
	return reader, nil
}

// guess tells the format by the first byte that is no space.
func (s *source) guess() Format {
	first, err := s.skipSpace()
	if err == nil && first != '{' && first != '[' {
		return CSV
	}
	return JSON
}

func (r *Reader) openJSON() error {
	records, err := newJSONRecords(r.s)
	if err != nil {
		return err
	}
	r.next, r.values = records.next, parseObject
	return nil
}

func (r *Reader) openCSV() error {
	records, err := newCSVRecords(r.s)
	if err != nil {
		return err
	}
	if theirs := r.theirs(fieldEmail); !slices.Contains(records.names, theirs) {
		return errors.New("the first line names no column " + strconv.Quote(theirs) + "; it must name the columns, and --map email=COLUMN says which holds the e-mail address")
	}
	r.next, r.values = records.next, records.values
	return nil
}

// theirs is what the file calls a field of ours.
func (r *Reader) theirs(ours string) string { return cmp.Or(r.options.Map[ours], ours) }

// Next returns the next person; io.EOF after the last one. After a *RecordError the next can be read; any other error ends
// the reading.
func (r *Reader) Next() (Person, error) {
	rec, err := r.next()
	if err != nil {
		return Person{}, err
	}
	if rec.long {
		return Person{}, &RecordError{rec.line, "it is longer than 1 MiB"}
	}
	theirs, names, problem := r.values(rec.text)
	if problem != "" {
		return Person{}, &RecordError{rec.line, problem}
	}
	r.note(names)
	f := form{values: r.ours(theirs), now: r.options.Now}
	p := f.person()
	p.Line = rec.line
	if len(f.problems) > 0 {
		return Person{}, &RecordError{rec.line, strings.Join(f.problems, "; ")}
	}
	return p, nil
}

// ours gives the fields our names.
func (r *Reader) ours(theirs map[string]value) map[string]value {
	ours := make(map[string]value, len(fields))
	for _, field := range fields {
		ours[field] = theirs[r.theirs(field)]
	}
	return ours
}

func (r *Reader) note(names []string) {
	for _, name := range names {
		if _, used := r.sources[name]; used {
			r.found[name] = true
			continue
		}
		if !r.known[name] && len(r.unused) < maxUnused {
			r.known[name] = true
			r.unused = append(r.unused, name[:min(len(name), maxUnused)])
		}
	}
}

// Offset is how many bytes have been read.
func (r *Reader) Offset() int64 { return r.s.offset }

// Unused are the fields that were of no use so far, in the order in which they came; the first few, if they are many.
func (r *Reader) Unused() []string { return slices.Clone(r.unused) }

// Missing are the fields of Options.Map that no record has had so far.
func (r *Reader) Missing() []string {
	var missing []string
	for _, theirs := range r.options.Map {
		if !r.found[theirs] && !slices.Contains(missing, theirs) {
			missing = append(missing, theirs)
		}
	}
	slices.Sort(missing)
	return missing
}
