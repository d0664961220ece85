package throttle

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"gatehouse/db"
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

func TestANoteIsTakenOnceInItsTime(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		ann := Account.Of("ann@example.com", inARow)
		failures(t, conn, 3, noon, ann)
		note := func(now time.Time, want bool, q db.Querier, b Bucket) {
			t.Helper()
			if got, err := In(q).Note(t.Context(), b, time.Hour, now); err != nil || got != want {
				t.Errorf("%v, %v, want %v", got, err, want)
			}
		}
		undone := errors.New("undone")
		for _, now := range []time.Time{noon, noon.Add(time.Hour)} { // of a new row, and of an old one
			err := conn.WithTx(t.Context(), func(tx *db.Tx) error {
				note(now, true, tx, ann)
				note(now, false, tx, ann)
				return undone
			})
			if err != undone {
				t.Fatal(err)
			}
			note(now, true, conn, ann)
			note(now.Add(time.Hour-time.Millisecond), false, conn, ann)
		}
		note(noon, true, conn, Account.Of("ben@example.com", inARow))
		wantRefused(t, conn, noon, time.Second, ann) // it changes nothing
	})
}

func TestANoteThatAnotherTookMeanwhileIsNotTaken(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		ann := Account.Of("ann@example.com", inARow)
		slow := traced(t, conn, "INSERT", func() {
			if ok, err := In(conn).Note(t.Context(), ann, time.Hour, noon); !ok || err != nil {
				t.Errorf("%v, %v", ok, err)
			}
		})
		if ok, err := In(slow).Note(t.Context(), ann, time.Hour, noon); ok || err != nil {
			t.Errorf("%v, %v", ok, err)
		}
	})
}

func TestOfParallelNotesOneIsTaken(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		ann := Account.Of("ann@example.com", inARow)
		for round := range 10 { // the first begins without a row
			var taken atomic.Int64
			var wg sync.WaitGroup
			start := make(chan struct{})
			for range 10 {
				wg.Go(func() {
					<-start
					ok, err := In(conn).Note(t.Context(), ann, time.Hour, noon.Add(time.Duration(round)*time.Hour))
					if err != nil {
						t.Error(err)
					}
					if ok {
						taken.Add(1)
					}
				})
			}
			close(start)
			wg.Wait()
			if n := taken.Load(); n != 1 {
				t.Errorf("round %d: taken %d times", round, n)
			}
		}
		before := conn.Statements()
		if ok, err := In(conn).Note(t.Context(), ann, time.Hour, noon.Add(9*time.Hour)); ok || err != nil || conn.Statements() != before+1 {
			t.Errorf("%v, %v after %d statements, want one", ok, err, conn.Statements()-before)
		}
	})
}
