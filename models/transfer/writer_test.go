package transfer

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"
)

func ptr[T any](v T) *T { return &v }

var persons = []Person{
	{ID: 1, Email: "ann@example.com", Password: "$2b$12$x", Name: ptr(`Ann, "A" <a&b>` + "\u2028"), Gender: ptr("f"), Role: ptr("admin"), State: ptr[int64](1), LastLogin: ptr[int64](1767323045000), Created: ptr[int64](1767323045678), Verified: ptr[int64](0), Admin: ptr(true)},
	{ID: MaxID, Email: "b\u00fc@example.com", Role: ptr("a b"), State: ptr[int64](-7), Created: ptr[int64](253402300799999), Verified: ptr[int64](1767323045999), Admin: ptr(false)},
	{ID: 3, Email: "c", Password: "a,b;c\td", Role: ptr("user"), State: ptr[int64](0), Created: ptr[int64](-62135596800000), Verified: ptr[int64](-62135596800000), Admin: ptr(false)},
}

func fileOf(t *testing.T, format Format, list []Person) string {
	t.Helper()
	var b bytes.Buffer
	w, err := NewWriter(&b, format)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range list {
		if err := w.Write(p); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestPersonsAreWrittenPlainly(t *testing.T) {
	want := `{"id":1,"email":"ann@example.com","password":"$2b$12$x","name":"Ann, \"A\" <a&b>\u2028","gender":"f","role":"admin","state":1,"lastLogin":"2026-01-02T03:04:05Z","created":"2026-01-02T03:04:05.678Z","emailVerified":0,"admin":true}
{"id":4503599627370496,"email":"bü@example.com","password":null,"name":null,"gender":null,"role":"a b","state":-7,"lastLogin":null,"created":"9999-12-31T23:59:59.999Z","emailVerified":"2026-01-02T03:04:05.999Z","admin":false}
{"id":3,"email":"c","password":"a,b;c\td","name":null,"gender":null,"role":"user","state":0,"lastLogin":null,"created":"0001-01-01T00:00:00Z","emailVerified":"0001-01-01T00:00:00Z","admin":false}
`
	if got := fileOf(t, JSON, persons); got != want {
		t.Errorf("JSON is\n%swant\n%s", got, want)
	}
	want = "id,email,password,name,gender,role,state,lastLogin,created,emailVerified,admin\n" +
		"1,ann@example.com,$2b$12$x,\"Ann, \"\"A\"\" <a&b>\u2028\",f,admin,1,2026-01-02T03:04:05Z,2026-01-02T03:04:05.678Z,0,true\n" +
		"4503599627370496,bü@example.com,,,,a b,-7,,9999-12-31T23:59:59.999Z,2026-01-02T03:04:05.999Z,false\n" +
		"3,c,\"a,b;c\td\",,,user,0,,0001-01-01T00:00:00Z,0001-01-01T00:00:00Z,false\n"
	if got := fileOf(t, CSV, persons); got != want {
		t.Errorf("CSV is\n%swant\n%s", got, want)
	}
}

func TestWhatIsWrittenIsReadAsItWas(t *testing.T) {
	for _, format := range []Format{JSON, CSV} {
		file := fileOf(t, format, persons)
		r, err := NewReader(strings.NewReader(file), Options{Now: now})
		if err != nil {
			t.Fatal(err)
		}
		var back []Person
		for range persons {
			p, err := r.Next()
			if err != nil {
				t.Fatal(err)
			}
			back = append(back, p)
		}
		if again := fileOf(t, format, back); again != file {
			t.Errorf("%s read and written again is\n%swant\n%s", format, again, file)
		}
		if len(r.Unused()) > 0 {
			t.Errorf("%s: fields %q are of no use", format, r.Unused())
		}
	}
	if !slices.Equal(Fields(), fields) {
		t.Error("Fields are not those that are written")
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no space left") }

func TestAFullDiskIsTold(t *testing.T) {
	for _, format := range []Format{JSON, CSV} {
		w, err := NewWriter(full{}, format)
		for range 10_000 {
			if err == nil {
				err = w.Write(persons[0])
			}
		}
		if err == nil {
			err = w.Flush()
		}
		if err == nil || !strings.Contains(err.Error(), "no space left") {
			t.Errorf("%s: %v, want the error of the disk", format, err)
		}
	}
}
