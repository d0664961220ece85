package views

import "time"

// Span is what a chart shows of one hour or day.
type Span struct {
	At        time.Time
	Good, Bad int
}

// Chart is a row of bars, drawn as SVG. Coordinates are those of its view box, which is stretched to the width of the page.
type Chart struct {
	Label         string // of the whole, for screen readers
	Width, Height int
	Bars          []Bar
	First, Last   string
}

// Bar is one of them, the bad ones on top of the good ones.
type Bar struct {
	Label             string
	X, Width          int
	GoodY, GoodHeight int
	BadY, BadHeight   int
}

// The width of a bar with the gap after it, the gap, and the height of the highest.
const (
	barStep   = 10
	barGap    = 2
	barHeight = 100
)

// Chart draws spans, oldest first; the label gets their sums. Bars are called after their hour, or by day after their day.
func (v *Views) Chart(label string, spans []Span, byDay bool) (Chart, error) {
	c := Chart{Width: barStep * len(spans), Height: barHeight}
	good, bad, most := 0, 0, 0 // most is what the highest bar counts
	for _, s := range spans {
		most = max(most, s.Good+s.Bad)
		good, bad = good+s.Good, bad+s.Bad
	}
	var err error
	if c.Label, err = v.texts.say(label, good, bad); err != nil {
		return Chart{}, err
	}
	for i, s := range spans {
		name := s.At.UTC().Format("15:04 MST")
		if byDay {
			if name, err = v.texts.date(s.At); err != nil {
				return Chart{}, err
			}
		}
		b := Bar{X: barStep * i, Width: barStep - barGap, GoodHeight: heightOf(s.Good, most), BadHeight: heightOf(s.Bad, most)}
		b.BadHeight = min(b.BadHeight, barHeight-b.GoodHeight)
		b.GoodY = barHeight - b.GoodHeight
		b.BadY = b.GoodY - b.BadHeight
		if b.Label, err = v.texts.say("chart.bar", name, s.Good, s.Bad); err != nil {
			return Chart{}, err
		}
		if i == 0 {
			c.First = name
		}
		c.Last = name
		c.Bars = append(c.Bars, b)
	}
	return c, nil
}

// heightOf lets nothing that happened be invisible.
func heightOf(n, most int) int {
	if n == 0 {
		return 0
	}
	return max(2, n*barHeight/most)
}
