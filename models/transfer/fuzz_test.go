package transfer

import (
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
)

// FuzzReader promises for any file: no panic, an end, records in the order of their lines, and no record that is not as
// checked as Person says.
func FuzzReader(f *testing.F) {
	for _, file := range append(slices.Clone(jsonFiles), csvFiles...) {
		if len(file.file) < 1<<10 { // long ones only slow it down
			f.Add(file.file, "")
			f.Add(file.file, "mail")
		}
	}
	f.Fuzz(func(t *testing.T, file, mail string) {
		for _, format := range []Format{"", JSON, CSV} {
			o := Options{Format: format, Now: now}
			if mail != "" {
				o.Map = map[string]string{"email": mail}
			}
			r, err := NewReader(strings.NewReader(file), o)
			if err != nil {
				continue
			}
			last := 1
			for records := 0; ; records++ {
				p, err := r.Next()
				if errors.Is(err, io.EOF) {
					break
				}
				line := p.Line
				var bad *RecordError
				switch {
				case errors.As(err, &bad):
					line = bad.Line
				case err != nil:
					t.Fatal(err)
				case p.ID < 0 || p.ID > MaxID || p.Email == "" && !strings.Contains(file, `""`):
					t.Fatalf("%+v is not checked", p)
				}
				if line < last || records > len(file) {
					t.Fatalf("record %d stands on line %d, after line %d", records, line, last)
				}
				last = line
			}
			if r.Offset() > int64(len(file)) {
				t.Fatalf("offset = %d of %d", r.Offset(), len(file))
			}
		}
	})
}
