package password

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func startPool(t testing.TB, o Options) *Pool {
	t.Helper()
	p := NewPool(o)
	p.Start()
	t.Cleanup(func() {
		if err := p.Close(context.Background()); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return p
}

func mustHash(t testing.TB, p *Pool, plain string) string {
	t.Helper()
	hash, err := p.Hash(t.Context(), plain)
	if err != nil {
		t.Fatalf("Hash: %v", err)
	}
	return hash
}

func mustVerify(t testing.TB, p *Pool, hash, plain string) Verdict {
	t.Helper()
	v, err := p.Verify(t.Context(), hash, plain)
	if err != nil {
		t.Fatalf("Verify: %v", err)
	}
	return v
}

// occupy keeps one worker busy until release is called.
func occupy(t *testing.T, p *Pool) (release func()) {
	t.Helper()
	began, end := make(chan struct{}), make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		err := p.do(context.Background(), &job{units: 1, run: func(*meter) error {
			close(began)
			<-end
			return nil
		}})
		if err != nil {
			t.Errorf("occupy: %v", err)
		}
	})
	<-began
	return func() { close(end); wg.Wait() }
}

func wantRefused(t *testing.T, p *Pool) {
	t.Helper()
	if _, err := p.Hash(t.Context(), "secret"); !errors.Is(err, ErrOverloaded) {
		t.Errorf("Hash = %v, want ErrOverloaded", err)
	}
	if v, err := p.Verify(t.Context(), "", "secret"); !errors.Is(err, ErrOverloaded) || v != (Verdict{}) {
		t.Errorf("Verify = %+v, %v, want ErrOverloaded", v, err)
	}
}

func TestPoolThatDoesNotRunRefuses(t *testing.T) {
	p := NewPool(Options{Cost: 4})
	wantRefused(t, p)
	p.Start()
	mustHash(t, p, "secret")
	if err := p.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	wantRefused(t, p)
	p.Start()
	wantRefused(t, p)
}

func TestNewPoolStartsNothing(t *testing.T) {
	before := goleak.IgnoreCurrent()
	p := NewPool(Options{Cost: 4})
	goleak.VerifyNone(t, before)
	if err := p.Close(t.Context()); err != nil {
		t.Errorf("Close before Start: %v", err)
	}
	p.Start()
	goleak.VerifyNone(t, before)
}

func TestCloseStopsEveryGoroutineAndRestoresGOMAXPROCS(t *testing.T) {
	procs, before := runtime.GOMAXPROCS(0), goleak.IgnoreCurrent()
	p := NewPool(Options{Cost: 4, Workers: 3})
	p.Start()
	p.Start()
	if got := runtime.GOMAXPROCS(0); got != procs+3 {
		t.Errorf("GOMAXPROCS = %d while running, want %d", got, procs+3)
	}
	if err := goleak.Find(before); err == nil {
		t.Error("no goroutine while running: this test could not fail")
	}
	mustHash(t, p, "secret")
	for range 2 {
		if err := p.Close(t.Context()); err != nil {
			t.Errorf("Close: %v", err)
		}
	}
	goleak.VerifyNone(t, before)
	if got := runtime.GOMAXPROCS(0); got != procs {
		t.Errorf("GOMAXPROCS = %d after Close, want %d", got, procs)
	}
}

func TestZeroOptionsAreSane(t *testing.T) {
	p := NewPool(Options{})
	if p.cost != 12 || p.queue.maxWait != time.Second {
		t.Errorf("cost %d, longest wait %v, want 12 and 1s", p.cost, p.queue.maxWait)
	}
	want := min(runtime.NumCPU(), runtime.GOMAXPROCS(0))
	p.Start()
	if got := p.Queue().Workers; got != want {
		t.Errorf("workers = %d, want %d", got, want)
	}
	if err := p.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	for cost, want := range map[int]int{-1: MinCost, 3: MinCost, 17: MaxCost} {
		if got := NewPool(Options{Cost: cost}).cost; got != want {
			t.Errorf("cost %d becomes %d, want %d", cost, got, want)
		}
	}
}

func TestCloseDrainsTheQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := NewPool(Options{Cost: 4, Workers: 1})
		p.Start()
		release := occupy(t, p)
		verified, closed := make(chan error, 1), make(chan error, 1)
		go func() {
			_, err := p.Verify(context.Background(), "", "secret")
			verified <- err
		}()
		synctest.Wait()
		go func() { closed <- p.Close(context.Background()) }()
		synctest.Wait()
		wantRefused(t, p)
		select {
		case err := <-closed:
			t.Fatalf("Close = %v while jobs wait", err)
		default:
		}
		release()
		if err := <-verified; err != nil {
			t.Errorf("Verify that waited = %v", err)
		}
		if err := <-closed; err != nil {
			t.Errorf("Close = %v", err)
		}
	})
}

func TestCloseWhoseTimeIsUpRefusesWhatWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := NewPool(Options{Cost: 4, Workers: 1})
		p.Start()
		release := occupy(t, p)
		verified := make(chan error, 1)
		go func() {
			_, err := p.Verify(context.Background(), "", "secret")
			verified <- err
		}()
		synctest.Wait()
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		if err := p.Close(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("Close = %v, want Canceled", err)
		}
		if err := <-verified; !errors.Is(err, ErrOverloaded) {
			t.Errorf("Verify that waited = %v, want ErrOverloaded", err)
		}
		release()
		if err := p.Close(context.Background()); err != nil {
			t.Errorf("second Close = %v", err)
		}
	})
}

func TestCallerWhoGoesWhileWaitingGivesThePlaceBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startPool(t, Options{Cost: 4, Workers: 1})
		release := occupy(t, p)
		ctx, cancel := context.WithCancel(context.Background())
		verified := make(chan error, 1)
		go func() {
			_, err := p.Verify(ctx, "", "secret")
			verified <- err
		}()
		synctest.Wait()
		if got := p.Queue(); got.Depth != 1 || got.Busy != 1 {
			t.Errorf("Queue = %+v, want one waiting and one busy", got)
		}
		cancel()
		if err := <-verified; !errors.Is(err, context.Canceled) { // the worker is still occupied
			t.Errorf("Verify = %v, want Canceled", err)
		}
		if got := p.Queue().Depth; got != 0 {
			t.Errorf("depth = %d after the caller has gone, want 0", got)
		}
		release()
		if got := p.queue.work(); got != 0 {
			t.Errorf("work = %d units for a caller who has gone, want 0", got)
		}
	})
}

func TestCallerWhoHasGoneCostsNoWork(t *testing.T) {
	p := startPool(t, Options{Cost: 4})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := p.Hash(ctx, "secret"); !errors.Is(err, context.Canceled) {
		t.Errorf("Hash = %v, want Canceled", err)
	}
	if got := p.queue.work(); got != 0 {
		t.Errorf("work = %d units, want 0", got)
	}
}

func TestFullPoolRefusesAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startPool(t, Options{Cost: 12, Workers: 1, MaxWait: 100 * time.Millisecond})
		release := occupy(t, p)
		var wg sync.WaitGroup
		ctx, cancel := context.WithCancel(context.Background())
		for range 2 { // 55 ms of work each at the first guess, as a quarter of a group
			wg.Go(func() { _, _ = p.Verify(ctx, "", "secret") })
			synctest.Wait()
		}
		wantRefused(t, p)
		cancel()
		wg.Wait()
		release()
	})
}

func TestPanicBecomesTheErrorOfThatJob(t *testing.T) {
	p := startPool(t, Options{Cost: 4, Workers: 1})
	err := p.do(t.Context(), &job{units: 1, run: func(*meter) error { panic("broken") }})
	if err == nil || !strings.Contains(err.Error(), "broken") {
		t.Errorf("error = %v, want the panic", err)
	}
	if hash := mustHash(t, p, "secret"); !mustVerify(t, p, hash, "secret").Match {
		t.Error("the worker is of no use after a panic")
	}
	if got := p.Queue().Busy; got != 0 {
		t.Errorf("busy = %d after all jobs, want 0", got)
	}
}

func TestCallersDoNotGetEachOthersVerdict(t *testing.T) {
	p := startPool(t, Options{Cost: 4, Workers: 3, MaxWait: time.Hour})
	hash := mustHash(t, p, "right")
	var wg sync.WaitGroup
	for i := range 60 {
		wg.Go(func() {
			plain := "wrong"
			if i%2 == 0 {
				plain = "right"
			}
			if v, err := p.Verify(t.Context(), hash, plain); err != nil || v.Match != (plain == "right") {
				t.Errorf("Verify(%q) = %+v, %v", plain, v, err)
			}
		})
	}
	wg.Wait()
}
