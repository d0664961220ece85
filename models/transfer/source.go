package transfer

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
)

// source reads a file byte by byte and knows the line.
type source struct {
	r      *bufio.Reader
	line   int // of the next byte, from 1
	offset int64
}

// Files that are no text of ours; each sentence says what to do.
var (
	errGzip    = errors.New("the file is packed with gzip; unpack it first")
	errZip     = errors.New("the file is a ZIP archive; unpack it first")
	errUTF16   = errors.New("the file is UTF-16; save it as UTF-8")
	errNothing = errors.New("the file is empty")
)

// newSource looks at the first bytes, and skips the mark that some programs put before UTF-8.
func newSource(r io.Reader) (*source, error) {
	s := &source{r: bufio.NewReaderSize(r, 64<<10), line: 1}
	first, err := s.r.Peek(4)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("read: %w", err)
	}
	switch {
	case bytes.HasPrefix(first, []byte{0x1f, 0x8b}):
		return nil, errGzip
	case bytes.HasPrefix(first, []byte("PK\x03\x04")):
		return nil, errZip
	case bytes.HasPrefix(first, []byte{0xff, 0xfe}), bytes.HasPrefix(first, []byte{0xfe, 0xff}), bytes.IndexByte(first, 0) >= 0:
		return nil, errUTF16
	case bytes.HasPrefix(first, []byte("\ufeff")):
		_, _ = s.r.Discard(3) // they have just been seen
		s.offset = 3
	}
	return s, nil
}

// next returns the next byte.
func (s *source) next() (byte, error) {
	b, err := s.r.ReadByte()
	if err != nil {
		if !errors.Is(err, io.EOF) {
			err = fmt.Errorf("read: %w", err)
		}
		return 0, err
	}
	s.offset++
	if b == '\n' {
		s.line++
	}
	return b, nil
}

// peek returns the next byte and leaves it there.
func (s *source) peek() (byte, error) {
	b, err := s.r.Peek(1)
	if errors.Is(err, io.EOF) {
		return 0, io.EOF
	}
	if err != nil {
		return 0, fmt.Errorf("read: %w", err)
	}
	return b[0], nil
}

// skipSpace reads up to what is no space, and returns it without reading it.
func (s *source) skipSpace() (byte, error) {
	for {
		b, err := s.peek()
		if err != nil || !isSpace(b) {
			return b, err
		}
		_, _ = s.next() // it has just been seen
	}
}

func isSpace(b byte) bool { return b == ' ' || b == '\t' || b == '\r' || b == '\n' }

// record is the text of one record, and where it begins.
type record struct {
	text []byte
	line int
	long bool // more than maxRecord, and not all here
}

func (r *record) add(b byte) {
	if len(r.text) == maxRecord {
		r.long = true
		return
	}
	r.text = append(r.text, b)
}

// readLine reads one line, without its end; io.EOF after the last one.
func (s *source) readLine(buffer []byte) (record, error) {
	rec := record{text: buffer[:0], line: s.line}
	for {
		b, err := s.next()
		if errors.Is(err, io.EOF) && len(rec.text) > 0 {
			return rec, nil
		}
		if err != nil {
			return record{}, err
		}
		if b == '\n' {
			return rec, nil
		}
		rec.add(b)
	}
}
