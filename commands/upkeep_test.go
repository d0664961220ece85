package commands

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"time"

	"gatehouse/db/dbtest"
	"gatehouse/models/token"
)

func TestTheLogTellsOfEachChangeOfTheKeys(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		start := time.Now()
		rules := token.Rules{Lifetime: 24 * time.Hour, TokenLife: time.Minute, Keep: time.Hour}
		keys, err := token.OpenKeys(t.Context(), conn.DB, [][]byte{[]byte("a secret of thirty-two bytes or more")}, rules, start)
		if err == nil {
			err = keys.Begin(t.Context(), start)
		}
		if err != nil {
			t.Fatal(err)
		}
		var log bytes.Buffer
		tend := tendKeys(keys, slog.New(slog.NewTextHandler(&log, nil)))
		next := start.Add(rules.Lifetime)
		for _, step := range []struct {
			at   time.Time
			want []string
		}{
			{start.Add(time.Minute), nil},
			{next.Add(-token.Lead), []string{"state=waiting"}},
			{next.Add(-time.Minute), nil},
			{next, []string{"state=retired", "state=signing"}},
			{next.Add(time.Minute), nil},
		} {
			log.Reset()
			if err := tend(t.Context(), step.at); err != nil {
				t.Fatal(err)
			}
			if lines := strings.Count(log.String(), "\n"); lines != len(step.want) {
				t.Errorf("%s after the start %d lines, want %d:\n%s", step.at.Sub(start), lines, len(step.want), &log)
			}
			for _, text := range step.want {
				if !strings.Contains(log.String(), text) {
					t.Errorf("%s after the start the log lacks %s:\n%s", step.at.Sub(start), text, &log)
				}
			}
		}
	})
}
