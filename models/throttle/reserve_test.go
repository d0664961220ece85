package throttle

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/db"
	"gatehouse/db/dbtest"
)

func TestNoMoreAreUnderWayThanMayFailFreely(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		for _, b := range []Bucket{Account.Of("ann@example.com", inARow), Network.Of("192.0.2.1", window)} {
			var under []*Attempt
			for range 3 {
				under = append(under, reserve(t, impatient(conn), noon, b))
			}
			wantBusy(t, conn, noon, b)
			fail(t, conn, under[0], noon)
			wantBusy(t, conn, noon, b)
			giveBack(t, under[1])
			under[1] = reserve(t, impatient(conn), noon, b)
			wantBusy(t, conn, noon, b)
			fail(t, conn, under[1], noon)
			fail(t, conn, under[2], noon)
			wantRow(t, conn, b, 3, 0)
		}
		ann, now := Account.Of("ann@example.com", inARow), noon.Add(time.Second)
		last := reserve(t, impatient(conn), now, ann) // after the free ones, one at a time
		wantBusy(t, conn, now, ann)
		giveBack(t, last)
		reserve(t, impatient(conn), now, ann)
	})
}

func TestAllBucketsAreReservedOrNone(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		ann, net := Account.Of("ann@example.com", inARow), Network.Of("192.0.2.1", window)
		failures(t, conn, 3, noon, net)
		if e := wantRefused(t, conn, noon, 10*time.Minute, ann, net); e.Bucket.Kind != Network {
			t.Errorf("refused by %s", e.Bucket.Kind)
		}
		if rows, err := In(conn).find(t.Context(), []Bucket{ann}); err != nil || rows[0].exists {
			t.Errorf("a refused attempt left %+v; %v", rows, err)
		}
		failures(t, conn, 3, noon, ann)
		failures(t, conn, 1, noon.Add(time.Second), ann)
		failures(t, conn, 1, noon.Add(3*time.Second), ann)
		if e := wantRefused(t, conn, noon.Add(4*time.Second), 10*time.Minute-4*time.Second, ann, net, ann); e.Bucket.Kind != Network {
			t.Errorf("refused by %s, not by the network, which does so longer", e.Bucket.Kind)
		}
		failures(t, conn, 1, noon.Add(7*time.Second), ann)
		if e := wantRefused(t, conn, noon.Add(7*time.Second), time.Hour, ann, net, ann); e.Bucket.Kind != Account {
			t.Errorf("refused by %s, not by the account, which does so longer", e.Bucket.Kind)
		}
	})
}

// TestBucketsThatFillUpMeanwhileAreNotTakenInPart has both orders, as if one had no place any more when it is taken.
func TestBucketsThatFillUpMeanwhileAreNotTakenInPart(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		th, ben, net := impatient(conn), Account.Of("ben@example.com", inARow), Network.Of("192.0.2.2", window)
		giveBack(t, reserve(t, th, noon, net))
		for range 3 {
			reserve(t, th, noon, ben)
		}
		for _, buckets := range [][]Bucket{{ben, net}, {net, ben}} {
			full, err := th.take(t.Context(), &Attempt{ticket: newTicket(), buckets: buckets}, noon.UnixMilli())
			if err != nil || full == nil || full.Kind != Account {
				t.Errorf("took %v; %v", full, err)
			}
			wantRow(t, conn, net, 0, 0)
		}
	})
}

func TestBucketsAreTakenInOneOrderAndOnce(t *testing.T) {
	a, b, c := Account.Of("a", inARow), Network.Of("b", window), Mail.Of("c", window)
	want := inOrder([]Bucket{a, b, c})
	for _, other := range [][]Bucket{{a, c, b}, {b, a, c}, {b, c, a}, {c, a, b}, {c, b, a}, {c, a, a, b, c}} {
		if got := inOrder(other); !slices.Equal(got, want) {
			t.Errorf("%v, want %v", got, want)
		}
	}
}

func TestAPlaceIsTakenOnlyWhereThereStillIsOne(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		ann, now := Account.Of("ann@example.com", inARow), noon.UnixMilli()
		giveBack(t, reserve(t, impatient(conn), noon, ann))
		two := string(newTicket() + newTicket())
		for name, tt := range map[string]struct {
			row  row
			want bool
		}{
			"as it was":           {row{failures: 1, running: two[:ticketSize], lease: now + 1, expires: now + 1}, true},
			"after a success":     {row{failures: 0, running: two[:ticketSize], lease: now + 1, expires: now + 1}, true},
			"nobody is under way": {row{failures: 1, blockedUntil: now, expires: now + 1}, true},
			"more failures":       {row{failures: 2, running: two[:ticketSize], lease: now + 1, expires: now + 1}, false},
			"the last free one":   {row{failures: 2, expires: now + 1}, true},
			"one at a time":       {row{failures: 5, expires: now + 1}, true},
			"blocked":             {row{failures: 1, blockedUntil: now + 1, expires: now + 1}, false},
			"expired":             {row{failures: 1, expires: now}, false},
			"full":                {row{failures: 1, running: two, lease: now + 1, expires: now + 1}, false},
			"a killed server":     {row{failures: 1, running: two[:ticketSize], lease: now, expires: now + 1}, false},
		} {
			_, err := conn.Exec(t.Context(), "UPDATE gatehouse_attempts SET failures = ?, running = ?, lease = ?, blocked_until = ?, expires = ?",
				tt.row.failures, tt.row.running, tt.row.lease, tt.row.blockedUntil, tt.row.expires)
			if err != nil {
				t.Fatal(err)
			}
			taken, err := In(conn).take(t.Context(), []Bucket{ann}, newTicket(), now, now+leaseTime.Milliseconds())
			if err != nil || taken == 1 != tt.want {
				t.Errorf("%s: %v, %v", name, taken, err)
			}
		}
	})
}

func TestNoMoreAreTakenAtOnceThanTheRuleSays(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		rule := inARow
		rule.Free, rule.AtOnce = 9, 2
		ann, now := Account.Of("ann@example.com", rule), noon.UnixMilli()
		giveBack(t, reserve(t, impatient(conn), noon, ann))
		for i, want := range []int{1, 1, 0} {
			taken, err := In(conn).take(t.Context(), []Bucket{ann}, newTicket(), now, now+leaseTime.Milliseconds())
			if err != nil || taken != want {
				t.Errorf("try %d: %d, %v, want %d", i, taken, err, want)
			}
		}
	})
}

func TestALeaseIsNeverShortened(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		ann, now := Account.Of("ann@example.com", inARow), noon.UnixMilli()
		giveBack(t, reserve(t, impatient(conn), noon, ann))
		for _, lease := range []int64{now + 90_000, now + 50_000} { // a server whose clock is behind
			if _, err := In(conn).take(t.Context(), []Bucket{ann}, newTicket(), now, lease); err != nil {
				t.Fatal(err)
			}
		}
		rows, err := In(conn).find(t.Context(), []Bucket{ann})
		if err != nil || rows[0].lease != now+90_000 {
			t.Errorf("the lease ends at %d, want %d (%v)", rows[0].lease, now+90_000, err)
		}
	})
}

func TestALateRenewalChangesNothing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		ann, net, later := Account.Of("ann@example.com", inARow), Network.Of("192.0.2.1", window), noon.Add(30*time.Minute)
		both := []Bucket{ann, net}
		renew := func(stored []row, now time.Time) {
			t.Helper()
			for i, b := range both {
				if err := In(conn).renew(t.Context(), b, stored[i], stored[i].current(b.Rule, now.UnixMilli())); err != nil {
					t.Error(err)
				}
			}
		}
		renew(make([]row, 2), noon)
		failures(t, conn, 1, noon, ann, net)
		reserve(t, impatient(conn), noon, ann, net) // of a server that was killed
		renew(make([]row, 2), noon)
		stored, err := In(conn).find(t.Context(), both)
		if err != nil {
			t.Fatal(err)
		}
		reserve(t, impatient(conn), later, ann, net)
		renew(stored, later)
		wantRow(t, conn, ann, 2, 1)
		wantRow(t, conn, net, 0, 1)
	})
}

func TestOneWhoIsRefusedOrWaitsOnlyReads(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		ann, net := Account.Of("ann@example.com", inARow), Network.Of("192.0.2.1", window)
		sends := func(want uint64, act func()) {
			t.Helper()
			before := conn.Statements()
			act()
			if n := conn.Statements() - before; n != want {
				t.Errorf("%d statements, want %d", n, want)
			}
		}
		var under []*Attempt
		for range 3 {
			under = append(under, reserve(t, impatient(conn), noon, ann, net))
		}
		sends(2, func() { wantBusy(t, conn, noon, ann, net) }) // before and after it stands at the door
		sends(3, func() { fail(t, conn, under[0], noon) })     // two are counted, and one is looked at
		sends(3, func() { fail(t, conn, under[1], noon) })
		sends(4, func() { fail(t, conn, under[2], noon) }) // and blocked
		sends(1, func() { wantRefused(t, conn, noon, 10*time.Minute, ann, net) })
	})
}

// TestAReservationThatHasBegunIsKnownToTheVisitorWhoLeaves cancels while it is written.
func TestAReservationThatHasBegunIsKnownToTheVisitorWhoLeaves(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		ctx, cancel := context.WithCancel(t.Context())
		leaving := traced(t, conn, "UPDATE gatehouse_attempts", cancel)
		ann := Account.Of("ann@example.com", inARow)
		a, err := New(leaving, 0).Reserve(ctx, noon, ann)
		if err != nil || ctx.Err() == nil {
			t.Fatalf("%v, and the visitor: %v", err, ctx.Err())
		}
		wantRow(t, conn, ann, 0, 1)
		giveBack(t, a)
		wantRow(t, conn, ann, 0, 0)
	})
}

// traced opens the database once more, and calls act before each statement that begins so.
func traced(t *testing.T, conn dbtest.Conn, begin string, act func()) *db.DB {
	t.Helper()
	o := conn.Options
	o.Trace = func(query string, _ []any) {
		if strings.HasPrefix(query, begin) {
			act()
		}
	}
	d, err := db.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	return d
}

func TestAWindowThatFilledUpMeanwhileTakesNobody(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		net, now := Network.Of("192.0.2.1", window), noon.UnixMilli()
		for failed := range 4 {
			if failed > 0 {
				failures(t, conn, 1, noon, net)
			} else {
				giveBack(t, reserve(t, impatient(conn), noon, net))
			}
			ticket := newTicket()
			taken, err := In(conn).take(t.Context(), []Bucket{net}, ticket, now, now+1)
			if err != nil || taken == 1 != (failed < 3) {
				t.Errorf("after %d failures: %v, %v", failed, taken, err)
			}
			if err := In(conn).giveBack(t.Context(), ticket, net); err != nil {
				t.Fatal(err)
			}
		}
	})
}
