package main

import (
	"fmt"
	"html"
	"slices"
	"strings"
)

// The sizes of the plot, in the units of its view box.
const (
	plotWidth  = 760
	labelRoom  = 190 // left of the bars
	valueRoom  = 150 // right of the longest bar
	barHeight  = 22
	barStep    = 34
	chartTop   = 58 // from the top of a chart to its first bar
	chartBelow = 22
)

// style follows the reader's choice of light or dark.
const style = `
  text { font: 14px system-ui, sans-serif; fill: #1f2328; }
  .title { font-weight: 600; font-size: 16px; }
  .note { font-size: 12px; fill: #59636e; }
  .bar { fill: #0969da; }
  .limit { fill: #8c959f; }
  .spread { stroke: #1f2328; stroke-width: 1.5; }
  @media (prefers-color-scheme: dark) {
    text { fill: #f0f6fc; }
    .note { fill: #9198a1; }
    .bar { fill: #4493f8; }
    .limit { fill: #656c76; }
    .spread { stroke: #f0f6fc; }
  }
`

// chart is one measure's bars: medians, with a line from the least round to the most.
type chart struct{ measure, title, note string }

var charts = []chart{
	{"checks", "Session checks a second", "more is better; in brackets the ratio to the bare handler"},
	{"logins", "Logins a second", "more is better; in brackets the ratio to x/crypto one at a time"},
}

// plot draws the charts one below the other.
func (r *results) plot() string {
	var body strings.Builder
	top := 0
	for _, c := range charts {
		top = r.draw(&body, c, top)
	}
	a := r.About
	top += 8
	fmt.Fprintf(&body, "<text class=\"note\" x=\"8\" y=\"%d\">%s</text>\n", top, html.EscapeString(fmt.Sprintf(
		"%s, %s. Bcrypt cost %d, %s sessions; medians of %s.", a.Date, a.Machine, a.Settings.Cost, number(float64(a.Settings.Sessions)),
		plural(a.Settings.Rounds, "alternating round"))))
	return fmt.Sprintf("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %[1]d %[2]d\" role=\"img\" aria-label=\"%s\">\n<style>%s</style>\n%s</svg>\n",
		plotWidth, top+14, "Bar charts of session checks and logins a second", style, body.String())
}

// draw adds a chart and returns where the next begins.
func (r *results) draw(b *strings.Builder, c chart, top int) int {
	names := r.contenders(c.measure)
	most := 0.0
	for _, name := range names {
		most = max(most, slices.Max(r.of(c.measure, name, perSecond)))
	}
	if most == 0 {
		return top
	}
	fmt.Fprintf(b, "<text class=\"title\" x=\"8\" y=\"%d\">%s</text>\n<text class=\"note\" x=\"8\" y=\"%d\">%s</text>\n", top+24, c.title, top+42, c.note)
	length := func(value float64) float64 { return value / most * (plotWidth - labelRoom - valueRoom) }
	for i, name := range names {
		rounds := r.of(c.measure, name, perSecond)
		y := top + chartTop + i*barStep
		middle := y + barHeight/2
		class := "bar"
		if name == base {
			class = "limit"
		}
		low, high := labelRoom+length(slices.Min(rounds)), labelRoom+length(slices.Max(rounds))
		fmt.Fprintf(b, "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">%s</text>\n", labelRoom-10, middle+5, html.EscapeString(label(c.measure, name)))
		fmt.Fprintf(b, "<rect class=\"%s\" x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"%d\" rx=\"3\"/>\n", class, labelRoom, y, length(quantile(rounds, 0.5)), barHeight)
		fmt.Fprintf(b, "<path class=\"spread\" d=\"M%.1f %dH%.1f\"/>\n", low, middle, high)
		fmt.Fprintf(b, "<text x=\"%.1f\" y=\"%d\">%s (%.2f)</text>\n", high+10, middle+5, number(quantile(rounds, 0.5)),
			quantile(r.ratio(c.measure, name, perSecond, base), 0.5))
	}
	return top + chartTop + len(names)*barStep + chartBelow
}
