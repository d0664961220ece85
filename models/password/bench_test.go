package password

import (
	"runtime"
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"
)

// BenchmarkPoolAgainstBareBcrypt has 32 clients log in through the pool, and as
// many goroutines as there are cores do the same compares without one. The
// result is a ratio, so that it holds on other machines: near 3, the workers
// compute what waits in groups and the pool costs next to nothing.
func BenchmarkPoolAgainstBareBcrypt(b *testing.B) {
	const cost, clients, logins = 10, 32, 64
	cores := min(runtime.NumCPU(), runtime.GOMAXPROCS(0))
	hash, err := bcrypt.GenerateFromPassword([]byte("secret"), cost)
	if err != nil {
		b.Fatal(err)
	}
	var bare, pooled time.Duration
	for b.Loop() { // alternate, so that other load on the machine hits both alike
		bare += share(cores, logins, func() {
			if err := bcrypt.CompareHashAndPassword(hash, []byte("secret")); err != nil {
				b.Error(err)
			}
		})
		p := startPool(b, Options{Cost: cost, Workers: cores, MaxWait: time.Minute})
		pooled += share(clients, logins, func() {
			if v, err := p.Verify(b.Context(), string(hash), "secret"); err != nil || !v.Match {
				b.Errorf("Verify = %+v, %v", v, err)
			}
		})
		if err := p.Close(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(bare.Seconds()/pooled.Seconds(), "of-bare")
	b.ReportMetric(float64(logins*b.N)/pooled.Seconds(), "logins/s")
}

// share has n goroutines make the calls and tells how long they took together.
func share(n, calls int, call func()) time.Duration {
	begin := time.Now()
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			for c := i; c < calls; c += n {
				call()
			}
		})
	}
	wg.Wait()
	return time.Since(begin)
}
