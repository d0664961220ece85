package main

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
)

// base names the contender that the ratios are ratios to: Gin without a database.
const base = "bare Gin"

// label names a contender in a table: where people log in, the bare server is more than a handler.
func label(measure, contender string) string {
	if contender == base && (measure == "logins" || measure == "flood") {
		return "x/crypto one at a time"
	}
	return contender
}

// markdown writes one table for each measure.
func (r *results) markdown() string {
	var b strings.Builder
	s := r.About.Settings
	fmt.Fprintf(&b, "%s, %s, revision %s; %s of %s, bcrypt cost %d, %s sessions.", r.About.Date, r.About.Machine, r.About.Revision,
		plural(s.Rounds, "round"), s.Period, s.Cost, number(float64(s.Sessions)))
	for _, name := range slices.Sorted(maps.Keys(r.About.Versions)) {
		fmt.Fprintf(&b, " %s %s.", name, r.About.Versions[name])
	}
	b.WriteString("\n")
	for _, m := range measures {
		r.table(&b, m)
	}
	return b.String()
}

// table writes the figures of a measure, and behind two of them how they compare with the bare server.
func (r *results) table(b *strings.Builder, m measure) {
	names := r.contenders(m.name)
	if len(names) == 0 {
		return
	}
	titles := []string{m.title}
	if m.parts > 1 {
		titles[0] += fmt.Sprintf(" (%d times as many rounds, of 1/%d of the time)", m.parts, m.parts)
	}
	for _, figure := range m.figures {
		titles = append(titles, figure)
		if m.compares(figure) {
			titles = append(titles, m.ratio)
		}
	}
	fmt.Fprintf(b, "\n| %s |\n|%s\n", strings.Join(titles, " | "), strings.Repeat(" --- |", len(titles)))
	for _, name := range names {
		cells := []string{label(m.name, name)}
		for _, figure := range m.figures {
			cells = append(cells, spread(r.of(m.name, name, figure)))
			switch {
			case !m.compares(figure):
			case figure == processorTime: // less is better
				cells = append(cells, spread(r.ratio(m.name, base, figure, name)))
			default:
				cells = append(cells, spread(r.ratio(m.name, name, figure, base)))
			}
		}
		fmt.Fprintf(b, "| %s |\n", strings.Join(cells, " | "))
	}
}

func (m measure) compares(figure string) bool {
	return m.ratio != "" && (figure == perSecond || figure == processorTime)
}

// place is where on a page the tables of a command stand.
type place struct{ begin, end string }

var (
	figuresPlace = place{"<!-- figures: written by go run ./bench --docs docs -->\n", "<!-- end of figures -->\n"}
	growthPlace  = place{"<!-- growth: written by go run ./bench growth --docs docs -->\n", "<!-- end of growth -->\n"}
)

// fill puts tables into a page, in place of those that stand there.
func (p place) fill(path, tables string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	before, rest, began := strings.Cut(string(text), p.begin)
	_, after, ended := strings.Cut(rest, p.end)
	if !began || !ended {
		return errors.New(path + " has no place for the figures")
	}
	return os.WriteFile(path, []byte(before+p.begin+"\n"+tables+"\n"+p.end+after), 0o644)
}
