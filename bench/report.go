package main

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
)

// headings are what a table is about, and what the ratios in it are ratios to.
var headings = map[string]struct{ text, base, ratio string }{
	"checks":   {"Session checks: GET /api/users/me", "bare Gin", "of bare Gin"},
	"touches":  {"Session checks that also write the last-seen time, which is so once a minute for each session", "", ""},
	"logins":   {"Logins: POST /api/users/login", "bare Gin", "of x/crypto one at a time"},
	"flood":    {"Session checks while 32 connections log in without pause", "", ""},
	"overflow": {"Logins that the queue has no room for", "", ""},
	"start":    {"Start, memory and size", "", ""},
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
		r.table(&b, m.name)
	}
	return b.String()
}

func (r *results) table(b *strings.Builder, measure string) {
	figures := r.figures(measure)
	if len(figures) == 0 {
		return
	}
	about := headings[measure]
	titles := []string{about.text}
	for _, figure := range figures {
		titles = append(titles, figure)
		if figure == perSecond && about.base != "" {
			titles = append(titles, about.ratio)
		}
	}
	fmt.Fprintf(b, "\n| %s |\n|%s\n", strings.Join(titles, " | "), strings.Repeat(" --- |", len(titles)))
	for _, name := range r.contenders(measure) {
		cells := []string{name}
		for _, figure := range figures {
			cells = append(cells, spread(r.of(measure, name, figure)))
			if figure == perSecond && about.base != "" {
				cells = append(cells, spread(r.ratio(measure, name, figure, about.base)))
			}
		}
		fmt.Fprintf(b, "| %s |\n", strings.Join(cells, " | "))
	}
}

// The tables stand between these lines of a page.
const (
	pageBegin = "<!-- figures: written by go run ./bench --docs docs -->\n"
	pageEnd   = "<!-- end of figures -->\n"
)

// fillPage puts the tables into a page, in place of those that stand there.
func (r *results) fillPage(path string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	before, rest, began := strings.Cut(string(text), pageBegin)
	_, after, ended := strings.Cut(rest, pageEnd)
	if !began || !ended {
		return errors.New(path + " has no place for the figures")
	}
	return os.WriteFile(path, []byte(before+pageBegin+"\n"+r.markdown()+"\n"+pageEnd+after), 0o644)
}
