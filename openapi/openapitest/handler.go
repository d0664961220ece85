package openapitest

import (
	"bytes"
	"io"
	"net/http"
	"testing"
)

// Handler is next, and makes the test fail whenever an exchange is not as described.
func Handler(t testing.TB, next http.Handler) http.Handler {
	t.Helper()
	d, err := read()
	if err != nil {
		t.Fatal(err)
	}
	return d.watch(next, t.Errorf)
}

// Check makes the test fail if an exchange that a client has seen is not as described. To HEAD there was no body then.
func Check(t testing.TB, x Exchange) {
	t.Helper()
	d, err := read()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.judge(x); err != nil {
		t.Errorf(complaint, x.Request.Method, x.Request.URL.Path, x.Status, err)
	}
}

const complaint = "%s %s, status %d, is not as openapi.yaml describes it: %v"

// watch may be called by several goroutines, as any handler.
func (d *description) watch(next http.Handler, complain func(format string, args ...any)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		sent := &bytes.Buffer{}
		if r.Body != nil && r.Body != http.NoBody {
			r.Body = heard{io.TeeReader(r.Body, sent), r.Body}
		}
		answer := &answer{ResponseWriter: w}
		next.ServeHTTP(answer, r)
		if answer.status == 0 {
			return // it was broken off
		}
		x := Exchange{r, sent.Bytes(), answer.status, answer.header, answer.body.Bytes()}
		seen, err := d.judge(x)
		if err != nil {
			complain(complaint, r.Method, r.URL.Path, answer.status, err)
			return
		}
		exercised.add(seen)
	})
}

// heard is a body that is kept while it is read.
type heard struct {
	io.Reader
	io.Closer
}

// answer is kept while it is written.
type answer struct {
	http.ResponseWriter
	status int
	header http.Header
	body   bytes.Buffer
}

// Unwrap is for http.ResponseController.
func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }

func (a *answer) WriteHeader(status int) {
	if a.status == 0 {
		a.status, a.header = status, a.Header().Clone()
	}
	a.ResponseWriter.WriteHeader(status)
}

func (a *answer) Write(b []byte) (int, error) {
	if a.status == 0 {
		a.status, a.header = http.StatusOK, a.Header().Clone()
	}
	a.body.Write(b)
	return a.ResponseWriter.Write(b)
}
