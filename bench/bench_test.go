package main

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"testing"

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
