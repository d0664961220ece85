package password

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// Options are the settings of a Pool.
type Options struct {
	// Cost is the bcrypt cost of new hashes. Zero is 12 (ASVS 5.0 11.4.2);
	// outside MinCost and MaxCost the nearer of the two holds, since a pool
	// must be able to verify what it wrote.
	Cost int
	// Workers is the number of hash workers; zero is one for each processor.
	Workers int
	// MaxWait is the longest time in the queue: a job that would wait longer
	// is refused at once (ASVS 5.0 15.2.2). Zero is one second.
	MaxWait time.Duration
	// Engine is what computes bcrypts. The zero value is Multi.
	Engine Engine
	// Waited, unless nil, is called when a worker takes a job, with the time that it was in the queue. It must not wait.
	Waited func(time.Duration)
}

// QueueStats is how busy a Pool is at one moment.
type QueueStats struct {
	// Depth is the number of jobs that wait for a worker.
	Depth int
	// Busy is the number of workers that hash.
	Busy int
	// Workers is the number of workers; zero before Start.
	Workers int
	// AtOnce is how many jobs all workers together compute at one time.
	AtOnce int
	// Wait is how long a job that comes now would wait, as far as can be told.
	Wait time.Duration
	// Done is the number of jobs, each one password hashed or checked, that were computed since Start.
	Done uint64
}

// Pool hashes on workers of its own. Build one with NewPool.
type Pool struct {
	cost    int
	workers int
	engine  Engine
	waited  func(time.Duration)
	queue   *queue

	mu      sync.Mutex
	started bool
	closed  bool
	live    atomic.Int64  // workers that have not ended
	stopped chan struct{} // closed by the last worker
}

// NewPool makes a pool. It starts nothing: until Start, Hash and Verify return
// ErrOverloaded.
func NewPool(o Options) *Pool {
	if o.Cost == 0 {
		o.Cost = 12
	}
	o.Cost = min(max(o.Cost, MinCost), MaxCost)
	if o.MaxWait <= 0 {
		o.MaxWait = time.Second
	}
	if o.Waited == nil {
		o.Waited = func(time.Duration) {}
	}
	return &Pool{
		cost:    o.Cost,
		workers: o.Workers,
		engine:  o.Engine,
		waited:  o.Waited,
		queue:   newQueue(o.Cost, o.Engine.width(), o.MaxWait, time.Now),
		stopped: make(chan struct{}),
	}
}

// Start starts the workers. Each has an operating-system thread of its own,
// and GOMAXPROCS grows by their number: with every P inside bcrypt a ready
// request would wait until the Go scheduler preempts a hash, 10 ms or more.
// With Ps to themselves the operating system shares the cores fairly instead.
// Setting GOMAXPROCS makes the runtime stop following a changed CPU limit.
// A second Start, or one after Close, does nothing.
func (p *Pool) Start() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.started || p.closed {
		return
	}
	p.started = true
	if p.workers <= 0 {
		p.workers = min(runtime.NumCPU(), runtime.GOMAXPROCS(0))
	}
	p.live.Store(int64(p.workers))
	runtime.GOMAXPROCS(runtime.GOMAXPROCS(0) + p.workers)
	p.queue.start(p.workers)
	for id := range p.workers {
		go p.work(id)
	}
}

// Close refuses new jobs, lets the workers empty the queue and ends them. If
// ctx ends first, the jobs that still wait get ErrOverloaded and Close returns
// the error of ctx; a hash that is being computed cannot be stopped, and its
// worker ends after it. Close may be called again, to wait for those. The last
// worker gives back what Start added to GOMAXPROCS.
func (p *Pool) Close(ctx context.Context) error {
	p.mu.Lock()
	p.closed = true
	started := p.started
	p.mu.Unlock()
	p.queue.close()
	if !started {
		return nil
	}
	select {
	case <-p.stopped:
		return nil
	case <-ctx.Done():
		p.queue.drop()
		return fmt.Errorf("close password pool: %w", ctx.Err())
	}
}

// Queue tells how busy the pool is, for readiness and metrics.
func (p *Pool) Queue() QueueStats { return p.queue.stats() }

// do has a worker run the job, and waits for it or for the end of ctx.
func (p *Pool) do(ctx context.Context, j *job) error {
	j.ctx, j.done = ctx, make(chan struct{})
	_, j.kept = ctx.Value(promise{}).(bool)
	if err := p.queue.push(j); err != nil {
		return err
	}
	select {
	case <-j.done:
		return j.err
	case <-ctx.Done():
		p.queue.remove(j)
		return ctx.Err()
	}
}

func (p *Pool) work(id int) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	defer p.leave()
	for {
		jobs := p.queue.take(id)
		if len(jobs) == 0 {
			return
		}
		for _, j := range jobs {
			p.waited(p.queue.now().Sub(j.came))
		}
		p.engine.run(jobs, func(j *job, err error) { p.queue.finish(id, j, err) })
	}
}

// leave subtracts rather than restores the old number, so that pools may end
// in another order than they began.
func (p *Pool) leave() {
	if p.live.Add(-1) == 0 {
		runtime.GOMAXPROCS(max(1, runtime.GOMAXPROCS(0)-p.workers))
		close(p.stopped)
	}
}
