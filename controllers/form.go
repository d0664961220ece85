package controllers

import (
	"bytes"
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/gin-gonic/gin"

	"gatehouse/models/account"
)

// form is a body of either kind, by the exact names of its fields. What a handler reads wrongly typed is
// collected and told at once by check.
type form struct {
	values   map[string]json.RawMessage // of JSON
	texts    map[string]string          // of an HTML form
	problems map[string]string
}

// readForm decodes the body: JSON or an HTML form. An empty body of any type is an empty form. Errors:
// errMediaType, malformed. Repeated names are malformed, because two programs that look at one request must
// not see two different values in it (ASVS 15.3.7).
func readForm(c *gin.Context) (*form, error) {
	body, err := io.ReadAll(c.Request.Body)
	if err != nil {
		return nil, malformed("the body ended early")
	}
	f := &form{problems: map[string]string{}}
	if len(body) == 0 {
		return f, nil
	}
	kind, err := mediaType(c.Request.Header)
	if err != nil {
		return nil, err
	}
	switch kind {
	case "application/json":
		f.values, err = parseObject(body)
	case "application/x-www-form-urlencoded":
		of(c).jsonForm = bytes.HasPrefix(bytes.TrimSpace(body), []byte("{"))
		f.texts, err = parsePairs(string(body))
	default:
		return nil, errMediaType
	}
	return f, err
}

// mediaType returns the type of a body in UTF-8 that is not compressed.
func mediaType(h http.Header) (string, error) {
	if len(h["Content-Type"]) != 1 || len(h["Content-Encoding"]) > 0 {
		return "", errMediaType
	}
	kind, params, err := mime.ParseMediaType(h.Get("Content-Type"))
	if charset := params["charset"]; err != nil || (charset != "" && !strings.EqualFold(charset, "utf-8")) {
		return "", errMediaType
	}
	return kind, nil
}

// parseObject reads one JSON object. Unlike json.Unmarshal it minds the case of names, refuses repeated ones,
// and refuses what is not UTF-8 instead of replacing it (RFC 8259, 4 and 8.1).
func parseObject(body []byte) (map[string]json.RawMessage, error) {
	if !utf8.Valid(body) {
		return nil, malformed("the JSON is not UTF-8")
	}
	dec := json.NewDecoder(bytes.NewReader(body))
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return nil, malformed("the body is no JSON object")
	}
	values := map[string]json.RawMessage{}
	for dec.More() {
		t, err := dec.Token()
		if err != nil {
			return nil, errNotJSON
		}
		name, _ := t.(string)
		if _, twice := values[name]; twice {
			return nil, errTwice
		}
		var value json.RawMessage
		if dec.Decode(&value) != nil {
			return nil, errNotJSON
		}
		values[name] = value
	}
	if _, err := dec.Token(); err != nil {
		return nil, errNotJSON
	}
	if _, err := dec.Token(); err != io.EOF { //nolint:errorlint // io.EOF is never wrapped here
		return nil, malformed("something follows the JSON object")
	}
	return values, nil
}

var (
	errNotJSON = malformed("the JSON is broken")
	errTwice   = malformed("a field is there twice")
)

func parsePairs(body string) (map[string]string, error) {
	parsed, err := url.ParseQuery(body)
	if err != nil {
		return nil, malformed("the form is not encoded right")
	}
	texts := make(map[string]string, len(parsed))
	for name, values := range parsed {
		if len(values) > 1 {
			return nil, errTwice
		}
		texts[name] = values[0]
	}
	return texts, nil
}

// lookup returns a field's text and whether it is there; null counts as not there.
func (f *form) lookup(name string) (string, bool) {
	if s, ok := f.texts[name]; ok {
		return s, true
	}
	raw, ok := f.values[name]
	if !ok || string(raw) == "null" {
		return "", false
	}
	var s string
	if json.Unmarshal(raw, &s) != nil || halfPair(raw) {
		f.problems[name] = "must be text"
		return "", false
	}
	return s, true
}

// halfPair tells whether a JSON string escapes half of a surrogate pair. Decoding would put the same replacement
// character for each, and so make one password of two.
func halfPair(raw json.RawMessage) bool {
	for i := 0; i+1 < len(raw); i++ {
		if raw[i] != '\\' {
			continue
		}
		i++
		if raw[i] != 'u' {
			continue
		}
		first := escaped(raw[i-1:])
		if !utf16.IsSurrogate(first) {
			continue
		}
		if utf16.DecodeRune(first, escaped(raw[i+5:])) == utf8.RuneError {
			return true
		}
		i += 6 // the second half is no beginning
	}
	return false
}

// escaped returns the code of the JSON escape \u and four hex digits that text begins with, or -1.
func escaped(text []byte) rune {
	if len(text) < 6 || text[0] != '\\' || text[1] != 'u' {
		return -1
	}
	n, err := strconv.ParseUint(string(text[2:6]), 16, 16)
	if err != nil {
		return -1
	}
	return rune(n)
}

// text returns a field that must be text; "" if it is missing.
func (f *form) text(name string) string {
	s, _ := f.lookup(name)
	return s
}

// typed returns the texts of fields as a page can show them again.
func (f *form) typed(names ...string) map[string]string {
	texts := map[string]string{}
	for _, name := range names {
		texts[name] = strings.ToValidUTF8(f.text(name), "\ufffd")
	}
	return texts
}

// optional returns a field that may be left out; an empty text counts as left out.
func (f *form) optional(name string) *string {
	if s, ok := f.lookup(name); ok && s != "" {
		return &s
	}
	return nil
}

// change returns what is to become of a field: nothing if it is not there, and no value for null and "".
func (f *form) change(name string) account.Change {
	_, inJSON := f.values[name]
	_, inForm := f.texts[name]
	return account.Change{Set: inJSON || inForm, Value: f.optional(name)}
}

// flag returns a yes or no: a JSON boolean, or the texts that forms and old programs send for one.
func (f *form) flag(name string) bool {
	if raw := string(f.values[name]); raw == "true" || raw == "false" {
		return raw == "true"
	}
	text, _ := f.lookup(name)
	switch {
	case f.problems[name] != "":
	case text == "true" || text == "1" || text == "on" || text == "yes":
		return true
	case text == "" || text == "false" || text == "0" || text == "off" || text == "no":
		return false
	}
	f.problems[name] = "must be true or false"
	return false
}

// require is check, for a form whose one field must not be missing.
func (f *form) require(name, value string) error {
	if err := f.check(); err != nil || value != "" {
		return err
	}
	return &account.InvalidError{Fields: map[string]string{name: "is required"}}
}

// refuseJSONAsForm is for routes that need no field. There, JSON that was sent as a form would be passed over, and answered with
// success.
func refuseJSONAsForm(c *gin.Context) error {
	if of(c).jsonForm {
		return malformed("it is JSON, sent as a form")
	}
	return nil
}

// check returns everything that was wrongly typed among the fields read so far.
func (f *form) check() error {
	if len(f.problems) == 0 {
		return nil
	}
	return &account.InvalidError{Fields: f.problems}
}
