package throttle

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"gatehouse/db"
	"gatehouse/db/dbtest"
)

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
