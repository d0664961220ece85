package event

import (
	"cmp"
	"slices"
	"testing"
	"time"

	"gatehouse/db/dbtest"
)

func TestEventsAreCountedByWholeHoursOfUTC(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		for _, e := range []struct {
			kind Kind
			at   time.Time
		}{
			{SignIn, noon.Add(-time.Millisecond)}, // before all that is asked for
			{SignIn, noon},
			{SignIn, noon.Add(time.Hour - time.Millisecond)},
			{SignIn, noon.Add(time.Hour)},
			{SignOut, noon},
			{SignInFailed, noon.Add(50 * time.Hour)},
		} {
			add(t, conn, t.Context(), e.kind, 1, "", e.at)
		}
		for span, want := range map[time.Duration][]Count{
			time.Hour:      {{noon, SignIn, 2}, {noon.Add(time.Hour), SignIn, 1}, {noon.Add(50 * time.Hour), SignInFailed, 1}},
			24 * time.Hour: {{noon.Truncate(24 * time.Hour), SignIn, 3}, {noon.Add(50 * time.Hour).Truncate(24 * time.Hour), SignInFailed, 1}},
		} {
			got, err := In(conn).Counts(t.Context(), noon, span, SignIn, SignInFailed)
			slices.SortFunc(got, func(a, b Count) int { return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Kind, b.Kind)) })
			if err != nil || !slices.Equal(got, want) {
				t.Errorf("by %v: %v, %v, want %v", span, got, err, want)
			}
		}
	})
}
