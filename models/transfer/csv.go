package transfer

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

// csvRecords reads a table whose first line names the columns (RFC 4180). Records are split here and parsed by package
// csv one by one: so each knows its line, none is longer than maxRecord in memory, and a broken one spoils no other
// unless a quote swallows it.
type csvRecords struct {
	s      *source
	comma  byte
	names  []string
	buffer []byte
	reader *bufio.Reader
}

// null is what MySQL writes into CSV for NULL.
const null = `\N`

func newCSVRecords(s *source) (*csvRecords, error) {
	c := &csvRecords{s: s, reader: bufio.NewReader(nil)}
	if _, err := s.skipSpace(); err != nil {
		if errors.Is(err, io.EOF) {
			err = errNothing
		}
		return nil, err
	}
	head, err := s.readLine(nil)
	if err != nil {
		return nil, err
	}
	c.comma = commaOf(head.text)
	names, problem := c.parse(head.text)
	if head.long || problem != "" || !utf8.Valid(head.text) {
		return nil, fmt.Errorf("line %d: the names of the columns cannot be read; save the file as CSV in UTF-8", head.line)
	}
	seen := map[string]bool{}
	for i, name := range names {
		names[i] = strings.TrimSpace(name)
		if seen[names[i]] && names[i] != "" {
			return nil, fmt.Errorf("line %d: two columns have the same name (columns %d and %d)", head.line, slices.Index(names, names[i])+1, i+1)
		}
		seen[names[i]] = true
	}
	c.names = names
	return c, nil
}

// commaOf tells what separates the columns: programs of some countries write a semicolon, some a tab.
func commaOf(head []byte) byte {
	for _, comma := range []byte(",;\t") {
		if bytes.IndexByte(head, comma) >= 0 {
			return comma
		}
	}
	return ','
}

// next returns the text of the next record that is not empty; io.EOF after the last one.
func (c *csvRecords) next() (record, error) {
	for {
		rec, err := c.s.readRow(c.comma, c.buffer)
		c.buffer = rec.text
		if err != nil || rec.long || len(bytes.TrimSpace(rec.text)) > 0 {
			return rec, err
		}
	}
}

// Where in a row a byte stands.
const (
	beforeField = iota
	inPlain
	inQuotes
	afterQuotes // or between two quotes that stand for one
)

// readRow reads up to the end of a line outside of quotes. A quote opens only at the beginning of a field, as in package
// csv.
func (s *source) readRow(comma byte, buffer []byte) (record, error) {
	rec := record{text: buffer[:0], line: s.line}
	at := beforeField
	for {
		b, err := s.next()
		if errors.Is(err, io.EOF) && len(rec.text) > 0 {
			return rec, nil
		}
		if err != nil {
			return record{}, err
		}
		rec.add(b)
		switch {
		case at == inQuotes && b == '"':
			at = afterQuotes
		case at == inQuotes:
		case b == '\n':
			return rec, nil
		case b == comma:
			at = beforeField
		case b == '"' && at != inPlain:
			at = inQuotes
		default:
			at = inPlain
		}
	}
}

// parse takes one record apart.
func (c *csvRecords) parse(text []byte) (cells []string, problem string) {
	c.reader.Reset(bytes.NewReader(text))
	r := csv.NewReader(c.reader)
	r.Comma, r.FieldsPerRecord = rune(c.comma), -1
	cells, err := r.Read()
	var wrong *csv.ParseError
	switch {
	case errors.As(err, &wrong) && errors.Is(err, csv.ErrBareQuote):
		return nil, "a quote stands in the middle of a field that does not begin with one"
	case err != nil:
		return nil, "its quotes are broken, and lines after it may have been taken for a part of it"
	}
	return cells, ""
}

// values reads the fields of one record.
func (c *csvRecords) values(text []byte) (map[string]value, []string, string) {
	if !utf8.Valid(text) {
		return nil, nil, "it is not UTF-8"
	}
	cells, problem := c.parse(text)
	if problem != "" {
		return nil, nil, problem
	}
	if len(cells) != len(c.names) {
		return nil, nil, fmt.Sprintf("the first line names %d columns, and this one has %d", len(c.names), len(cells))
	}
	values := make(map[string]value, len(cells))
	for i, cell := range cells {
		v := value{isText, cell}
		if cell == "" || cell == null {
			v = value{kind: isNull}
		}
		values[c.names[i]] = v
	}
	return values, c.names, ""
}
