// Package transfer reads and writes users as JSON lines and as CSV, the way they are carried from one program to another.
// It knows what stands in a file and no table: whether an address is one, or a text is a hash, others judge.
package transfer

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
)

// Format is how a file is written.
type Format string

// The formats. A JSON file has one object a line, or is one array of objects; a CSV file begins with a line of names.
const (
	JSON Format = "json"
	CSV  Format = "csv"
)

// maxRecord is the longest record of a file, in bytes.
const maxRecord = 1 << 20

// MaxID is the largest id that is read. A table counts on from there, and programs in JavaScript know numbers above 2^53
// only nearly.
const MaxID = 1 << 52

// The fields of a person, in the order in which they are written. They are written exactly so.
const (
	fieldID        = "id"
	fieldEmail     = "email"
	fieldPassword  = "password"
	fieldName      = "name"
	fieldGender    = "gender"
	fieldRole      = "role"
	fieldState     = "state"
	fieldLastLogin = "lastLogin"
	fieldCreated   = "created"
	fieldVerified  = "emailVerified"
	fieldAdmin     = "admin"
)

var fields = []string{
	fieldID, fieldEmail, fieldPassword, fieldName, fieldGender, fieldRole, fieldState, fieldLastLogin, fieldCreated, fieldVerified, fieldAdmin,
}

// Fields are the names of all fields, in the order in which they are written.
func Fields() []string { return slices.Clone(fields) }

// Person is one user as a file tells of them.
type Person struct {
	Line      int    // where the record begins, from 1
	ID        int64  // 0 where there is none
	OtherID   bool   // there was one, but no number, such as a UUID: it is left out
	Email     string // as it stands there
	Password  string // a hash or a plain text; empty where there is none
	Name      *string
	Gender    *string
	Role      *string // nil where the file tells none
	State     *int64  // nil where the file tells none
	LastLogin *int64  // milliseconds since 1970
	Created   *int64  // milliseconds since 1970; nil where the file says that nobody knows
	Verified  *int64  // milliseconds since 1970, 0 for an address that waits to be confirmed, nil where nobody asked
	Admin     *bool   // nil where the file tells nothing
}

// RecordError is what is wrong with one record of a file. Those after it can be read.
type RecordError struct {
	Line   int // where the record begins, from 1
	Reason string
}

func (e *RecordError) Error() string { return fmt.Sprintf("line %d: %s", e.Line, e.Reason) }

// FormatOf tells the format by the end of a file's name, or nothing.
func FormatOf(name string) Format {
	switch strings.ToLower(filepath.Ext(name)) {
	case ".csv":
		return CSV
	case ".json", ".jsonl", ".ndjson":
		return JSON
	default:
		return ""
	}
}

// CheckMap says what is wrong with a map of our fields to those of a file, or nothing.
func CheckMap(m map[string]string) string {
	for _, ours := range slices.Sorted(maps.Keys(m)) {
		if !slices.Contains(fields, ours) {
			return fmt.Sprintf("%q is no field of ours; ours are %s", ours, strings.Join(fields, ", "))
		}
		if m[ours] == "" {
			return fmt.Sprintf("nothing is named for %s", ours)
		}
	}
	return ""
}
