package mail

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"gatehouse/db"
	"gatehouse/db/dbtest"
)

func TestAMailIsUndoneWithItsAct(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		id, failed := enrol(t, conn, "ann@example.com"), errors.New("the act failed")
		err := conn.WithTx(t.Context(), func(tx *db.Tx) error {
			add(t, tx, Reset, id, "")
			return failed
		})
		if left := waiting(t, conn); err != failed || len(left) > 0 {
			t.Errorf("%v, and %q is in the outbox", err, left)
		}
	})
}

func TestAMailIsCountedUntilItIsSentHoweverOftenItWasTried(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		w, _ := hire(t, conn, nil)
		id := enrol(t, conn, "ann@example.com")
		want := func(when string, n int64) {
			t.Helper()
			if got, err := In(conn).Count(t.Context()); err != nil || got != n {
				t.Errorf("%s: %d mails wait, %v, want %d", when, got, err, n)
			}
		}
		want("at first", 0)
		add(t, conn, Reset, id, "")
		add(t, conn, Verify, id, "")
		want("added", 2)
		w.sender = folder("/dev/null")
		next(t, w, noon)
		want("put off", 2)
		w.sender = folder(w.o.Folder)
		next(t, w, noon)
		want("sent", 1)
	})
}

func TestWhatIsForgottenIsNotSent(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		o := open(t, None)
		w, _ := hire(t, conn, o.reached(None))
		id := enrol(t, conn, "ann@example.com")
		other := enrol(t, conn, "ben@example.com")
		add(t, conn, EmailChange, id, "wrong@example.com")
		add(t, conn, EmailChange, other, "other@example.com")
		add(t, conn, PasswordChanged, id, "")
		if err := In(conn).Forget(t.Context(), id, EmailChange, Reset); err != nil {
			t.Fatal(err)
		}
		add(t, conn, EmailChange, id, "right@example.com")
		for range 3 {
			next(t, w, noon)
		}
		var to []string
		for _, m := range o.took() {
			to = append(to, m.to)
		}
		if !slices.Equal(to, []string{"other@example.com", "ann@example.com", "right@example.com"}) {
			t.Errorf("mails went to %q", to)
		}
	})
}

// One statement each, with a row of the same columns: the time of an answer does not tell who is known.
func TestAMailToNobodyCostsWhatAnotherDoesAndIsDropped(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		o := open(t, None)
		w, log := hire(t, conn, o.reached(None))
		id := enrol(t, conn, "ann@example.com")
		cost := func(userID int64) uint64 {
			before := conn.Statements()
			add(t, conn, Reset, userID, "")
			return conn.Statements() - before
		}
		if known, unknown := cost(id), cost(0); known != unknown {
			t.Errorf("a known address takes %d statements, an unknown one %d", known, unknown)
		}
		next(t, w, noon)
		next(t, w, noon)
		if left := waiting(t, conn); len(o.took()) != 1 || len(left) > 0 {
			t.Errorf("%d mails, and %q is left", len(o.took()), left)
		}
		if strings.Contains(log.String(), "dropped") {
			t.Errorf("the log tells of nobody:\n%s", log)
		}
	})
}
