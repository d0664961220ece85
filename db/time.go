package db

import (
	"fmt"
	"time"
)

const timeLayout = "2006-01-02 15:04:05"

// FormatTime writes t as the tutorial's users.lastLogin holds it: UTC, in whole seconds. Bound as text it means the same
// to both engines; a time.Time would not.
func FormatTime(t time.Time) string { return t.UTC().Format(timeLayout) }

// NullTime reads users.lastLogin from whatever a driver makes of it. NULL, MySQL's '0000-00-00 00:00:00' and a text that
// is no time are not valid: an odd value that another program left there must not keep anybody from signing in.
type NullTime struct {
	Time  time.Time // in UTC
	Valid bool
}

// readLayouts are what programs write into a column of text or of SQLite's DATETIME, which holds any text.
var readLayouts = []string{
	timeLayout, time.RFC3339, "2006-01-02T15:04:05", time.DateOnly, "2006-01-02 15:04", "2006-01-02 15:04:05Z07:00",
	"2006-01-02 15:04:05 -0700 MST",
}

// Scan implements sql.Scanner.
func (n *NullTime) Scan(src any) error {
	*n = NullTime{}
	switch v := src.(type) {
	case nil:
	case time.Time:
		n.set(v)
	case string:
		n.parse(v)
	case []byte:
		n.parse(string(v))
	case int64, float64:
	default:
		return fmt.Errorf("read a time: unexpected type %T", src)
	}
	return nil
}

func (n *NullTime) parse(s string) {
	for _, layout := range readLayouts {
		if t, err := time.Parse(layout, s); err == nil {
			n.set(t)
			return
		}
	}
}

// set takes t unless it is the zero that a driver makes of a zero date.
func (n *NullTime) set(t time.Time) {
	if t.Year() > 0 && !t.IsZero() {
		n.Time, n.Valid = t.UTC(), true
	}
}
