package throttle

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"gatehouse/db/dbtest"
)

// patient is longer than any wait on a machine that does much else.
const patient = time.Minute

// servers are two that count in one database.
func servers(t *testing.T, conn dbtest.Conn) []*Throttle {
	t.Helper()
	other := dbtest.OpenURL(t, conn.Options.URL)
	return []*Throttle{New(conn.DB, patient), New(other.DB, patient)}
}

func TestParallelWrongGuessesAreVerifiedFiveTimes(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		both := servers(t, conn)
		ann := Account.Of("ann@example.com", accountRule)
		var verified atomic.Int64
		var wg sync.WaitGroup
		for i := range 200 {
			wg.Go(func() {
				net := Network.Of(fmt.Sprint(i%3), networkRule)
				a, err := both[i%2].Reserve(t.Context(), noon, ann, net)
				if errors.Is(err, ErrTooMany) {
					return
				}
				if err != nil {
					t.Error(err)
					return
				}
				verified.Add(1)
				fail(t, conn, a, noon)
			})
		}
		wg.Wait()
		if n := verified.Load(); n != 5 {
			t.Errorf("%d were verified, want 5", n)
		}
		wantRow(t, conn, ann, 5, 0)
		for _, th := range both {
			if len(th.line.doors) != 0 {
				t.Error("somebody still waits")
			}
		}
	})
}

func TestParallelSignInsOfOneUserAllPass(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		both := servers(t, conn)
		ann, net := Account.Of("ann@example.com", accountRule), Network.Of("192.0.2.1", networkRule)
		failures(t, conn, 4, noon, ann)
		var wg sync.WaitGroup
		for i := range 30 {
			wg.Go(func() {
				a, err := both[i%2].Reserve(t.Context(), noon, ann, net)
				if err != nil {
					t.Error(err)
					return
				}
				succeed(t, conn, a)
			})
		}
		wg.Wait()
		wantRow(t, conn, ann, 0, 0)
		wantRow(t, conn, net, 0, 0)
	})
}

// TestParallelAttemptsAtManyBucketsAllCount has each pair of buckets in both orders, beside those who clean.
func TestParallelAttemptsAtManyBucketsAllCount(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		both := servers(t, conn)
		wide := Rule{Free: 1000, Window: time.Hour}
		var buckets []Bucket
		for i := range 4 {
			buckets = append(buckets, Network.Of(fmt.Sprint(i), wide))
		}
		var wg sync.WaitGroup
		for i := range 60 {
			wg.Go(func() {
				a, err := both[i%2].Reserve(t.Context(), noon, buckets[i%4], buckets[(i/4)%4])
				if err != nil {
					t.Error(err)
					return
				}
				if i%3 == 0 {
					giveBack(t, a)
				} else {
					fail(t, conn, a, noon)
				}
				if err := In(conn).Clean(t.Context(), 1, noon); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		for n, b := range buckets {
			want := 0
			for i := range 60 {
				if i%3 != 0 && (i%4 == n || (i/4)%4 == n) {
					want++
				}
			}
			wantRow(t, conn, b, want, 0)
		}
	})
}

func TestParallelAttemptsBeginOneNewWindow(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		both := servers(t, conn)
		net, later := Network.Of("192.0.2.1", Rule{Free: 50, Window: time.Minute}), noon.Add(time.Hour)
		failures(t, conn, 3, noon, net)
		reserve(t, impatient(conn), noon, net) // of a server that was killed
		var wg sync.WaitGroup
		for i := range 40 {
			wg.Go(func() {
				a, err := both[i%2].Reserve(t.Context(), later, net)
				if err != nil {
					t.Error(err)
					return
				}
				fail(t, conn, a, later)
			})
		}
		wg.Wait()
		wantRow(t, conn, net, 40, 0)
	})
}
