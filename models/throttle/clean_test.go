package throttle

import (
	"fmt"
	"testing"
	"time"

	"gatehouse/db"
	"gatehouse/db/dbtest"
)

func counters(t *testing.T, conn dbtest.Conn) (n int) {
	t.Helper()
	if err := conn.QueryRow(t.Context(), func(row db.Row) error { return row.Scan(&n) }, "SELECT COUNT(*) FROM gatehouse_attempts"); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestExpiredCountersAreClearedAwayInPortions(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		for i := range 10 {
			failures(t, conn, 1, noon, Network.Of(fmt.Sprint(i), window))
		}
		failures(t, conn, 1, noon.Add(time.Millisecond), Network.Of("a little younger", window))
		failures(t, conn, 3, noon, Account.Of("ann@example.com", inARow))
		end := noon.Add(window.Window)
		for _, portion := range []int{3, 3, 100} {
			if err := In(conn).Clean(t.Context(), portion, end); err != nil {
				t.Fatal(err)
			}
			if n := counters(t, conn); n != 2 {
				t.Errorf("%d are left, want 2", n)
			}
		}
		failures(t, conn, 1, end, Network.Of("0", window)) // it begins anew
	})
}

func TestACounterIsKeptWhileSomebodyTries(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		ann, later := Account.Of("ann@example.com", inARow), noon.Add(time.Hour)
		a := reserve(t, impatient(conn), noon, ann)
		clean := func(now time.Time) {
			t.Helper()
			if err := In(conn).Clean(t.Context(), 1, now); err != nil {
				t.Fatal(err)
			}
		}
		clean(later)
		fail(t, conn, a, later)
		wantRow(t, conn, ann, 1, 0)
		clean(later)
		wantRow(t, conn, ann, 1, 0)

		// What a killed server left is a failure for as long as others are.
		killed := reserve(t, impatient(conn), later.Add(59*time.Minute), ann)
		clean(later.Add(time.Hour))
		giveBack(t, reserve(t, impatient(conn), later.Add(time.Hour), ann))
		wantRow(t, conn, ann, 2, 0)
		reserve(t, impatient(conn), later.Add(time.Hour), ann)
		clean(later.Add(367 * 24 * time.Hour))
		if n := counters(t, conn); n != 0 {
			t.Errorf("%d are left", n)
		}
		fail(t, conn, killed, later)
		succeed(t, conn, killed)
		giveBack(t, killed)
		if n := counters(t, conn); n != 0 {
			t.Error("an attempt that is settled too late makes a counter")
		}
	})
}

// The failures of a killed server count from the end of its lease, for as long as a lock may be set to last.
func TestWhatAKilledServerLeftIsKeptForAsLongAsItCounts(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		rule := inARow
		rule.Window = 365 * 24 * time.Hour
		ann := Account.Of("ann@example.com", rule)
		failures(t, conn, 1, noon, ann)
		reserve(t, impatient(conn), noon.Add(rule.Window-time.Second), ann) // of a server that was killed
		late := noon.Add(2*rule.Window - time.Minute)
		if err := In(conn).Clean(t.Context(), 10, late); err != nil {
			t.Fatal(err)
		}
		giveBack(t, reserve(t, impatient(conn), late, ann))
		wantRow(t, conn, ann, 2, 0)
	})
}

func TestACounterThatSomebodyBeginsToUseIsNotClearedAway(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		ann, later := Account.Of("ann@example.com", inARow), noon.Add(time.Hour)
		failures(t, conn, 1, noon, ann)
		cleaner := traced(t, conn, "DELETE", func() { reserve(t, impatient(conn), later, ann) })
		if err := In(cleaner).Clean(t.Context(), 10, later); err != nil {
			t.Fatal(err)
		}
		wantRow(t, conn, ann, 0, 1)
	})
}
