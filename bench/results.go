package main

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"time"
)

// results are the figures of all rounds, and what they were measured on.
type results struct {
	About  about    `json:"about"`
	Series []series `json:"series"`
}

// series is one figure of one contender, round by round.
type series struct {
	Measure   string    `json:"measure"`
	Contender string    `json:"contender"`
	Figure    string    `json:"figure"`
	Rounds    []float64 `json:"rounds"`
}

type about struct {
	Date     string            `json:"date"`
	Machine  string            `json:"machine"`
	Revision string            `json:"revision"`
	Versions map[string]string `json:"versions"`
	Settings settings          `json:"settings"`
}

func (r *results) add(measure, contender, figure string, value float64) {
	for i := range r.Series {
		if s := &r.Series[i]; s.Measure == measure && s.Contender == contender && s.Figure == figure {
			s.Rounds = append(s.Rounds, value)
			return
		}
	}
	r.Series = append(r.Series, series{measure, contender, figure, []float64{value}})
}

// of returns the rounds of a figure, nil if there is none.
func (r *results) of(measure, contender, figure string) []float64 {
	for _, s := range r.Series {
		if s.Measure == measure && s.Contender == contender && s.Figure == figure {
			return s.Rounds
		}
	}
	return nil
}

// contenders are those of a measure, in the order in which they came.
func (r *results) contenders(measure string) []string {
	var list []string
	for _, s := range r.Series {
		if s.Measure == measure && !slices.Contains(list, s.Contender) {
			list = append(list, s.Contender)
		}
	}
	return list
}

// ratio divides the rounds of two contenders one by one, so that what slowed down a whole round cancels out.
func (r *results) ratio(measure, contender, figure, other string) []float64 {
	mine, theirs := r.of(measure, contender, figure), r.of(measure, other, figure)
	var list []float64
	for i := range min(len(mine), len(theirs)) {
		if theirs[i] > 0 {
			list = append(list, mine[i]/theirs[i])
		}
	}
	return list
}

func (r *results) save(path string) error {
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(text, '\n'), 0o644)
}

func (l *lab) about(ctx context.Context) about {
	a := about{
		Date:     time.Now().UTC().Format(time.DateOnly),
		Machine:  machine(),
		Revision: firstLine(ctx, "git", "describe", "--always", "--dirty"),
		Versions: map[string]string{"go": runtime.Version()},
		Settings: l.settings,
	}
	if l.server != nil {
		a.Versions["mariadb"] = l.server.Version()
	}
	if !l.settings.NoExpress {
		packages, _ := locked() // it was installed from the same text
		for name, version := range packages {
			a.Versions[name] = version
		}
		a.Versions["node"] = firstLine(ctx, "node", "--version")
	}
	return a
}

// machine tells the processor, where Linux says it, and the number of cores.
func machine() string {
	model := runtime.GOARCH
	text, _ := os.ReadFile("/proc/cpuinfo")
	if _, after, ok := strings.Cut(string(text), "model name"); ok {
		line, _, _ := strings.Cut(after, "\n")
		model = strings.TrimLeft(line, "\t :")
	}
	return model + ", " + plural(runtime.NumCPU(), "core") + ", " + runtime.GOOS
}

func firstLine(ctx context.Context, name string, args ...string) string {
	out, err := exec.CommandContext(ctx, name, args...).Output()
	if err != nil {
		return "unknown"
	}
	line, _, _ := strings.Cut(string(out), "\n")
	return line
}
