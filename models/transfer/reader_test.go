package transfer

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"
)

var now = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// read returns what a file holds: a line for each person or mistake, then what made it end early.
func read(r io.Reader, o Options) (lines []string, reader *Reader) {
	o.Now = now
	reader, err := NewReader(r, o)
	if err != nil {
		return []string{err.Error()}, nil
	}
	for {
		p, err := reader.Next()
		var bad *RecordError
		switch {
		case errors.Is(err, io.EOF):
			return lines, reader
		case errors.As(err, &bad):
			lines = append(lines, bad.Error())
		case err != nil:
			return append(lines, err.Error()), reader
		default:
			lines = append(lines, shown(p))
		}
	}
}

// shown writes what a file told of a person, and leaves out what it did not.
func shown(p Person) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d:", p.Line)
	if p.ID != 0 {
		fmt.Fprintf(&b, " #%d", p.ID)
	}
	if p.OtherID {
		b.WriteString(" #other")
	}
	fmt.Fprintf(&b, " %s", p.Email)
	if p.Password != "" {
		fmt.Fprintf(&b, " pw=%s", p.Password)
	}
	texts := []struct {
		name string
		text *string
	}{{"name", p.Name}, {"gender", p.Gender}, {"role", p.Role}}
	for _, f := range texts {
		if f.text != nil {
			fmt.Fprintf(&b, " %s=%q", f.name, *f.text)
		}
	}
	numbers := []struct {
		name   string
		number *int64
	}{{"state", p.State}, {"lastLogin", p.LastLogin}, {"created", p.Created}, {"verified", p.Verified}}
	for _, f := range numbers {
		if f.number != nil && (f.name != "created" || *f.number != now.UnixMilli()) {
			fmt.Fprintf(&b, " %s=%d", f.name, *f.number)
		}
	}
	if p.Created == nil {
		b.WriteString(" created=nil")
	}
	if p.Admin != nil {
		fmt.Fprintf(&b, " admin=%v", *p.Admin)
	}
	return b.String()
}

const notUTF8 = "it is not UTF-8"

var jsonFiles = []struct {
	name, file string
	want       []string
}{
	{"one a line", `{"email":"a@x"}` + "\n" + `{"email":"b@x"}` + "\n", []string{"1: a@x", "2: b@x"}},
	{"no line end at the end", "{\"email\":\"a@x\"}\n{\"email\":\"b@x\"}", []string{"1: a@x", "2: b@x"}},
	{"CRLF, empty lines, byte-order mark", "\ufeff\r\n{\"email\":\"a@x\"}\r\n\r\n  \r\n\t{\"email\":\"b@x\"}\r\n", []string{"2: a@x", "5: b@x"}},
	{
		"all fields", `{"id":7,"email":"a@x","password":"$2b$","name":"Ann","gender":"f","role":"editor","state":0,"lastLogin":"2026-01-02T03:04:05Z","created":"2026-01-02T03:04:05.678Z","emailVerified":"2026-01-02T03:04:05Z","admin":true,"x":{"y":[1]}}`,
		[]string{`1: #7 a@x pw=$2b$ name="Ann" gender="f" role="editor" state=0 lastLogin=1767323045000 created=1767323045678 verified=1767323045000 admin=true`},
	},
	{"null is nothing", `{"id":null,"email":"a@x","password":null,"name":null,"gender":null,"role":null,"state":null,"lastLogin":null,"created":null,"emailVerified":null,"admin":null}`, []string{"1: a@x created=nil"}},
	{
		"mongoexport", `{"_id":{"$oid":"507f1f77bcf86cd799439011"},"email":"a@x","password":"$2b$","created":{"$date":"2026-01-02T03:04:05.678Z"},"lastLogin":{"$date":{"$numberLong":"1767323045000"}},"state":{"$numberInt":"1"},"id":{"$numberLong":"5"},"__v":0}`,
		[]string{"1: #5 a@x pw=$2b$ state=1 lastLogin=1767323045000 created=1767323045678"},
	},
	{"numbers of MongoDB", `{"email":"a@x","state":{"$numberDouble":"1.0"},"id":3.0,"role":2.0,"lastLogin":{"$date":1767323045000},"created":{"$date":-1}}`, []string{`1: #3 a@x role="2" state=1 lastLogin=1767323045000 created=-1`}},
	{
		"ids of other kinds", "{\"email\":\"a@x\",\"id\":{\"$oid\":\"507f1f77bcf86cd799439011\"}}\n{\"email\":\"b@x\",\"id\":\"3b241101-e2bb-4255-8caf-4136c566a962\"}\n{\"email\":\"c@x\",\"id\":\"\"}\n{\"email\":\"d@x\",\"id\":{\"$uuid\":\"x\"}}\n{\"email\":\"e@x\",\"id\":{\"$binary\":{\"base64\":\"\",\"subType\":\"04\"}}}",
		[]string{"1: #other a@x", "2: #other b@x", "3: c@x", "4: #other d@x", "5: #other e@x"},
	},
	{
		"ids", "{\"email\":\"a@x\",\"id\":\"12\"}\n{\"email\":\"a@x\",\"id\":4503599627370496}\n{\"email\":\"a@x\",\"id\":4503599627370497}\n{\"email\":\"a@x\",\"id\":-1}\n{\"email\":\"a@x\",\"id\":0}\n{\"email\":\"a@x\",\"id\":1.5}\n{\"email\":\"a@x\",\"id\":1e3}\n" +
			"{\"email\":\"a@x\",\"id\":99999999999999999999}\n{\"email\":\"a@x\",\"id\":\"-4\"}\n{\"email\":\"a@x\",\"id\":\"007\"}\n{\"email\":\"a@x\",\"id\":true}\n{\"email\":\"a@x\",\"id\":[1]}\n{\"email\":\"a@x\",\"id\":1e999}",
		append([]string{"1: #12 a@x", "2: #4503599627370496 a@x"}, each(3, 13, "id must be a positive whole number, 4503599627370496 at most")...),
	},
	{
		"types", `{"email":5}` + "\n" + `{"password":"secret"}` + "\n" + `{"email":"a@x","password":5}` + "\n" + `{"email":"a@x","name":5,"gender":true}` + "\n" + `{"email":"a@x","state":"1"}` + "\n" + `{"email":"a@x","state":"on"}` + "\n" + `{"email":"a@x","state":1.5,"admin":"x"}`,
		[]string{"line 1: email must be a text", "line 2: email is required", "line 3: password must be a text", "line 4: name must be a text; gender must be a text", "5: a@x state=1", "line 6: state must be a whole number", "line 7: state must be a whole number; admin must be true or false"},
	},
	{
		"times", "{\"email\":\"a@x\",\"lastLogin\":\"2026-01-02 03:04:05\"}\n{\"email\":\"a@x\",\"lastLogin\":\"2026-01-02\"}\n{\"email\":\"a@x\",\"lastLogin\":1767323045000}\n{\"email\":\"a@x\",\"lastLogin\":1767323045}\n{\"email\":\"a@x\",\"lastLogin\":\"yesterday\"}\n{\"email\":\"a@x\",\"lastLogin\":\"0000-00-00 00:00:00\"}\n{\"email\":\"a@x\",\"lastLogin\":\"2026-01-02T03:04:05.5+01:00\"}\n{\"email\":\"a@x\",\"lastLogin\":{\"$date\":{\"$numberLong\":\"9223372036854775807\"}}}\n{\"email\":\"a@x\",\"created\":9223372036854775807}\n{\"email\":\"a@x\",\"created\":{\"x\":1}}",
		[]string{"1: a@x lastLogin=1767323045000", "2: a@x lastLogin=1767312000000", "3: a@x lastLogin=1767323045000", "line 4: lastLogin " + noTime + ", or a number of milliseconds since 1970", "line 5: lastLogin " + noTime, "6: a@x", "7: a@x lastLogin=1767319445500", "line 8: lastLogin " + noTime, "line 9: created " + noTime, "line 10: created " + noTime},
	},
	{
		"verified", "{\"email\":\"a@x\",\"emailVerified\":0}\n{\"email\":\"a@x\",\"emailVerified\":false}\n{\"email\":\"a@x\",\"emailVerified\":true}\n{\"email\":\"a@x\",\"emailVerified\":1}\n{\"email\":\"a@x\",\"emailVerified\":2}",
		[]string{"1: a@x verified=0", "2: a@x verified=0", "3: a@x verified=1772366400000", "4: a@x verified=1772366400000", "line 5: emailVerified " + noTime + ", or a number of milliseconds since 1970"},
	},
	{
		"broken lines spoil no others", "{\"email\":\"a@x\"\n{\"email\":\"b@x\"}\nemail,password\n[1]\n{\"email\":\"c@x\"} x\n{\"email\":\"d@x\"},\n{\"email\":\"e@x\",\"email\":\"f@x\"}\n{\"email\":\"\\ud800@x\"}\n{\"email\":\"a\xff@x\"}\n{\"email\":\"\\\\ufffd\ufffd\\ufffd\"}\n{email:1}\n{\"email\":\"a\x00\"}\nnull\n{}",
		[]string{
			"line 1: the JSON is broken", "2: b@x", "line 3: it is no JSON object", "line 4: it is no JSON object", "line 5: something follows the JSON object", "line 6: something follows the JSON object",
			"line 7: a field is there twice", "line 8: a text has half of a character (a lone surrogate)", "line 9: " + notUTF8, "10: \\ufffd\ufffd\ufffd", "line 11: the JSON is broken", "line 12: the JSON is broken", "line 13: it is no JSON object", "line 14: email is required",
		},
	},
	{"names are exact", `{"Email":"a@x","email ":"b@x"}`, []string{"line 1: email is required"}},
	{"deep", `{"email":"a@x","x":` + strings.Repeat("[", 20000) + strings.Repeat("]", 20000) + "}\n{\"email\":\"b@x\"}", []string{"line 1: the JSON is broken", "2: b@x"}},
	{"long", `{"email":"a@x","x":"` + strings.Repeat("x", maxRecord) + "\"}\n{\"email\":\"b@x\"}", []string{"line 1: it is longer than 1 MiB", "2: b@x"}},
	{"array", `[{"email":"a@x"},{"email":"b@x"}]`, []string{"1: a@x", "1: b@x"}},
	{"array over lines", "[\n  {\n    \"email\": \"a@x\"\n  },\n\n  {\n    \"email\": \"b{]\\\"@x\"\n  }\n]\n", []string{"2: a@x", `6: b{]"@x`}},
	{"empty array", "[]", nil},
	{"bad ones in an array spoil no others", "[{\"email\":1},\n{\"x\":\"" + strings.Repeat("x", maxRecord) + "\"},{\"a\" 1},\n{\"email\":\"b@x\"}]", []string{"line 1: email must be a text", "line 2: it is longer than 1 MiB", "line 2: the JSON is broken", "3: b@x"}},
	{"array that ends early", "[{\"email\":\"a@x\"},\n{\"email\":\"b@x\"}\n", []string{"1: a@x", "2: b@x", "line 3: the file ends before the array does"}},
	{"array that ends after a comma", "[{\"email\":\"a@x\"},\n", []string{"1: a@x", "line 2: the file ends before the array does"}},
	{"array that ends within an object", "[{\"email\":\"a@x\"},\n{\"email\":\"b", []string{"1: a@x", "line 2: the file ends within this object"}},
	{"array without commas", "[{\"email\":\"a@x\"}\n{\"email\":\"b@x\"}]", []string{"1: a@x", "line 2: there is no comma between two objects; nothing after this was read"}},
	{"array of others", "[{\"email\":\"a@x\"},5,{\"email\":\"b@x\"}]", []string{"1: a@x", "line 1: there is no JSON object where one should begin; nothing after this was read"}},
	{"more after an array", "[{\"email\":\"a@x\"}]\n[", []string{"1: a@x", "line 2: something follows the array"}},
	{"objects over lines", "{\r\n \"email\": \"a@x\"\r\n}\r\n{\n \"email\": \"b@x\"\n}\n", []string{"1: a@x", "4: b@x"}},
	{"empty", "", []string{"the file is empty"}},
	{"blank", "\ufeff \n\n", []string{"the file is empty"}},
}

// each repeats a reason for some lines.
func each(first, last int, reason string) (lines []string) {
	for line := first; line <= last; line++ {
		lines = append(lines, fmt.Sprintf("line %d: %s", line, reason))
	}
	return lines
}

func TestJSONIsReadRecordByRecord(t *testing.T) {
	for _, test := range jsonFiles {
		for _, r := range []io.Reader{strings.NewReader(test.file), iotest.OneByteReader(strings.NewReader(test.file))} {
			if got, _ := read(r, Options{Format: JSON}); !slices.Equal(got, test.want) {
				t.Errorf("%s:\ngot  %q\nwant %q", test.name, got, test.want)
			}
		}
	}
}

var csvFiles = []struct {
	name, file string
	want       []string
}{
	{"a table", "email,password\na@x,$2b$\nb@x,\n", []string{"2: a@x pw=$2b$", "3: b@x"}},
	{"no line end at the end, CRLF, empty lines, byte-order mark", "\ufeffid,email\r\n\r\n1,a@x\r\n\r\n2,b@x", []string{"3: #1 a@x", "5: #2 b@x"}},
	{
		"all fields", "id,email,password,name,gender,role,state,lastLogin,created,emailVerified,admin,x\n7,a@x,p,Ann,f,editor,0,2026-01-02 03:04:05,2026-01-02T03:04:05.678Z,0,true,y\n",
		[]string{`2: #7 a@x pw=p name="Ann" gender="f" role="editor" state=0 lastLogin=1767323045000 created=1767323045678 verified=0 admin=true`},
	},
	{"nothing is null", "id,email,password,name,gender,role,state,lastLogin,created,emailVerified,admin\n,a@x,,,,,,,,,\n\\N,b@x,\\N,\\N,\\N,\\N,\\N,\\N,\\N,\\N,\\N\n", []string{"2: a@x created=nil", "3: b@x created=nil"}},
	{"quotes", "email,name\n\"a@x\",\"Ann \"\"A\"\" B, C\"\nb@x,\"two\nlines\r\nmore\"\nc@x,C\n", []string{`2: a@x name="Ann \"A\" B, C"`, `3: b@x name="two\nlines\nmore"`, `6: c@x name="C"`}},
	{"broken quotes spoil no others", "email,name\na@x,5\" disk\nb@x,B\n\"c\"x@x,C\nd@x,D\"\"\ne@x,E\n", []string{
		"line 2: a quote stands in the middle of a field that does not begin with one", `3: b@x name="B"`, "line 4: its quotes are broken, and lines after it may have been taken for a part of it",
		"line 5: a quote stands in the middle of a field that does not begin with one", `6: e@x name="E"`,
	}},
	{"a quote that is not closed", "email,name\na@x,\"A\nb@x,B\n", []string{"line 2: its quotes are broken, and lines after it may have been taken for a part of it"}},
	{"ragged", "email,name\na@x\nb@x,B\nc@x,C,c\n", []string{"line 2: the first line names 2 columns, and this one has 1", `3: b@x name="B"`, "line 4: the first line names 2 columns, and this one has 3"}},
	{"semicolons", "email;name\na@x;\"A;\"\n", []string{`2: a@x name="A;"`}},
	{"tabs", "email\tname\na@x\tA\n", []string{`2: a@x name="A"`}},
	{"commas win", "email,a;b\na@x,A\n", []string{"2: a@x"}},
	{"one column", "email\na@x\n", []string{"2: a@x"}},
	{"spaces around names", " email , name\na@x, A\n", []string{`2: a@x name=" A"`}},
	{"columns without names", "email,,\na@x,1,2\n", []string{"2: a@x"}},
	{"no columns of ours", "mail,x\n\"a@x\",1\n", []string{`the first line names no column "email"; it must name the columns, and --map email=COLUMN says which holds the e-mail address`}},
	{"the same name twice", "email,x,y,x\n", []string{"line 1: two columns have the same name (columns 2 and 4)"}},
	{"names that cannot be read", "email,\"x\n1,2\n", []string{"line 1: the names of the columns cannot be read; save the file as CSV in UTF-8"}},
	{"not UTF-8", "email,name\na@x,\xe4\nb@x,B\n", []string{"line 2: " + notUTF8, `3: b@x name="B"`}},
	{"long", "email,name\na@x," + strings.Repeat("x", maxRecord) + "\nb@x,B\n", []string{"line 2: it is longer than 1 MiB", `3: b@x name="B"`}},
	{"long names", strings.Repeat("x", maxRecord+1) + "\n", []string{"line 1: the names of the columns cannot be read; save the file as CSV in UTF-8"}},
	{"numbers", "id,email,state\n-1,a@x,1\nx,b@x,1\n1,c@x,x\n", []string{"line 2: id must be a positive whole number, 4503599627370496 at most", "3: #other b@x state=1", "line 4: state must be a whole number"}},
	{"names alone", "email,name\n", nil},
	{"empty", "\n\n", []string{"the file is empty"}},
}

func TestCSVIsReadRecordByRecord(t *testing.T) {
	for _, test := range csvFiles {
		for _, r := range []io.Reader{strings.NewReader(test.file), iotest.OneByteReader(strings.NewReader(test.file))} {
			if got, _ := read(r, Options{Format: CSV}); !slices.Equal(got, test.want) {
				t.Errorf("%s:\ngot  %q\nwant %q", test.name, got, test.want)
			}
		}
	}
}

func TestTheFirstByteTellsTheFormat(t *testing.T) {
	for file, want := range map[string]string{
		"\n {\"email\":\"a@x\"}": "2: a@x", "\ufeff[{\"email\":\"a@x\"}]": "1: a@x", "email\na@x": "2: a@x", "": "the file is empty",
		"\x1f\x8b\x08\x00": errGzip.Error(), "PK\x03\x04": errZip.Error(), "\xff\xfe{\x00": errUTF16.Error(), "\xfe\xff\x00{": errUTF16.Error(), "e\x00m\x00": errUTF16.Error(),
	} {
		if got, _ := read(strings.NewReader(file), Options{}); !slices.Equal(got, []string{want}) {
			t.Errorf("%q: %q, want %q", file, got, want)
		}
	}
	for name, want := range map[string]Format{"a.csv": CSV, "A.CSV": CSV, "a.json": JSON, "a.jsonl": JSON, "a.ndjson": JSON, "a.csv.txt": "", "csv": "", "-": ""} {
		if got := FormatOf(name); got != want {
			t.Errorf("FormatOf(%q) = %q, want %q", name, got, want)
		}
	}
}

func TestFieldsCanBeCalledOtherwise(t *testing.T) {
	const file = `{"mail":"a@x","email":"not this","hash":"h","x":1}` + "\n" + `{"mail":"b@x","y":1,"x":2}`
	o := Options{Map: map[string]string{"email": "mail", "password": "hash", "name": "title", "gender": "title", "role": "hash"}}
	got, r := read(strings.NewReader(file), o)
	if want := []string{`1: a@x pw=h role="h"`, "2: b@x"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if want := []string{"email", "x", "y"}; !slices.Equal(r.Unused(), want) {
		t.Errorf("unused = %q, want %q", r.Unused(), want)
	}
	if want := []string{"title"}; !slices.Equal(r.Missing(), want) {
		t.Errorf("missing = %q, want %q", r.Missing(), want)
	}
	if r.Offset() != int64(len(file)) {
		t.Errorf("offset = %d, want %d", r.Offset(), len(file))
	}
	if got := CheckMap(o.Map); got != "" {
		t.Errorf("CheckMap = %q, want nothing", got)
	}
	for _, m := range []map[string]string{{"mail": "email"}, {"Email": "x"}, {"email": ""}} {
		if CheckMap(m) == "" {
			t.Errorf("CheckMap(%v) finds nothing wrong", m)
		}
	}
}

func TestTheListOfUnusedFieldsIsBounded(t *testing.T) {
	var b strings.Builder
	for i := range 1000 {
		fmt.Fprintf(&b, "{\"email\":\"a@x\",\"f%d\":1}\n", i)
	}
	if _, r := read(strings.NewReader(b.String()), Options{}); len(r.Unused()) != maxUnused {
		t.Errorf("%d fields, want %d", len(r.Unused()), maxUnused)
	}
}

func TestAFileThatCannotBeReadToItsEndIsNoEnd(t *testing.T) {
	broken := errors.New("the disk is gone")
	for _, file := range []string{"", "{\"email\":\"a@x\"}\n{\"em", "[{\"email\":\"a@x\"},", "[", "[{\"em", "email\na@x\nb", "{\n\"email\":"} {
		got, _ := read(io.MultiReader(strings.NewReader(file), iotest.ErrReader(broken)), Options{})
		if len(got) == 0 || got[len(got)-1] != "read: the disk is gone" {
			t.Errorf("%q: %q, want the error last", file, got)
		}
	}
}
