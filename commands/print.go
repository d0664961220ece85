package commands

import (
	"encoding/json"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"
	"unicode"
	"unicode/utf16"
)

// printing says how to print.
type printing struct {
	JSON bool `name:"json" help:"Print JSON for programs, one object a line."`
}

func (p *program) say(format string, args ...any) { _, _ = fmt.Fprintf(p.stdout, format+"\n", args...) }

// count writes a line of a report, if there is anything to count.
func (p *program) count(n int, format string, args ...any) {
	if n > 0 {
		p.say("%8d  %s", n, fmt.Sprintf(format, args...))
	}
}

// printJSON escapes what printable does, which is the same JSON.
func (p *program) printJSON(v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return err
	}
	var b strings.Builder
	for _, r := range string(text) {
		if unicode.IsPrint(r) {
			b.WriteRune(r)
			continue
		}
		for _, unit := range utf16.Encode([]rune{r}) {
			fmt.Fprintf(&b, `\u%04x`, unit)
		}
	}
	_, err = fmt.Fprintln(p.stdout, b.String())
	return err
}

// table aligns columns for a person.
type table struct{ *tabwriter.Writer }

func (p *program) table(headings ...string) table {
	t := table{tabwriter.NewWriter(p.stdout, 0, 0, 2, ' ', 0)}
	if len(headings) > 0 {
		t.row(headings...)
	}
	return t
}

func (t table) row(cells ...string) {
	for i := range cells {
		cells[i] = printable(cells[i])
	}
	_, _ = fmt.Fprintln(t, strings.Join(cells, "\t"))
}

// printable shows what could move the cursor of a terminal, hide, or break a row in two as an escape: people choose
// their own names, and two that look alike must not be taken for one.
func printable(text string) string {
	var b strings.Builder
	for _, r := range text {
		if unicode.IsPrint(r) {
			b.WriteRune(r)
		} else {
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return b.String()
}

func moment(t time.Time) string { return t.UTC().Format(time.DateTime) + " UTC" }

func when(t *time.Time) string {
	if t == nil {
		return "never"
	}
	return moment(*t)
}

func shown(t *time.Time) *string {
	if t == nil {
		return nil
	}
	text := moment(*t)
	return &text
}

func orNothing(text *string) string {
	if text == nil {
		return "-"
	}
	return *text
}

func orDash(text string) string {
	if text == "" {
		return "-"
	}
	return text
}

// someOf lists what stands for more.
func someOf(list []string, all int) string {
	text := printable(strings.Join(list, ", "))
	if all > len(list) {
		text += fmt.Sprintf(" and %d more", all-len(list))
	}
	return text
}

// counted is a number with the words that follow it.
func counted(n int, one, many string) string { return fmt.Sprintf("%d %s", n, plural(n, one, many)) }

// plural chooses the words that follow a number.
func plural(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}
