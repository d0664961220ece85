package views

import (
	"testing"
	"time"
)

func TestBarsAreAsHighAsWhatTheyCount(t *testing.T) {
	v := english(t)
	midnight := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	c, err := v.Chart("admin.hours", []Span{{midnight, 30, 10}, {midnight.Add(time.Hour), 0, 20}, {midnight.Add(2 * time.Hour), 0, 0}, {midnight.Add(3 * time.Hour), 1, 0}, {midnight.Add(4 * time.Hour), 10_000, 1}}, false)
	if err != nil {
		t.Fatal(err)
	}
	if c.Label != "Last 24 hours: 10031 signed in, 31 failed" || c.First != "00:00 UTC" || c.Last != "04:00 UTC" || c.Width != 50 || c.Height != 100 {
		t.Errorf("%+v", c)
	}
	for i, want := range []Bar{
		{"00:00 UTC: 30 signed in, 10 failed", 0, 8, 98, 2, 96, 2}, // seen, however few they are
		{"01:00 UTC: 0 signed in, 20 failed", 10, 8, 100, 0, 98, 2},
		{"02:00 UTC: 0 signed in, 0 failed", 20, 8, 100, 0, 100, 0},
		{"03:00 UTC: 1 signed in, 0 failed", 30, 8, 98, 2, 98, 0},
		{"04:00 UTC: 10000 signed in, 1 failed", 40, 8, 1, 99, 0, 1}, // and no bar leaves the picture
	} {
		if c.Bars[i] != want {
			t.Errorf("bar %d is %+v, want %+v", i, c.Bars[i], want)
		}
	}
	days, err := v.Chart("admin.days", []Span{{midnight, 3, 1}, {midnight.AddDate(0, 0, 1), 0, 0}}, true)
	if err != nil || days.First != "1 Mar 2026" || days.Last != "2 Mar 2026" || days.Bars[0].GoodHeight != 75 || days.Bars[0].BadHeight != 25 || days.Bars[0].BadY != 0 {
		t.Errorf("%+v, %v", days, err)
	}
	if c, err := v.Chart("admin.hours", []Span{{midnight, 0, 0}}, false); err != nil || c.Bars[0].GoodHeight != 0 {
		t.Errorf("%+v, %v", c, err)
	}
}
