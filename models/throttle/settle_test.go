package throttle

import (
	"context"
	"errors"
	"testing"
	"time"

	"gatehouse/db"
	"gatehouse/db/dbtest"
)

func TestWhatWasNotTriedIsGivenBackAlsoAfterTheVisitorHasGone(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		ann, net := Account.Of("ann@example.com", inARow), Network.Of("192.0.2.1", window)
		ctx, cancel := context.WithCancel(t.Context())
		a, err := impatient(conn).Reserve(ctx, noon, ann, net)
		if err != nil {
			t.Fatal(err)
		}
		cancel()
		wantRow(t, conn, ann, 0, 1)
		if err := a.GiveBack(ctx); err != nil {
			t.Fatal(err)
		}
		wantRow(t, conn, ann, 0, 0)
		wantRow(t, conn, net, 0, 0)
	})
}

func TestAnAttemptIsSettledAgainAfterARollback(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		ann, net := Account.Of("ann@example.com", inARow), Network.Of("192.0.2.1", window)
		failures(t, conn, 1, noon, ann, net)
		undone := errors.New("undone")
		for _, settle := range []func(a *Attempt){
			func(a *Attempt) { fail(t, conn, a, noon) },
			func(a *Attempt) { giveBack(t, a) },
			func(a *Attempt) { succeed(t, conn, a) },
		} {
			a := reserve(t, impatient(conn), noon, ann, net)
			for _, first := range []func(tx *db.Tx) error{
				func(tx *db.Tx) error { _, err := a.Fail(t.Context(), tx, noon); return err },
				func(tx *db.Tx) error { return a.Succeed(t.Context(), tx) },
			} {
				err := conn.WithTx(t.Context(), func(tx *db.Tx) error { return errors.Join(first(tx), undone) })
				if err == nil || err.Error() != undone.Error() {
					t.Fatal(err)
				}
			}
			settle(a)
		}
		wantRow(t, conn, ann, 0, 0)
		wantRow(t, conn, net, 2, 0)
	})
}

func TestAnAttemptThatIsSettledTwiceTakesNobodysPlace(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		ann, net := Account.Of("ann@example.com", inARow), Network.Of("192.0.2.1", window)
		first, second, other := reserve(t, impatient(conn), noon, ann, net), reserve(t, impatient(conn), noon, ann, net), reserve(t, impatient(conn), noon, ann, net)
		fail(t, conn, first, noon)
		giveBack(t, second)
		for _, a := range []*Attempt{first, second} {
			if ended := fail(t, conn, a, noon); ended != nil {
				t.Error(ended)
			}
			giveBack(t, a)
			wantRow(t, conn, ann, 1, 1)
			wantRow(t, conn, net, 1, 1)
		}
		succeed(t, conn, first)
		wantRow(t, conn, ann, 0, 1)
		wantRow(t, conn, net, 1, 1)
		fail(t, conn, other, noon)
		wantRow(t, conn, ann, 1, 0)
	})
}

func TestASuccessBesideAFailureLeavesWhatCameAfterIt(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		ann := Account.Of("ann@example.com", inARow)
		right, before, after := reserve(t, impatient(conn), noon, ann), reserve(t, impatient(conn), noon, ann), reserve(t, impatient(conn), noon, ann)
		fail(t, conn, before, noon)
		succeed(t, conn, right)
		wantRow(t, conn, ann, 0, 1)
		fail(t, conn, after, noon)
		wantRow(t, conn, ann, 1, 0)
	})
}

func TestWhatAKilledServerLeavesFailsWhenItsLeaseIsOver(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		ann, net := Account.Of("ann@example.com", inARow), Network.Of("192.0.2.1", window)
		reserve(t, impatient(conn), noon, ann, net)
		reserve(t, impatient(conn), noon, ann, net)
		killed := reserve(t, impatient(conn), noon.Add(time.Second), ann, net) // the newest counts for all
		over := noon.Add(31 * time.Second)
		wantBusy(t, conn, over.Add(-time.Millisecond), ann)
		wantBusy(t, conn, over.Add(-time.Millisecond), net)
		wantRefused(t, conn, over, time.Second, ann) // three failures at the end of the lease
		wantRefused(t, conn, over, 9*time.Minute+29*time.Second, net)

		next := reserve(t, impatient(conn), over.Add(time.Second), ann)
		wantRow(t, conn, ann, 3, 1)
		fail(t, conn, killed, over) // it was alive after all, and is counted already
		giveBack(t, killed)
		wantRow(t, conn, ann, 3, 1)
		fail(t, conn, next, over.Add(time.Second))
		wantRow(t, conn, ann, 4, 0)
		wantRefused(t, conn, over.Add(time.Second), 2*time.Second, ann)
		succeed(t, conn, killed)
		wantRow(t, conn, ann, 0, 0)
		giveBack(t, reserve(t, impatient(conn), over.Add(time.Second), ann))
	})
}

func TestFailuresOfAKilledServerEndARowAndAreRememberedFromTheLease(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		ann := Account.Of("ann@example.com", inARow)
		failures(t, conn, 3, noon, ann)
		failures(t, conn, 1, noon.Add(time.Second), ann)
		failures(t, conn, 1, noon.Add(3*time.Second), ann)
		reserve(t, impatient(conn), noon.Add(7*time.Second), ann)
		over := noon.Add(37 * time.Second)
		wantRefused(t, conn, over, time.Hour, ann)
		reserve(t, impatient(conn), over.Add(time.Hour), ann)
		wantRow(t, conn, ann, 0, 1)
	})
}

// As where the setting account-lock-time is shorter than account-delay-max.
func TestFailuresAreRememberedForAsLongAsTheyDelay(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		rule := Rule{Free: 1, Delay: time.Hour, MaxDelay: time.Hour, Window: time.Minute}
		counted, killed := Account.Of("ann@example.com", rule), Account.Of("ben@example.com", rule)
		failures(t, conn, 1, noon, counted)
		reserve(t, impatient(conn), noon, killed) // fails when its lease is over
		later := noon.Add(10 * time.Minute)
		for b, end := range map[Bucket]time.Time{counted: noon.Add(time.Hour), killed: noon.Add(leaseTime + time.Hour)} {
			if n, until, err := In(conn).State(t.Context(), b, later); err != nil || n != 1 || !until.Equal(end) {
				t.Errorf("%d failures, blocked until %v, %v; want 1, until %v", n, until, err, end)
			}
		}
	})
}

func TestAnAttemptOutlivesTheWindowOfItsRow(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		net, end := Network.Of("192.0.2.1", window), noon.Add(10*time.Minute)
		failures(t, conn, 2, noon, net)
		a := reserve(t, impatient(conn), end.Add(-time.Second), net)
		b := reserve(t, impatient(conn), end, net)
		wantRow(t, conn, net, 0, 2)
		fail(t, conn, a, end)
		giveBack(t, b)
		wantRow(t, conn, net, 1, 0)
	})
}

func TestAnEmptiedCounterCountsWhoeverIsUnderWay(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		ann, ben := Account.Of("ann@example.com", inARow), Account.Of("ben@example.com", inARow)
		failures(t, conn, 3, noon, ann)
		failures(t, conn, 1, noon, ben)
		under := reserve(t, impatient(conn), noon.Add(time.Second), ann)
		fail(t, conn, reserve(t, impatient(conn), noon, ben), noon)
		if err := In(conn).Forget(t.Context(), ann); err != nil {
			t.Fatal(err)
		}
		wantRow(t, conn, ann, 0, 1)
		wantRow(t, conn, ben, 2, 0)
		fail(t, conn, under, noon.Add(time.Second))
		failures(t, conn, 2, noon.Add(time.Second), ann)
		wantRefused(t, conn, noon.Add(time.Second), time.Second, ann)
		if err := In(conn).Forget(t.Context(), ann); err != nil {
			t.Fatal(err)
		}
		failures(t, conn, 1, noon.Add(time.Second), ann)
	})
}

func TestServersWhoseClocksDifferCountTogether(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		ann, fast := Account.Of("ann@example.com", inARow), noon.Add(2*time.Second)
		for _, now := range []time.Time{fast, noon, fast} {
			fail(t, conn, reserve(t, impatient(conn), now, ann), now)
		}
		wantRefused(t, conn, noon, 3*time.Second, ann)
		wantRefused(t, conn, fast, time.Second, ann)
		now := fast.Add(time.Second)
		a := reserve(t, impatient(conn), now, ann)
		fail(t, conn, a, noon) // of the slow one
		wantRow(t, conn, ann, 4, 0)
		wantRefused(t, conn, noon, 2*time.Second, ann)
	})
}
