package mail

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"gatehouse/db/dbtest"
	"gatehouse/models/link"
)

func TestTwoWorkersSendEachOfFiftyMailsOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		o := open(t, None)
		id := enrol(t, conn, "ann@example.com")
		for range 50 {
			add(t, conn, PasswordChanged, id, "")
		}
		var all sync.WaitGroup
		for _, at := range []dbtest.Conn{conn, dbtest.OpenURL(t, conn.Options.URL)} {
			w, _ := hire(t, at, o.reached(None))
			all.Go(func() {
				for more := true; more; {
					var err error
					if more, err = w.Next(context.Background(), noon); err != nil {
						t.Error(err)
						return
					}
				}
			})
		}
		all.Wait()
		if got, left := len(o.took()), len(waiting(t, conn)); got != 50 || left != 0 {
			t.Errorf("%d mails were sent and %d are left, want 50 and none", got, left)
		}
	})
}

func TestAMailWhoseServerDiedIsSentByAnotherAfterTheLease(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		o := open(t, None)
		dead, _ := hire(t, conn, o.reached(None))
		alive, _ := hire(t, conn, o.reached(None))
		id := enrol(t, conn, "ann@example.com")
		add(t, conn, Reset, id, "")
		rows, err := In(conn).due(t.Context(), 1, noon)
		if err != nil {
			t.Fatal(err)
		}
		_, lost, err := dead.prepare(t.Context(), rows[0], noon) // and no more
		if err != nil {
			t.Fatal(err)
		}
		next(t, alive, noon.Add(leaseFor-time.Millisecond))
		if n := len(o.took()); n != 0 {
			t.Fatalf("%d mails while the lease lasts", n)
		}
		next(t, alive, noon.Add(leaseFor))
		if n, left := len(o.took()), waiting(t, conn); n != 1 || len(left) > 0 {
			t.Fatalf("%d mails, and %q is left", n, left)
		}
		token := tokenOf(t, read(t, o.took()[0].data))
		if _, err := link.In(conn).Find(t.Context(), token, noon.Add(leaseFor), link.Reset); err != nil {
			t.Errorf("the link that was sent: %v", err)
		}
		_, old, _ := strings.Cut(lost.link, "token=")
		if _, err := link.In(conn).Find(t.Context(), old, noon, link.Reset); !errors.Is(err, link.ErrInvalid) {
			t.Errorf("the link that was not sent: %v, want ErrInvalid", err)
		}
	})
}

// A worker that took longer than its lease must not put off or remove what is another's by now.
func TestAWorkerThatLostItsLeaseLeavesTheMailAlone(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		w, _ := hire(t, conn, open(t, None).reached(None))
		add(t, conn, Reset, enrol(t, conn, "ann@example.com"), "")
		rows, err := In(conn).due(t.Context(), 1, noon)
		if err != nil {
			t.Fatal(err)
		}
		slow, _, err := w.prepare(t.Context(), rows[0], noon)
		if err != nil {
			t.Fatal(err)
		}
		fast, _, err := w.prepare(t.Context(), slow, noon.Add(leaseFor))
		if err != nil {
			t.Fatal(err)
		}
		before := waiting(t, conn)
		if err := errors.Join(In(conn).postpone(t.Context(), slow, noon), In(conn).remove(t.Context(), slow)); !errors.Is(err, errTaken) {
			t.Errorf("%v, want errTaken", err)
		}
		if after := waiting(t, conn); !slices.Equal(after, before) {
			t.Errorf("the row was %q and is %q", before, after)
		}
		// Nor may one that read a row before another's try failed claim it before its time.
		if err := In(conn).postpone(t.Context(), fast, noon.Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		if _, _, err := w.prepare(t.Context(), rows[0], noon); !errors.Is(err, errTaken) {
			t.Errorf("%v, want errTaken", err)
		}
	})
}
