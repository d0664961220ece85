package main

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/db/dbtest"
)

// TestMain lets the test program be the bare server too.
func TestMain(m *testing.M) {
	if path := os.Getenv(bareEnv); path != "" {
		if err := serveBare(path); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	dbtest.Main(m)
}

// rounds holds the figures of all rounds of a benchmark by unit.
type rounds map[string][]float64

func (r rounds) add(unit string, figure float64) { r[unit] = append(r[unit], figure) }

func (r rounds) report(b *testing.B) {
	b.Helper()
	b.ReportMetric(0, "ns/op") // the length of a round means nothing
	for _, unit := range slices.Sorted(maps.Keys(r)) {
		b.ReportMetric(quantile(r[unit], 0.5), unit)
		if testing.Verbose() {
			b.Logf("%s: %.4g", unit, r[unit])
		}
	}
}

func TestSettingsThatWouldMeasureNothingAreRefused(t *testing.T) {
	good := settings{Rounds: 1, Period: time.Second, Cost: 10, Sessions: 1000, Members: 64}
	if err := good.check(); err != nil {
		t.Errorf("good settings: %v", err)
	}
	for name, change := range map[string]func(*settings){
		"--rounds":   func(s *settings) { s.Rounds = 0 },
		"--period":   func(s *settings) { s.Period = 0 },
		"--cost":     func(s *settings) { s.Cost = 3 },
		"--members":  func(s *settings) { s.Members = 2 },
		"--sessions": func(s *settings) { s.Sessions = 64 },
	} {
		bad := good
		change(&bad)
		if err := bad.check(); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
