package throttle

import (
	"context"
	"errors"
	"testing"
	"time"

	"gatehouse/db"
	"gatehouse/db/dbtest"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

var noon = time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)

// small rules, so that a test reaches their ends soon.
var (
	inARow = Rule{Free: 3, Delay: time.Second, MaxDelay: 8 * time.Second, Lock: 6, LockFor: time.Hour, Window: time.Hour, AtOnce: 3}
	window = Rule{Free: 3, Window: 10 * time.Minute}
)

// never waits.
func impatient(conn dbtest.Conn) *Throttle { return New(conn.DB, 0) }

func reserve(t *testing.T, th *Throttle, now time.Time, buckets ...Bucket) *Attempt {
	t.Helper()
	a, err := th.Reserve(t.Context(), now, buckets...)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// fail settles an attempt in a transaction of its own, as a refused sign-in does.
func fail(t testing.TB, conn dbtest.Conn, a *Attempt, now time.Time) (ended []Bucket) {
	t.Helper()
	err := conn.WithTx(context.Background(), func(tx *db.Tx) (err error) {
		ended, err = a.Fail(context.Background(), tx, now)
		return err
	})
	if err != nil {
		t.Error(err)
	}
	return ended
}

func succeed(t testing.TB, conn dbtest.Conn, a *Attempt) {
	t.Helper()
	err := conn.WithTx(context.Background(), func(tx *db.Tx) error { return a.Succeed(context.Background(), tx) })
	if err != nil {
		t.Error(err)
	}
}

func giveBack(t *testing.T, a *Attempt) {
	t.Helper()
	if err := a.GiveBack(t.Context()); err != nil {
		t.Error(err)
	}
}

// failures fails so often, one after the other.
func failures(t *testing.T, conn dbtest.Conn, n int, now time.Time, buckets ...Bucket) {
	t.Helper()
	for range n {
		fail(t, conn, reserve(t, impatient(conn), now, buckets...), now)
	}
}

// wantRow compares the failures and the reservations that are in the database.
func wantRow(t *testing.T, conn dbtest.Conn, b Bucket, failures, under int) {
	t.Helper()
	rows, err := In(conn).find(t.Context(), []Bucket{b})
	if err != nil {
		t.Fatal(err)
	}
	if rows[0].failures != failures || rows[0].underWay() != under {
		t.Errorf("%s: %d failures and %d under way, want %d and %d", b.Kind, rows[0].failures, rows[0].underWay(), failures, under)
	}
}

// wantRefused tries and wants to be told how long to wait.
func wantRefused(t *testing.T, conn dbtest.Conn, now time.Time, after time.Duration, buckets ...Bucket) TooManyError {
	t.Helper()
	_, err := impatient(conn).Reserve(t.Context(), now, buckets...)
	e, ok := errors.AsType[*TooManyError](err)
	if !ok || !errors.Is(err, ErrTooMany) || e.RetryAfter != after {
		t.Fatalf("%v, want ErrTooMany for %v", err, after)
	}
	return *e
}

func wantBusy(t *testing.T, conn dbtest.Conn, now time.Time, buckets ...Bucket) {
	t.Helper()
	if _, err := impatient(conn).Reserve(t.Context(), now, buckets...); !errors.Is(err, ErrBusy) {
		t.Fatalf("%v, want ErrBusy", err)
	}
}

func TestFreeFailuresCostNothingAndThenDelaysGrowToALock(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		ann := Account.Of("ann@example.com", inARow)
		now := noon
		failures(t, conn, 2, now, ann)
		for n, delay := range []time.Duration{time.Second, 2 * time.Second, 4 * time.Second, time.Hour} {
			ended := fail(t, conn, reserve(t, impatient(conn), now, ann), now)
			if (len(ended) == 1) != (n == 3) {
				t.Errorf("after %d failures %v has ended", n+3, ended)
			}
			if e := wantRefused(t, conn, now, delay, ann); e.Bucket.Kind != Account {
				t.Errorf("after %d failures refused by %s", n+3, e.Bucket.Kind)
			}
			wantRefused(t, conn, now.Add(delay-time.Millisecond), time.Second, ann)
			now = now.Add(delay)
		}
		failures(t, conn, 2, now, ann) // the hour of the lock is also the hour after which it is forgotten
		wantRow(t, conn, ann, 2, 0)
	})
}

func TestASuccessEndsARowOfFailuresAndLeavesAWindow(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		ann, net := Account.Of("ann@example.com", inARow), Network.Of("192.0.2.1", window)
		failures(t, conn, 2, noon, ann, net)
		succeed(t, conn, reserve(t, impatient(conn), noon, ann, net))
		wantRow(t, conn, ann, 0, 0)
		wantRow(t, conn, net, 2, 0)

		failures(t, conn, 3, noon, ann)
		wantRefused(t, conn, noon, time.Second, ann)
		succeed(t, conn, reserve(t, impatient(conn), noon.Add(time.Second), ann))
		failures(t, conn, 2, noon.Add(time.Second), ann) // no delay is left
	})
}

func TestAWindowBeginsWithTheFirstAttemptAndEnds(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		net := Network.Of("192.0.2.1", window)
		giveBack(t, reserve(t, impatient(conn), noon, net))
		failures(t, conn, 3, noon.Add(9*time.Minute), net)
		wantRefused(t, conn, noon.Add(9*time.Minute), time.Minute, net)
		wantRefused(t, conn, noon.Add(10*time.Minute-time.Millisecond), time.Second, net)
		end := noon.Add(10 * time.Minute)
		failures(t, conn, 3, end, net)
		wantRefused(t, conn, end, 10*time.Minute, net)
		failures(t, conn, 3, end, Network.Of("192.0.2.2", window)) // nobody else's
	})
}

func TestAPeerMayBeAllowedMore(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		failures(t, conn, 3, noon, Network.Of("192.0.2.1", window))
		wantRefused(t, conn, noon, 10*time.Minute, Network.Of("192.0.2.1", window))
		failures(t, conn, 3, noon, Network.Of("192.0.2.1", window.Times(2)))
		wantRefused(t, conn, noon, 10*time.Minute, Network.Of("192.0.2.1", window.Times(2)))
	})
}

func TestFailuresInARowAreForgottenAfterTheLast(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		ann := Account.Of("ann@example.com", inARow)
		failures(t, conn, 1, noon, ann)
		failures(t, conn, 1, noon.Add(59*time.Minute), ann)
		later := noon.Add(119*time.Minute - time.Millisecond)
		giveBack(t, reserve(t, impatient(conn), later, ann))
		wantRow(t, conn, ann, 2, 0)
		giveBack(t, reserve(t, impatient(conn), later.Add(time.Millisecond), ann))
		wantRow(t, conn, ann, 0, 0)
	})
}

func TestKindsAndKeysAreCountedApart(t *testing.T) {
	ids := map[id]bool{}
	for _, k := range []Kind{Account, Network, Device, SignUp, Mail} {
		for _, key := range []string{"", "a", "b"} {
			ids[k.Of(key, inARow).id] = true
		}
	}
	if len(ids) != 15 || Account.Of("a", inARow).id != Account.Of("a", window).id {
		t.Errorf("%d rows for 15 keys, or a rule changes the row", len(ids))
	}
}

func TestAnAttemptAtNothingNeedsNoDatabase(t *testing.T) {
	a, err := New(nil, time.Second).Reserve(t.Context(), noon)
	if err != nil {
		t.Fatal(err)
	}
	ended, err := a.Fail(t.Context(), nil, noon)
	if err := errors.Join(err, a.Succeed(t.Context(), nil), a.GiveBack(t.Context())); err != nil || ended != nil {
		t.Errorf("%v; %v", ended, err)
	}
}
