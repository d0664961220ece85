// Package bench measures the built program from outside, over loopback, and what the JWT mode adds from inside;
// README.md tells how to run it and what the figures mean. Other load on the machine hits everything that is compared
// alike, because rounds of each alternate; a result is the median of the rounds. Nothing here passes or fails on a time.
package bench

import (
	"maps"
	"os"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"

	"gatehouse/db"
	"gatehouse/db/dbtest"
)

const (
	cost        = 10 // of every hash here
	loginConns  = 32 // log in without pause, each as a user of its own
	loginRound  = 2 * time.Second
	checkRound  = 2500 * time.Millisecond
	settle      = time.Second // until every login connection waits in the queue
	fullConns   = 8           // check sessions without pause, for the most a second
	fullRound   = 2 * time.Second
	startsRound = 3 // pairs of starts in a round of BenchmarkFootprint
)

func TestMain(m *testing.M) {
	if body := os.Getenv(bareEnv); body != "" {
		serveBare(body)
		return
	}
	dbtest.Main(m)
}

func eachEngine(b *testing.B, bench func(b *testing.B, program string, engine db.Engine)) {
	b.Helper()
	program := build(b)
	for _, engine := range dbtest.Engines() {
		b.Run(string(engine), func(b *testing.B) { bench(b, program, engine) })
	}
}

// BenchmarkSessionCheck times GET /api/users/me while nobody logs in, and while loginConns do without pause.
func BenchmarkSessionCheck(b *testing.B) {
	eachEngine(b, func(b *testing.B, program string, engine db.Engine) {
		s := start(b, program, settings(b, engine))
		members := s.signUp(b, loginConns+paceConns)
		members, watched := members[:loginConns], members[loginConns:] // who logs in often loses the oldest session
		rounds := results{}
		for b.Loop() {
			idle := s.pacedChecks(b, watched, checkRound)

			var done atomic.Int64
			stop := make(chan struct{})
			ended := make(chan struct{})
			go func() {
				defer close(ended)
				s.logIn(b, members, func() bool {
					done.Add(1)
					select {
					case <-stop:
						return false
					default:
						return true
					}
				})
			}()
			time.Sleep(settle)
			before, began := done.Load(), time.Now()
			busy := s.pacedChecks(b, watched, checkRound)
			rounds.add("busy-logins/s", float64(done.Load()-before)/time.Since(began).Seconds())
			close(stop)
			<-ended

			for name, took := range map[string][]time.Duration{"idle": idle, "busy": busy} {
				rounds.add(name+"-p50-ms", ms(quantile(took, 0.50)))
				rounds.add(name+"-p99-ms", ms(quantile(took, 0.99)))
			}
		}
		rounds.report(b)
	})
}

// BenchmarkLogin compares loginConns connections that log in with bare bcrypt on as many goroutines as there are
// cores, by the clock and by the processor time of one login and of one compare.
func BenchmarkLogin(b *testing.B) {
	cores := min(runtime.NumCPU(), runtime.GOMAXPROCS(0))
	hash, err := bcrypt.GenerateFromPassword([]byte(password), cost)
	if err != nil {
		b.Fatal(err)
	}
	eachEngine(b, func(b *testing.B, program string, engine db.Engine) {
		s := start(b, program, settings(b, engine))
		members := s.signUp(b, loginConns)
		rounds := results{}
		for b.Loop() {
			bare, bareCPU := rate(os.Getpid(), func(next func() bool) {
				var wg sync.WaitGroup
				for range cores {
					wg.Go(func() {
						for next() {
							if err := bcrypt.CompareHashAndPassword(hash, []byte(password)); err != nil {
								b.Error(err)
							}
						}
					})
				}
				wg.Wait()
			})
			logins, loginCPU := rate(s.cmd.Process.Pid, func(next func() bool) { s.logIn(b, members, next) })
			rounds.add("bcrypt/s", bare)
			rounds.add("logins/s", logins)
			rounds.add("of-bcrypt", logins/bare)
			if loginCPU > 0 {
				rounds.add("cpu-of-bcrypt", bareCPU/loginCPU)
			}
		}
		rounds.report(b)
	})
}

// BenchmarkThroughput compares session checks without pause with a bare Gin handler that answers the same JSON.
func BenchmarkThroughput(b *testing.B) {
	eachEngine(b, func(b *testing.B, program string, engine db.Engine) {
		s := start(b, program, settings(b, engine))
		members := s.signUp(b, fullConns)
		bare := startBare(b, s.show(b, members[0]))
		rounds := results{}
		for b.Loop() {
			limit, limitCPU := bare.fullChecks(b, members, fullRound)
			checks, checkCPU := s.fullChecks(b, members, fullRound)
			rounds.add("gin/s", limit)
			rounds.add("checks/s", checks)
			rounds.add("of-gin", checks/limit)
			if checkCPU > 0 {
				rounds.add("gin-cpu-us", limitCPU*1000)
				rounds.add("check-cpu-us", checkCPU*1000)
			}
		}
		rounds.report(b)
	})
}

// BenchmarkFootprint tells the start with an empty folder and with one in use, the memory before and after load, and
// the size of the program.
func BenchmarkFootprint(b *testing.B) {
	program := build(b)
	rounds := results{}
	for b.Loop() {
		for range startsRound {
			o := settings(b, db.SQLite)
			first := start(b, program, o)
			rounds.add("empty-start-ms", ms(first.started))
			first.stop(b)
			again := start(b, program, o)
			rounds.add("start-ms", ms(again.started))
			again.stop(b)
		}
		s := start(b, program, settings(b, db.SQLite))
		rounds.add("idle-MB", s.resident())
		members := s.signUp(b, loginConns)
		s.fullChecks(b, members[:fullConns], fullRound)
		rate(0, func(next func() bool) { s.logIn(b, members, next) })
		rounds.add("loaded-MB", s.resident())
		s.stop(b)
	}
	info, err := os.Stat(program)
	if err != nil {
		b.Fatal(err)
	}
	rounds.add("binary-MB", float64(info.Size())/(1<<20))
	rounds.report(b)
}

// rate has run act for a round, as long as next says, and tells how many acts a second that made and how many
// milliseconds of processor the process used for each. What was begun is finished and counts.
func rate(pid int, run func(next func() bool)) (perSecond, cpu float64) {
	var acts atomic.Int64
	used, began := processor(pid), time.Now()
	run(func() bool {
		more := time.Since(began) < loginRound
		if more {
			acts.Add(1)
		}
		return more
	})
	n := float64(acts.Load())
	return n / time.Since(began).Seconds(), ms(processor(pid)-used) / n
}

// results holds the figures of all rounds by unit.
type results map[string][]float64

func (r results) add(unit string, figure float64) { r[unit] = append(r[unit], figure) }

func (r results) report(b *testing.B) {
	b.Helper()
	b.ReportMetric(0, "ns/op") // the length of a round means nothing
	for _, unit := range slices.Sorted(maps.Keys(r)) {
		b.ReportMetric(quantile(r[unit], 0.5), unit)
		if testing.Verbose() {
			b.Logf("%s: %.4g", unit, r[unit])
		}
	}
}

// quantile sorts a copy; the median of an even number is the upper one of the two in the middle.
func quantile[T time.Duration | float64](figures []T, q float64) T {
	if len(figures) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(figures))
	return sorted[min(int(q*float64(len(sorted))), len(sorted)-1)]
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
