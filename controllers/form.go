package controllers

import (
	"bytes"
	"encoding/json"
	"io"
	"mime"
	"net/url"
	"strings"
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
// errMediaType, errMalformed. Repeated names are malformed, because two programs that look at one request must
// not see two different values in it (ASVS 15.3.7).
func readForm(c *gin.Context) (*form, error) {
	body, err := io.ReadAll(c.Request.Body)
	if err != nil {
		return nil, errMalformed
	}
	f := &form{problems: map[string]string{}}
	if len(body) == 0 {
		return f, nil
	}
	kind, params, err := mime.ParseMediaType(c.GetHeader("Content-Type"))
	if charset := params["charset"]; err != nil || (charset != "" && !strings.EqualFold(charset, "utf-8")) || c.GetHeader("Content-Encoding") != "" {
		return nil, errMediaType
	}
	switch kind {
	case "application/json":
		f.values, err = parseObject(body)
	case "application/x-www-form-urlencoded":
		f.texts, err = parsePairs(string(body))
	default:
		return nil, errMediaType
	}
	return f, err
}

// parseObject reads one JSON object. Unlike json.Unmarshal it minds the case of names, refuses repeated ones,
// and refuses what is not UTF-8 instead of replacing it (RFC 8259, 4 and 8.1).
func parseObject(body []byte) (map[string]json.RawMessage, error) {
	if !utf8.Valid(body) {
		return nil, errMalformed
	}
	dec := json.NewDecoder(bytes.NewReader(body))
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return nil, errMalformed
	}
	values := map[string]json.RawMessage{}
	for dec.More() {
		t, err := dec.Token()
		if err != nil {
			return nil, errMalformed
		}
		name, _ := t.(string)
		var value json.RawMessage
		if _, twice := values[name]; twice || dec.Decode(&value) != nil {
			return nil, errMalformed
		}
		values[name] = value
	}
	if _, err := dec.Token(); err != nil {
		return nil, errMalformed
	}
	if _, err := dec.Token(); err != io.EOF { //nolint:errorlint // io.EOF is never wrapped here
		return nil, errMalformed
	}
	return values, nil
}

func parsePairs(body string) (map[string]string, error) {
	parsed, err := url.ParseQuery(body)
	if err != nil {
		return nil, errMalformed
	}
	texts := make(map[string]string, len(parsed))
	for name, values := range parsed {
		if len(values) > 1 {
			return nil, errMalformed
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
	if json.Unmarshal(raw, &s) != nil || mangled(raw, s) {
		f.problems[name] = "must be text"
		return "", false
	}
	return s, true
}

// mangled tells whether decoding put a replacement character where half of a surrogate pair was escaped: two
// different passwords must not become one.
func mangled(raw json.RawMessage, s string) bool {
	given := strings.Count(string(raw), "\uFFFD") + strings.Count(strings.ToLower(string(raw)), `\ufffd`)
	return strings.Count(s, "\uFFFD") > given
}

// text returns a field that must be text; "" if it is missing.
func (f *form) text(name string) string {
	s, _ := f.lookup(name)
	return s
}

// optional returns a field that may be left out; an empty text counts as left out.
func (f *form) optional(name string) *string {
	if s, ok := f.lookup(name); ok && s != "" {
		return &s
	}
	return nil
}

// change returns nil for a field that is not there, and otherwise its new value, which null and "" make nil.
func (f *form) change(name string) **string {
	_, inJSON := f.values[name]
	_, inForm := f.texts[name]
	if !inJSON && !inForm {
		return nil
	}
	s := f.optional(name)
	return &s
}

// flag returns a yes or no: a JSON boolean, or the texts that forms and old programs send for one.
func (f *form) flag(name string) bool {
	if raw := string(f.values[name]); raw == "true" || raw == "false" {
		return raw == "true"
	}
	switch f.text(name) {
	case "true", "1", "on", "yes":
		return true
	case "", "false", "0", "off", "no":
		return false
	default:
		f.problems[name] = "must be true or false"
		return false
	}
}

// check returns everything that was wrongly typed among the fields read so far.
func (f *form) check() error {
	if len(f.problems) == 0 {
		return nil
	}
	return &account.Invalid{Fields: f.problems}
}
