package multibcrypt

import (
	"fmt"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"
)

// BenchmarkAgainstXCrypto tells how many times the hashes a second of x/crypto
// each filling of the wide loop gives, on one core and on all. The rounds
// alternate and the result is their median, so that other load on the machine
// hits both alike.
func BenchmarkAgainstXCrypto(b *testing.B) {
	cores := []int{1}
	if n := min(runtime.NumCPU(), runtime.GOMAXPROCS(0)); n > 1 {
		cores = append(cores, n)
	}
	for _, cost := range []int{10, 12} {
		for _, n := range cores {
			b.Run(fmt.Sprintf("cost=%d/cores=%d", cost, n), func(b *testing.B) { benchmarkFillings(b, cost, n) })
		}
	}
}

func benchmarkFillings(b *testing.B, cost, cores int) {
	hash, err := bcrypt.GenerateFromPassword([]byte("secret"), cost)
	if err != nil {
		b.Fatal(err)
	}
	var alone []float64
	var ratios [Width + 1][]float64
	for b.Loop() {
		one := onEach(cores, func() {
			if err := bcrypt.CompareHashAndPassword(hash, []byte("secret")); err != nil {
				b.Error(err)
			}
		})
		alone = append(alone, one)
		for n := 1; n <= Width; n++ {
			took := onEach(cores, func() {
				if err := Compute(sameJobs(n, cost, hash)...); err != nil {
					b.Error(err)
				}
			})
			ratios[n] = append(ratios[n], float64(n)*one/took)
		}
	}
	b.ReportMetric(1000*median(alone), "x/crypto-ms")
	for n := 1; n <= Width; n++ {
		b.ReportMetric(median(ratios[n]), fmt.Sprintf("with-%d", n))
	}
}

func sameJobs(n, cost int, hash []byte) []*Job {
	var jobs []*Job
	for range n {
		jobs = append(jobs, &Job{Cost: cost, Password: []byte("secret"), Salt: string(hash[7:29])})
	}
	return jobs
}

// onEach makes the call on so many goroutines at once and tells the seconds
// until all are back.
func onEach(cores int, call func()) float64 {
	begin := time.Now()
	var wg sync.WaitGroup
	for range cores {
		wg.Go(call)
	}
	wg.Wait()
	return time.Since(begin).Seconds()
}

func median(list []float64) float64 {
	slices.Sort(list)
	return list[len(list)/2]
}
