package main

import (
	"slices"
	"strings"
	"testing"
	"time"
)

func TestNumberWritesThreeDigits(t *testing.T) {
	for f, want := range map[float64]string{
		0: "0", 0.8534: "0.853", 0.0123: "0.012", 9.996: "10.00", 35.24: "35.2", 999.6: "1,000", 41234: "41,200", 1234567: "1,230,000", -12.34: "-12.3",
	} {
		if got := number(f); got != want {
			t.Errorf("number(%v) = %q, want %q", f, got, want)
		}
	}
}

func TestQuantile(t *testing.T) {
	figures := []float64{5, 1, 4, 2, 3}
	for q, want := range map[float64]float64{0: 1, 0.5: 3, 0.99: 5, 1: 5} {
		if got := quantile(figures, q); got != want {
			t.Errorf("quantile(%v) = %v, want %v", q, got, want)
		}
	}
	if !slices.Equal(figures, []float64{5, 1, 4, 2, 3}) {
		t.Error("quantile changed the order of the rounds")
	}
	if got := quantile([]time.Duration(nil), 0.5); got != 0 {
		t.Errorf("quantile of nothing = %v", got)
	}
}

// What slowed down a whole round does not change the ratio.
func TestRatiosAreThoseOfTheSameRound(t *testing.T) {
	r := &results{}
	for _, speed := range []float64{1, 0.1, 0.5} {
		r.add("checks", base, perSecond, 1000*speed)
		r.add("checks", "half", perSecond, 500*speed)
	}
	if got := r.ratio("checks", "half", perSecond, base); !slices.Equal(got, []float64{0.5, 0.5, 0.5}) {
		t.Errorf("ratio = %v, want 0.5 each", got)
	}
	if page := r.markdown(); !strings.Contains(page, "| half | 250 (50.0 to 500) | 0.500 (0.500 to 0.500) |") {
		t.Errorf("the table reads\n%s", page)
	}
}

// A label that stands outside the picture cannot be read.
func TestThePlotHasRoomForItsTexts(t *testing.T) {
	r := &results{}
	for _, c := range charts {
		r.add(c.measure, base, perSecond, 1_234_567)
		r.add(c.measure, "Gatehouse, MariaDB", perSecond, 1)
	}
	const wide = 8 // units that a letter of 14 px takes, nearly all of them less
	for _, text := range []string{label("checks", base), label("logins", base), "Gatehouse, MariaDB"} {
		if room := labelRoom - 10; len(text)*wide > room {
			t.Errorf("%q takes %d units, and there are %d left of the bars", text, len(text)*wide, room)
		}
	}
	if text := "1,230,000 (1.00)"; len(text)*wide > valueRoom-10 {
		t.Errorf("%q does not fit beside the longest bar", text)
	}
	if svg := r.plot(); !strings.Contains(svg, "prefers-color-scheme: dark") {
		t.Error("the plot has no colours for dark pages")
	}
}
