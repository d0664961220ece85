package transfer

import (
	"errors"
	"strconv"
	"strings"
	"time"
)

type kind int

const (
	isAbsent kind = iota
	isNull
	isText
	isNumber // as it is written
	isTruth  // true or false
	isDate   // of MongoDB: a time, or a number of milliseconds
	isOtherID
	isOther
	isBroken
)

// value is one field of a record, before anybody knows what it means.
type value struct {
	kind kind
	text string
}

func (v value) missing() bool { return v.kind == isAbsent || v.kind == isNull }

// form reads the fields of one record and collects what is wrong with them. Reasons never quote a value: it may be a
// password that stands in the wrong place.
type form struct {
	values   map[string]value // by our names
	now      time.Time
	problems []string
}

func (f *form) person() Person {
	p := Person{
		Email:     f.must(fieldEmail),
		Name:      f.text(fieldName, false),
		Gender:    f.text(fieldGender, true),
		Role:      f.text(fieldRole, true),
		State:     f.integer(fieldState),
		LastLogin: f.dated(fieldLastLogin),
		Created:   f.dated(fieldCreated),
		Verified:  f.verified(),
		Admin:     f.truth(fieldAdmin),
	}
	p.ID, p.OtherID = f.id()
	if password := f.text(fieldPassword, false); password != nil {
		p.Password = *password
	}
	if f.values[fieldCreated].kind == isAbsent {
		now := f.now.UnixMilli()
		p.Created = &now
	}
	return p
}

func (f *form) problem(field, sentence string) { f.problems = append(f.problems, field+" "+sentence) }

// text reads a text; where numbers may stand for one, as some programs write roles, as its digits.
func (f *form) text(field string, orNumber bool) *string {
	v := f.values[field]
	if v.missing() {
		return nil
	}
	if n, ok := whole(v); ok && v.kind == isNumber && orNumber {
		digits := strconv.FormatInt(n, 10)
		return &digits
	}
	if v.kind != isText {
		f.problem(field, "must be a text")
	}
	return &v.text
}

func (f *form) must(field string) string {
	text := f.text(field, false)
	if text == nil {
		if f.values[field].missing() {
			f.problem(field, "is required")
		}
		return ""
	}
	return *text
}

// id reads a positive number. What is a text and no number, such as a UUID, is the id of another kind of table.
func (f *form) id() (id int64, other bool) {
	v := f.values[fieldID]
	if v.missing() || v.text == "" && v.kind == isText {
		return 0, false
	}
	if v.kind == isOtherID {
		return 0, true
	}
	if _, err := strconv.ParseFloat(v.text, 64); v.kind == isText && errors.Is(err, strconv.ErrSyntax) {
		return 0, true
	}
	n, ok := whole(v)
	if !ok || n <= 0 || n > MaxID {
		f.problem(fieldID, "must be a positive whole number, "+strconv.Itoa(MaxID)+" at most")
	}
	return n, false
}

func (f *form) integer(field string) *int64 {
	v := f.values[field]
	if v.missing() {
		return nil
	}
	n, ok := whole(v)
	if !ok {
		f.problem(field, "must be a whole number")
	}
	return &n
}

// whole reads a whole number that fits 64 bits. MongoDB writes most numbers with a fraction of zero.
func whole(v value) (int64, bool) {
	if v.kind != isNumber && v.kind != isText {
		return 0, false
	}
	text := v.text
	if before, fraction, found := strings.Cut(text, "."); found && strings.Trim(fraction, "0") == "" {
		text = before
	}
	n, err := strconv.ParseInt(text, 10, 64)
	return n, err == nil && strconv.FormatInt(n, 10) == text
}

// layouts are those in which programs write times. Without a zone it is UTC.
var layouts = []string{
	time.RFC3339, "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02T15:04:05Z0700", "2006-01-02 15:04:05Z07:00",
	"2006-01-02 15:04:05 -0700 MST", time.DateOnly,
}

const noTime = "must be a time such as 2026-01-31T12:00:00Z"

// soonest is how many milliseconds a number must be to be a time. Smaller ones would be a day soon after 1970, and are
// seconds in truth.
const soonest = 100_000_000_000

func (f *form) moment(field string) *int64 {
	v := f.values[field]
	if v.missing() || v.kind == isText && (v.text == "" || strings.HasPrefix(v.text, "0000-00-00")) { // MySQL's word for none
		return nil
	}
	ms, problem := milliseconds(v)
	if problem != "" {
		f.problem(field, problem)
		return nil
	}
	return &ms
}

// dated is a moment that a calendar with four digits for the year has.
func (f *form) dated(field string) *int64 {
	ms := f.moment(field)
	if ms != nil && !written(*ms) {
		f.problem(field, noTime)
	}
	return ms
}

// written tells whether a time can be written with four digits for the year.
func written(ms int64) bool {
	year := time.UnixMilli(ms).UTC().Year()
	return year >= 1 && year <= 9999
}

func milliseconds(v value) (ms int64, problem string) {
	if n, ok := whole(v); ok || v.kind == isNumber {
		if !ok || n > -soonest && n < soonest {
			return 0, noTime + ", or a number of milliseconds since 1970"
		}
		return n, ""
	}
	if v.kind == isDate {
		if n, ok := whole(value{isNumber, v.text}); ok {
			return n, ""
		}
	}
	if v.kind == isText || v.kind == isDate {
		for _, layout := range layouts {
			if t, err := time.Parse(layout, v.text); err == nil {
				return t.UnixMilli(), ""
			}
		}
	}
	return 0, noTime
}

// verified reads when an address was confirmed. Programs that only know that it was get the time of the import.
func (f *form) verified() *int64 {
	v := f.values[fieldVerified]
	yes, isTruth := truth(v)
	switch {
	case !isTruth:
		return f.dated(fieldVerified)
	case yes:
		now := f.now.UnixMilli()
		return &now
	default:
		return new(int64)
	}
}

func (f *form) truth(field string) *bool {
	v := f.values[field]
	yes, ok := truth(v)
	switch {
	case v.missing():
		return nil
	case !ok:
		f.problem(field, "must be true or false")
	}
	return &yes
}

func truth(v value) (yes, ok bool) {
	if v.kind != isTruth && v.kind != isText && v.kind != isNumber {
		return false, false
	}
	switch strings.ToLower(v.text) {
	case "true", "1":
		return true, true
	case "false", "0":
		return false, true
	default:
		return false, false
	}
}
