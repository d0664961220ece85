package commands

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

// clock is moved by hand.
type clock struct{ t time.Time }

func (c *clock) now() time.Time { return c.t }

func TestALogGetsALineOfProgressNowAndThen(t *testing.T) {
	var out bytes.Buffer
	c := &clock{time.Unix(1000, 0)}
	g := startProgress(&progress{out: &out, now: c.now, what: "Hashing", total: 1000}, false)
	for range 7 {
		c.t = c.t.Add(5 * time.Second)
		g.add(100)
	}
	g.print("by the way")
	g.done()
	want := "Hashing: 200 of 1000 (20 %), about 40s left\n" +
		"Hashing: 400 of 1000 (40 %), about 30s left\n" +
		"Hashing: 600 of 1000 (60 %), about 20s left\n" +
		"by the way\n"
	if out.String() != want {
		t.Errorf("it told\n%swant\n%s", &out, want)
	}
}

func TestProgressOfUnknownLengthIsToldInALog(t *testing.T) {
	var out bytes.Buffer
	c := &clock{time.Unix(1000, 0)}
	g := startProgress(&progress{out: &out, now: c.now, what: "Importing", total: -1, bytes: true}, false)
	c.t = c.t.Add(time.Minute)
	g.add(2_340_000)
	g.done()
	if want := "Importing: 2.3 MB so far\n"; out.String() != want {
		t.Errorf("it told %q, want %q", &out, want)
	}
}

// What is shorter than ten seconds, or has nothing to do, is not worth a line.
func TestShortActsTellNoProgressInALog(t *testing.T) {
	file, err := os.Create(filepath.Join(t.TempDir(), "log"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for _, total := range []int64{-1, 0, 5} {
		g := newProgress(&program{stderr: file}, "Importing", total)
		g.add(5)
		g.done()
	}
	if text, err := os.ReadFile(file.Name()); err != nil || len(text) > 0 {
		t.Errorf("it told %q, %v, want nothing", text, err)
	}
}

// screen is what a terminal's last lines show after these bytes.
func screen(text string) []string {
	var lines []string
	for line := range strings.SplitSeq(text, "\n") {
		var shown []rune
		at := 0
		for _, r := range line {
			if r == '\r' {
				at = 0
				continue
			}
			if at == len(shown) {
				shown = append(shown, ' ')
			}
			shown[at] = r
			at++
		}
		lines = append(lines, strings.TrimRight(string(shown), " "))
	}
	return lines
}

func TestATerminalGetsABarThatEndsWithTheAct(t *testing.T) {
	spent := regexp.MustCompile(`\[.*\]`)
	for _, test := range []struct {
		name  string
		total int64
		bytes bool
		adds  []int64
		want  string
	}{
		{"all of it", 10, false, []int64{4, 6}, "Hashing 100% |██████████████████████████████| (10/10)"},
		{"broken off", 10, false, []int64{4}, "Hashing  40% |████████████                  | (4/10) [TIME]"},
		{"more than expected", 10, false, []int64{10, 5}, "Hashing 100% |██████████████████████████████| (10/10)"},
		{"of unknown length", -1, false, []int64{4, 6}, "/ Hashing (10) [TIME]"},
		{"bytes", 2000, true, []int64{2000}, "Hashing 100% |██████████████████████████████| (2.0/2.0 kB, RATE)"},
	} {
		var out bytes.Buffer
		g := startProgress(&progress{out: &out, now: time.Now, what: "Hashing", total: test.total, bytes: test.bytes}, true)
		for _, n := range test.adds {
			g.add(n)
		}
		g.done()
		g.done()
		g.add(1)
		g.print("next")
		lines := screen(out.String())
		got := spent.ReplaceAllString(regexp.MustCompile(`[\d.]+ .B/s`).ReplaceAllString(lines[0], "RATE"), "[TIME]")
		if got != test.want || len(lines) != 3 || lines[1] != "next" {
			t.Errorf("%s: the terminal shows %q, want %q and the next line below", test.name, lines, test.want)
		}
	}
}

func TestALineStandsAboveTheBar(t *testing.T) {
	var out bytes.Buffer
	g := startProgress(&progress{out: &out, now: time.Now, what: "Hashing", total: 2}, true)
	g.print("line 7 is bad")
	g.add(2)
	g.done()
	lines := screen(out.String())
	if len(lines) != 3 || lines[0] != "line 7 is bad" || !strings.Contains(lines[1], "(2/2)") {
		t.Errorf("the terminal shows %q, want the line, and the bar below", lines)
	}
}

func TestManyMayTellProgressAtOnce(t *testing.T) {
	for _, total := range []int64{1000, -1} {
		var out bytes.Buffer
		g := startProgress(&progress{out: &out, now: time.Now, what: "Hashing", total: total}, true)
		var wg sync.WaitGroup
		for range 10 {
			wg.Go(func() {
				for range 100 {
					g.add(1)
				}
			})
		}
		wg.Wait()
		g.done()
		if g.count != 1000 {
			t.Errorf("count = %d, want 1000", g.count)
		}
	}
}
