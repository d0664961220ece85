package password

import (
	"fmt"
	"iter"

	"gatehouse/models/password/multibcrypt"
)

// Engine says what computes bcrypts.
type Engine string

const (
	// Multi is package multibcrypt: a worker takes several jobs of one cost and
	// computes them together. It is also the meaning of an empty Engine.
	Multi Engine = "multi"
	// XCrypto is golang.org/x/crypto/bcrypt, one job at a time.
	XCrypto Engine = "x-crypto"
)

// width is how many jobs a worker may take at once.
func (e Engine) width() int {
	if e == XCrypto {
		return 1
	}
	return multibcrypt.Width
}

// request is one bcrypt that a job needs before it can go on.
type request struct {
	multibcrypt.Job
	err error
}

// run runs the jobs that one worker took and tells of each as it ends.
func (e Engine) run(jobs []*job, finish func(*job, error)) {
	if len(jobs) > 1 {
		runTogether(jobs, finish)
		return
	}
	j := jobs[0]
	if e != XCrypto {
		j.meter.ask = func(r *request) { r.err = attempt(func() error { return multibcrypt.Compute(&r.Job) }) }
	}
	finish(j, attempt(func() error { return j.run(&j.meter) }))
}

// runTogether makes each job a coroutine that stops where it needs a bcrypt, and gives each a place of the wide loop, in
// which its bcrypts follow each other. So the rules about hashes are written as if there was one job, and what ends a job
// moves no other: all of one amount of work end together.
func runTogether(jobs []*job, finish func(*job, error)) {
	type running struct {
		*job
		next func() (*request, bool)
		need *request // nil once it has ended
		err  error
	}
	all := make([]*running, len(jobs))
	advance := func(r *running) *multibcrypt.Job {
		var more bool
		if r.need, more = r.next(); more {
			return &r.need.Job
		}
		r.need = nil
		finish(r.job, r.err)
		return nil
	}
	first := make([]*multibcrypt.Job, len(jobs))
	for i, j := range jobs {
		r := &running{job: j}
		r.next, _ = iter.Pull(func(yield func(*request) bool) { // run to its end, so it needs no stop
			j.meter.ask = func(need *request) { yield(need) }
			r.err = attempt(func() error { return j.run(&j.meter) })
		})
		all[i], first[i] = r, advance(r)
	}
	err := attempt(func() error {
		multibcrypt.Run(first, func(i int, err error) *multibcrypt.Job {
			all[i].need.err = err
			return advance(all[i])
		})
		return nil
	})
	for _, r := range all { // after a panic, x/crypto does the rest
		for r.need != nil {
			r.need.err = err
			advance(r)
		}
	}
}

// attempt turns a panic into the error of that one job: in a goroutine of its
// own it would otherwise end the process, out of reach of any HTTP recovery.
func attempt(f func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("password job panicked: %v", r)
		}
	}()
	return f()
}
