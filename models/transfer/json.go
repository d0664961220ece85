package transfer

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"unicode/utf8"
)

// jsonRecords splits a file into the texts of its objects. They stand one a line, so that a broken one spoils no other;
// or in one array; or, where the first line is a brace alone, each over several lines.
type jsonRecords struct {
	s      *source
	lines  bool
	array  bool
	begun  bool // something of the array was read
	ended  bool // what may follow is nothing
	buffer []byte
}

func newJSONRecords(s *source) (*jsonRecords, error) {
	first, err := s.skipSpace()
	if errors.Is(err, io.EOF) {
		return nil, errNothing
	}
	if err != nil {
		return nil, err
	}
	j := &jsonRecords{s: s, array: first == '['}
	if j.array {
		_, err = s.next()
		return j, err
	}
	ahead, _ := s.r.Peek(len("{\r\n"))
	j.lines = !bytes.HasPrefix(ahead, []byte("{\n")) && !bytes.HasPrefix(ahead, []byte("{\r\n"))
	return j, nil
}

// next returns the text of the next object; io.EOF after the last one. Where the file's own form is broken, what is wrong
// is a *RecordError, and the end comes next.
func (j *jsonRecords) next() (record, error) {
	if j.ended {
		return record{}, io.EOF
	}
	first, err := j.s.skipSpace()
	if errors.Is(err, io.EOF) && j.array {
		return j.broken("the file ends before the array does")
	}
	if err != nil {
		return record{}, err
	}
	if j.lines {
		return j.keep(j.s.readLine(j.buffer))
	}
	if j.array {
		if first, err = j.separated(first); err != nil {
			return record{}, err
		}
	}
	if first != '{' {
		return j.broken("there is no JSON object where one should begin; nothing after this was read")
	}
	return j.keep(j.s.readObject(j.buffer))
}

// separated reads the comma before an object of the array, or the array's end, and returns what comes next.
func (j *jsonRecords) separated(first byte) (byte, error) {
	if first == ',' && j.begun {
		_, _ = j.s.next() // it has been seen
		first, err := j.s.skipSpace()
		if errors.Is(err, io.EOF) {
			_, err = j.broken("the file ends before the array does")
		}
		return first, err
	}
	if first == ']' {
		_, _ = j.s.next()
		j.ended = true
		_, err := j.s.skipSpace()
		if err == nil {
			_, err = j.broken("something follows the array")
		}
		return 0, err
	}
	if j.begun {
		_, err := j.broken("there is no comma between two objects; nothing after this was read")
		return 0, err
	}
	return first, nil
}

func (j *jsonRecords) keep(rec record, err error) (record, error) {
	j.begun, j.ended = true, err != nil
	j.buffer = rec.text
	return rec, err
}

func (j *jsonRecords) broken(reason string) (record, error) {
	j.ended = true
	return record{}, &RecordError{j.s.line, reason}
}

// readObject reads from a brace to the one that closes it.
func (s *source) readObject(buffer []byte) (record, error) {
	rec := record{text: buffer[:0], line: s.line}
	depth, inText, escaped := 0, false, false
	for {
		b, err := s.next()
		if errors.Is(err, io.EOF) {
			return record{}, &RecordError{rec.line, "the file ends within this object"}
		}
		if err != nil {
			return record{}, err
		}
		rec.add(b)
		switch {
		case escaped:
			escaped = false
		case inText:
			escaped, inText = b == '\\', b != '"'
		case b == '"':
			inText = true
		case b == '{' || b == '[':
			depth++
		case b == '}' || b == ']':
			if depth--; depth == 0 {
				return rec, nil
			}
		}
	}
}

// parseObject reads one JSON object. Unlike json.Unmarshal it minds the case of names, refuses repeated ones, and refuses
// what is not UTF-8 instead of replacing it (RFC 8259, 4 and 8.1).
func parseObject(text []byte) (values map[string]value, names []string, problem string) {
	if !utf8.Valid(text) {
		return nil, nil, "it is not UTF-8"
	}
	dec := json.NewDecoder(bytes.NewReader(text))
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return nil, nil, "it is no JSON object"
	}
	values = map[string]value{}
	for dec.More() {
		t, err := dec.Token()
		name, isText := t.(string)
		if err != nil || !isText {
			return nil, nil, "the JSON is broken"
		}
		if _, twice := values[name]; twice {
			return nil, nil, "a field is there twice"
		}
		var raw json.RawMessage
		if dec.Decode(&raw) != nil {
			return nil, nil, "the JSON is broken"
		}
		if values[name] = jsonValue(raw); values[name].kind == isBroken {
			return nil, nil, "a text has half of a character (a lone surrogate)"
		}
		names = append(names, name)
	}
	if _, err := dec.Token(); err != nil {
		return nil, nil, "the JSON is broken"
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, nil, "something follows the JSON object"
	}
	return values, names, ""
}

// jsonValue reads a value that is known to be JSON.
func jsonValue(raw json.RawMessage) value {
	switch raw[0] {
	case 'n':
		return value{kind: isNull}
	case 't', 'f':
		return value{isTruth, string(raw)}
	case '"':
		return jsonText(raw)
	case '{':
		return mongoValue(raw)
	case '[':
		return value{kind: isOther}
	default:
		return value{isNumber, string(raw)}
	}
}

// jsonText refuses half of a surrogate pair, which package json would replace: a password must not change in silence.
func jsonText(raw json.RawMessage) value {
	var text string
	if json.Unmarshal(raw, &text) != nil {
		return value{kind: isOther}
	}
	if strings.ContainsRune(text, utf8.RuneError) && strings.Count(text, "\ufffd") != replacements(raw) {
		return value{kind: isBroken}
	}
	return value{isText, text}
}

// replacements counts the replacement characters that somebody really wrote.
func replacements(raw json.RawMessage) int {
	text := bytes.ReplaceAll(raw, []byte(`\\`), nil)
	return bytes.Count(text, []byte("\ufffd")) + bytes.Count(bytes.ToLower(text), []byte(`\ufffd`))
}

// mongoValue reads what MongoDB's extended JSON writes for values that JSON has no form for. Anything else in braces is a
// value that no field of ours takes.
func mongoValue(raw json.RawMessage) value {
	var wrapped map[string]json.RawMessage
	if json.Unmarshal(raw, &wrapped) != nil || len(wrapped) != 1 {
		return value{kind: isOther}
	}
	for name, inner := range wrapped {
		v := value{kind: isOther}
		if inner[0] != '{' || name == "$date" { // one level is all that there is
			v = jsonValue(inner)
		}
		switch {
		case name == "$oid", name == "$uuid", name == "$binary":
			return value{kind: isOtherID}
		case name == "$date" && (v.kind == isText || v.kind == isNumber):
			return value{isDate, v.text}
		case (name == "$numberInt" || name == "$numberLong" || name == "$numberDouble") && v.kind == isText:
			return value{isNumber, v.text}
		}
	}
	return value{kind: isOther}
}
