package password

import (
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func TestPoolTellsHowLongEachJobWaitedAndHowManyWereDone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var waits []time.Duration
		p := startPool(t, Options{Cost: MinCost, Workers: 1, MaxWait: time.Hour, Waited: func(d time.Duration) { waits = append(waits, d) }})
		release := occupy(t, p)
		var hashed sync.WaitGroup
		for range 3 {
			hashed.Go(func() { mustHash(t, p, "secret") })
		}
		synctest.Wait()
		time.Sleep(5 * time.Second) // of the test's own clock
		release()
		hashed.Wait()
		if want := []time.Duration{0, 5 * time.Second, 5 * time.Second, 5 * time.Second}; !slices.Equal(waits, want) {
			t.Errorf("the jobs waited %v, want %v", waits, want)
		}
		_ = p.do(t.Context(), &job{units: 1, run: func(*meter) error { panic("not done") }})
		if n := p.Queue().Done; n != 4 {
			t.Errorf("%d jobs are done, want 4", n)
		}
	})
}
