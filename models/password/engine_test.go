package password

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"golang.org/x/crypto/bcrypt"

	"gatehouse/models/password/multibcrypt"
)

// together has one worker take all the calls at once, as far as they fit.
func together(t *testing.T, p *Pool, calls ...func()) {
	t.Helper()
	release := occupy(t, p)
	var wg sync.WaitGroup
	for _, call := range calls {
		wg.Go(call)
		synctest.Wait() // so that they wait in this order
	}
	if got := p.Queue().Depth; got != len(calls) {
		t.Errorf("%d jobs wait, want %d", got, len(calls))
	}
	release()
	wg.Wait()
}

func TestGroupsGiveTheVerdictsAndTheWorkOfOneAtATime(t *testing.T) {
	at := func(cost int, plain string) string { return hashAt(t, cost, plain) }
	long := strings.Repeat("é", 40)
	type check struct{ hash, plain string }
	cheap, full := at(4, "right"), at(6, "right")
	wrapped := "$gatehouse-wrapped$v=1,a=md5,p=before$$" + at(6, string(wrappedKey(MD5.hex("right"))))
	tests := map[string][]check{
		"matches":               {{full, "right"}, {full, "right"}, {full, "right"}, {full, "right"}},
		"one of four":           {{full, "wrong"}, {full, "wrong"}, {full, "right"}, {full, "wrong"}},
		"unknown users between": {{"", "right"}, {full, "right"}, {"plain", "plain"}, {full, "wrong"}},
		"ladders":               {{cheap, "wrong"}, {cheap, "right"}, {cheap, "wrong"}, {cheap, "wrong"}},
		"formats":               {{at(6, long), long}, {wrapped, "right"}, {wrapped, "wrong"}, {at(6, long[:72]), long}},
		"costs":                 {{cheap, "wrong"}, {full, "right"}, {cheap, "right"}, {at(7, "right"), "wrong"}, {full, "wrong"}},
		"foreign":               {{foreignVectors[0].hash, foreignVectors[0].plain}, {full, "right"}, {foreignVectors[0].hash, "wrong"}, {"", "x"}},
		"more than one group":   {{full, "right"}, {full, ""}, {full, "x"}, {full, "right"}, {full, "y"}, {full, "right"}, {full, "z"}},
	}
	for name, checks := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				multi := startPool(t, Options{Cost: 6, Workers: 1, Engine: Multi})
				single := startPool(t, Options{Cost: 6, Workers: 1, Engine: XCrypto})
				verdicts := make([]Verdict, len(checks))
				var calls []func()
				for i, c := range checks {
					calls = append(calls, func() { verdicts[i] = mustVerify(t, multi, c.hash, c.plain) })
				}
				got := spent(multi, func() { together(t, multi, calls...) })
				want := spent(single, func() {
					for i, c := range checks {
						if want := mustVerify(t, single, c.hash, c.plain); verdicts[i] != want {
							t.Errorf("check %d: verdict %+v in a group, %+v alone", i, verdicts[i], want)
						}
					}
				})
				if got != want {
					t.Errorf("work = %d units in a group, %d one at a time", got, want)
				}
			})
		})
	}
}

func TestGroupMakesHashesThatVerifyAnywhere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startPool(t, Options{Cost: 5, Workers: 1})
		plains := []string{"one", "two", strings.Repeat("long", 20), "four"}
		hashes := make([]string, len(plains))
		var calls []func()
		for i, plain := range plains {
			calls = append(calls, func() { hashes[i] = mustHash(t, p, plain) })
		}
		together(t, p, calls...)
		for i, plain := range plains {
			if v, err := new(meter).verify(mustParse(t, hashes[i]), plain, 5); err != nil || v != (Verdict{Match: true}) {
				t.Errorf("x/crypto on %q of %q: %+v, %v", hashes[i], plain, v, err)
			}
		}
	})
}

func mustParse(t *testing.T, hash string) parsed {
	t.Helper()
	h, ok := parse(hash)
	if !ok {
		t.Fatalf("parse(%q) fails", hash)
	}
	return h
}

// The panic comes when its job has asked for a bcrypt already, in a group.
func TestPanicInAGroupIsTheErrorOfThatJobAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startPool(t, Options{Cost: 5, Workers: 1})
		var broken error
		together(
			t, p,
			func() { mustHash(t, p, "before") },
			func() {
				broken = p.do(context.Background(), &job{units: 32, cost: 5, run: func(m *meter) error {
					if err := m.dummy(5, "secret"); err != nil {
						return err
					}
					panic("broken")
				}})
			},
			func() { mustHash(t, p, "after") },
		)
		if broken == nil || !strings.Contains(broken.Error(), "broken") {
			t.Errorf("error = %v, want the panic", broken)
		}
		if got := p.Queue().Busy; got != 0 {
			t.Errorf("busy = %d after all jobs, want 0", got)
		}
	})
}

func TestWhatTheLoopRefusesIsLeftToXCrypto(t *testing.T) {
	m := &meter{ask: func(r *request) { r.err = errors.New("refused") }}
	for _, plain := range []string{"short", strings.Repeat("long", 20)} {
		hash, err := m.hash(plain, 5)
		if err != nil {
			t.Fatal(err)
		}
		if v, err := m.verify(mustParse(t, hash), plain, 5); err != nil || !v.Match {
			t.Errorf("verify of %q = %+v, %v", hash, v, err)
		}
	}
	if m.units != 4<<5 {
		t.Errorf("work = %d units for four bcrypts, want 128", m.units)
	}
}

// A group is of one amount of work, and a foreign hash would make the others wait.
func TestJobIsGroupedByWhatItsBcryptsAddUpTo(t *testing.T) {
	long := "$bcrypt-sha256$v=2,t=2b,r=5$E/e/2AOhqM5W/KJTFQzLce$WFPIZKtDDTriqWwlmRFfHiOTeheAZWe"
	for hash, want := range map[string]int{
		"": 12, "plain text": 12, bcryptVectors[0].hash: 12, long: 12,
		dummyHash(14).bcryptString(): 14, foreignVectors[0].hash: 0,
	} {
		h, _ := parse(hash)
		if got := h.totalCost(12); got != want {
			t.Errorf("the check of %q adds up to cost %d, want %d", hash, got, want)
		}
	}
}

// Unlike x/crypto, multibcrypt is told the salt, which tells who hashed.
func TestEngineComputesWithWhatItIsNamedAfter(t *testing.T) {
	for engine, want := range map[Engine]bool{"": true, Multi: true, XCrypto: false} {
		p := startPool(t, Options{Cost: 4, Engine: engine})
		if got := p.queue.width > 1; got != want {
			t.Errorf("engine %q takes several jobs at once: %v, want %v", engine, got, want)
		}
		var asks bool
		err := p.do(t.Context(), &job{units: 1, run: func(m *meter) error {
			_, asks = m.digest(4, multibcrypt.NewSalt(), nil)
			return nil
		}})
		if err != nil || asks != want {
			t.Errorf("engine %q computes by multibcrypt: %v, %v, want %v", engine, asks, err, want)
		}
	}
}

func TestSelfTestFindsWhatIsNotXCrypto(t *testing.T) {
	if err := SelfTest(); err != nil {
		t.Fatal(err)
	}
	for name, compute := range map[string]func(...*multibcrypt.Job) error{
		"an error":     func(...*multibcrypt.Job) error { return errors.New("no") },
		"a panic":      func(...*multibcrypt.Job) error { panic("no") },
		"nothing":      func(...*multibcrypt.Job) error { return nil },
		"another cost": func(jobs ...*multibcrypt.Job) error { return changed(jobs, func(j *multibcrypt.Job) { j.Cost++ }) },
		"another key": func(jobs ...*multibcrypt.Job) error {
			return changed(jobs, func(j *multibcrypt.Job) { j.Password = bytes.TrimSuffix(j.Password, []byte("alone")) })
		},
		"longer digest": func(jobs ...*multibcrypt.Job) error {
			return errors.Join(multibcrypt.Compute(jobs...), longer(jobs[2]))
		},
	} {
		if err := selfTest(compute); err == nil {
			t.Errorf("%s passes", name)
		}
	}
}

// changed computes other jobs than those it is given.
func changed(jobs []*multibcrypt.Job, change func(*multibcrypt.Job)) error {
	for _, j := range jobs {
		other := *j
		change(&other)
		if err := multibcrypt.Compute(&other); err != nil {
			return err
		}
		j.Digest = other.Digest
	}
	return nil
}

func longer(j *multibcrypt.Job) error {
	j.Digest += "."
	return nil
}

func TestMatchInAGroupDoesNotWaitForLadders(t *testing.T) {
	hash, err := bcrypt.GenerateFromPassword([]byte("right"), 4)
	if err != nil {
		t.Fatal(err)
	}
	var ended []string
	var jobs []*job
	for _, plain := range []string{"wrong", "right", "also wrong"} {
		jobs = append(jobs, &job{run: func(m *meter) error {
			_, err := m.verify(mustParse(t, string(hash)), plain, 6)
			ended = append(ended, plain)
			return err
		}})
	}
	Multi.run(jobs, func(_ *job, err error) {
		if err != nil {
			t.Error(err)
		}
	})
	if strings.Join(ended, ", ") != "right, wrong, also wrong" {
		t.Errorf("ended in the order %q", ended)
	}
}
