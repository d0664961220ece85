package password

import (
	"testing"
	"time"
)

func TestPaceFollowsWhatJobsTake(t *testing.T) {
	q := newTestQueue(1, time.Hour)
	for range 50 {
		q.load(t, 1<<10)
		q.next(0).meter.units = 1 << 10
		q.clock = q.clock.Add(1 << 10 * 4 * time.Millisecond)
		q.finish(0, nil)
	}
	if got := time.Duration(q.pace); got < 3900*time.Microsecond || got > 4*time.Millisecond {
		t.Errorf("pace = %v a unit after 50 jobs of 4 ms a unit", got)
	}
	before := q.pace
	q.load(t, 16)
	q.next(0).meter.units = 16
	q.clock = q.clock.Add(time.Second)
	q.finish(0, nil)
	if q.pace > before*1.05 {
		t.Errorf("one preempted job of 16 units moves the pace from %v to %v", before, q.pace)
	}
}

func TestSlowPaceHealsThroughAnIdlePool(t *testing.T) {
	q := newTestQueue(1, time.Millisecond)
	q.pace = float64(time.Hour)
	for range 300 {
		q.load(t, 1<<10)
		q.next(0).meter.units = 1 << 10
		q.clock = q.clock.Add(time.Second)
		q.finish(0, nil)
	}
	if got := time.Duration(q.pace); got > 2*time.Millisecond {
		t.Errorf("pace = %v a unit, want it back near 1 ms", got)
	}
}

func TestPaceLeavesOutWhatForeignHashesTake(t *testing.T) {
	q := newTestQueue(1, time.Hour)
	for range 50 {
		j := q.load(t, 1<<10)
		q.next(0)
		j.meter.units, j.meter.aside = 1<<10, 10*time.Second
		q.clock = q.clock.Add(10*time.Second + 1<<10*time.Millisecond)
		q.finish(0, nil)
	}
	if got := time.Duration(q.pace); got != time.Millisecond {
		t.Errorf("pace = %v a unit after foreign hashes beside 1 ms a unit, want 1 ms", got)
	}
	j := q.load(t, 1<<10) // a match: no bcrypt at all
	q.next(0)
	j.meter.aside = time.Second
	q.clock = q.clock.Add(2 * time.Second)
	q.finish(0, nil)
	if got := time.Duration(q.pace); got != time.Millisecond {
		t.Errorf("pace = %v a unit after a foreign match, want 1 ms", got)
	}
}
