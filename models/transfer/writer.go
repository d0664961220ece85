package transfer

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"time"
)

// Writer writes persons so that a Reader finds them as they were. What is nil is written as null, in CSV as nothing.
type Writer struct {
	out   *bufio.Writer
	table *csv.Writer // nil for JSON
}

// NewWriter begins a file. Call Flush at the end.
func NewWriter(w io.Writer, format Format) (*Writer, error) {
	out := bufio.NewWriterSize(w, 64<<10)
	if format != CSV {
		return &Writer{out: out}, nil
	}
	table := csv.NewWriter(out)
	if err := table.Write(fields); err != nil {
		return nil, fmt.Errorf("write: %w", err)
	}
	return &Writer{out: out, table: table}, nil
}

// line has the fields in their order.
type line struct {
	ID        int64   `json:"id"`
	Email     string  `json:"email"`
	Password  *string `json:"password"`
	Name      *string `json:"name"`
	Gender    *string `json:"gender"`
	Role      *string `json:"role"`
	State     *int64  `json:"state"`
	LastLogin any     `json:"lastLogin"`
	Created   any     `json:"created"`
	Verified  any     `json:"emailVerified"`
	Admin     *bool   `json:"admin"`
}

// Write writes one person.
func (w *Writer) Write(p Person) error {
	verified := moment(p.Verified)
	if p.Verified != nil && *p.Verified == 0 {
		verified = 0 // waits, which is no time
	}
	l := line{
		ID: p.ID, Email: p.Email, Name: p.Name, Gender: p.Gender, Role: p.Role, State: p.State,
		LastLogin: moment(p.LastLogin), Created: moment(p.Created), Verified: verified, Admin: p.Admin,
	}
	if p.Password != "" {
		l.Password = &p.Password
	}
	var err error
	if w.table != nil {
		err = w.table.Write(l.cells())
	} else {
		encoder := json.NewEncoder(w.out)
		encoder.SetEscapeHTML(false)
		err = encoder.Encode(l) //nolint:gosec // a hash, for whoever moves users
	}
	if err != nil {
		return fmt.Errorf("write: %w", err)
	}
	return nil
}

// Flush writes what is not written yet.
func (w *Writer) Flush() error {
	if w.table != nil {
		w.table.Flush()
		if err := w.table.Error(); err != nil {
			return fmt.Errorf("write: %w", err)
		}
	}
	if err := w.out.Flush(); err != nil {
		return fmt.Errorf("write: %w", err)
	}
	return nil
}

// moment is a time as RFC 3339 writes it, or a number where it cannot; nil for none.
func moment(ms *int64) any {
	switch {
	case ms == nil:
		return nil
	case written(*ms):
		return time.UnixMilli(*ms).UTC().Format(time.RFC3339Nano)
	default:
		return *ms
	}
}

func (l line) cells() []string {
	return []string{
		strconv.FormatInt(l.ID, 10), l.Email, cell(l.Password), cell(l.Name), cell(l.Gender), cell(l.Role),
		cell(l.State), told(l.LastLogin), told(l.Created), told(l.Verified), cell(l.Admin),
	}
}

// cell is what a CSV file has for a value that may be nil.
func cell[T any](v *T) string {
	if v == nil {
		return ""
	}
	return told(*v)
}

func told(v any) string {
	if v == nil {
		return ""
	}
	return fmt.Sprint(v)
}
