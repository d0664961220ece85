package openapitest

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
)

// exercised are the described answers that this test binary has seen.
var exercised ledger

type ledger struct {
	mu   sync.Mutex
	keys map[string]bool
}

func (l *ledger) add(key string) {
	if key == "" {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.keys == nil {
		l.keys = map[string]bool{}
	}
	l.keys[key] = true
}

func key(r route, status string) string { return r.method + " " + r.path + " " + status }

// missing lists the answers that are described and that nobody has seen. A mistake of ours, which default stands for, need not
// be made.
func (l *ledger) missing(d *description) []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var all []string
	for _, r := range d.routes() {
		for status := range r.Responses.Map() {
			if k := key(r, status); !l.keys[k] && status != "default" {
				all = append(all, k)
			}
		}
	}
	slices.Sort(all)
	return all
}

// Whole runs the tests of a package that are to exercise all that is described.
type Whole struct {
	M interface{ Run() int }
}

// Run runs the tests and returns the exit code. It also fails if all tests were run, all have passed, and a described route or
// status was not among the answers.
func (w Whole) Run() int {
	code := w.M.Run()
	if code != 0 || chosen() {
		return code
	}
	d, err := read()
	if err != nil {
		fmt.Fprintln(os.Stderr, "openapitest:", err)
		return 1
	}
	if missing := exercised.missing(d); len(missing) > 0 {
		fmt.Fprintf(os.Stderr, "openapitest: openapi.yaml describes what no test has seen:\n\t%s\n", strings.Join(missing, "\n\t"))
		return 1
	}
	return 0
}

// chosen tells whether only some of the tests were run.
func chosen() bool {
	return slices.ContainsFunc([]string{"test.run", "test.skip", "test.list", "test.fuzz"}, func(name string) bool {
		f := flag.Lookup(name)
		return f != nil && f.Value.String() != ""
	}) || flag.Lookup("test.short").Value.String() == "true"
}
