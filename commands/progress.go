package commands

import (
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"
)

// A long act tells on the standard error how far it is: a bar for a person at a terminal, a line every ten seconds
// elsewhere, and so nothing about an act that is shorter. It counts whatever the act counts.

const (
	tellEvery = 10 * time.Second       // a line for a log or a pipe
	drawEvery = 100 * time.Millisecond // the bar
)

// progress is safe for use by several goroutines. It starts none.
type progress struct {
	mu    sync.Mutex
	out   io.Writer
	now   func() time.Time
	bar   *progressbar.ProgressBar // nil where nobody watches
	what  string
	total int64 // negative where nobody knows
	bytes bool  // what is counted

	count, shown int64
	began, spoke time.Time
	ended        bool
}

// newProgress begins to tell about an act, such as "Importing", that ends at total; a negative total is one that
// nobody knows. Its caller must call done.
func newProgress(p *program, what string, total int64) *progress {
	return startProgress(&progress{out: p.stderr, now: time.Now, what: what, total: total}, isTerminal(p.stderr))
}

// newByteProgress is newProgress for an act that counts bytes, such as those of a file that it reads.
func newByteProgress(p *program, what string, total int64) *progress {
	return startProgress(&progress{out: p.stderr, now: time.Now, what: what, total: total, bytes: true}, isTerminal(p.stderr))
}

func startProgress(g *progress, watched bool) *progress {
	g.began = g.now()
	g.spoke = g.began
	if !watched || g.total == 0 {
		return g
	}
	g.total = max(g.total, -1) // which is the bar's own word for unknown
	g.bar = progressbar.NewOptions64(g.total,
		progressbar.OptionSetWriter(g.out),
		progressbar.OptionSetDescription(g.what),
		progressbar.OptionShowCount(),
		progressbar.OptionShowBytes(g.bytes),
		progressbar.OptionShowTotalBytes(g.total > 0),
		progressbar.OptionSetWidth(30),
		progressbar.OptionSetSpinnerChangeInterval(0), // otherwise a goroutine turns it
		progressbar.OptionSetPredictTime(g.total > 0),
	)
	_ = g.bar.RenderBlank()
	return g
}

// add tells that n more are done.
func (g *progress) add(n int64) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.count += n
	now := g.now()
	quiet := now.Sub(g.spoke)
	switch {
	case g.ended:
	case g.bar != nil && (quiet >= drawEvery || g.count == g.total):
		g.spoke = now
		g.draw()
	case g.bar == nil && quiet >= tellEvery:
		g.spoke = now
		_, _ = fmt.Fprintln(g.out, g.sentence(now))
	}
}

// draw brings the bar up to date. More than was expected is an error to the bar, and none to us.
func (g *progress) draw() {
	_ = g.bar.Add64(g.count - g.shown)
	g.shown = g.count
}

// print writes a line of its own, above the bar where there is one.
func (g *progress) print(line string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.bar != nil && !g.ended {
		_ = g.bar.Clear()
	}
	_, _ = fmt.Fprintln(g.out, line)
}

// done ends the telling, wherever the act is by then. It may be called twice.
func (g *progress) done() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.bar != nil && !g.ended {
		g.draw()
		_ = g.bar.Exit()
		_, _ = fmt.Fprintln(g.out) // what comes next begins a line
	}
	g.ended = true
}

// sentence is what a log gets.
func (g *progress) sentence(now time.Time) string {
	if g.total <= 0 || g.count <= 0 {
		return fmt.Sprintf("%s: %s so far", g.what, g.amount(g.count))
	}
	left := time.Duration(float64(now.Sub(g.began)) * float64(g.total-g.count) / float64(g.count))
	return fmt.Sprintf("%s: %s of %s (%d %%), about %v left", g.what, g.amount(g.count), g.amount(g.total),
		100*g.count/g.total, max(left, 0).Round(time.Second))
}

func (g *progress) amount(n int64) string {
	if g.bytes {
		return fmt.Sprintf("%.1f MB", float64(n)/1e6)
	}
	return fmt.Sprint(n)
}
