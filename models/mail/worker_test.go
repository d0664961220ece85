package mail

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"gatehouse/db"
	"gatehouse/db/dbtest"
)

func TestAWorkerSendsWhatIsThereAndIsWokenForMore(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		o := open(t, None)
		w, log := hire(t, conn, o.reached(None))
		w.poll = time.Hour
		id := enrol(t, conn, "ann@example.com")
		add(t, conn, PasswordChanged, id, "")
		add(t, conn, PasswordChanged, id, "")
		w.Start()
		o.wait(t)
		o.wait(t)
		for range 3 {
			asleep(t, conn)
			add(t, conn, PasswordChanged, id, "")
			w.Wake()
			o.wait(t)
		}
		if err := w.Close(t.Context()); err != nil {
			t.Error(err)
		}
		if left := waiting(t, conn); len(left) > 0 || strings.Contains(log.String(), "level=WARN") {
			t.Errorf("%q is left, and the log says\n%s", left, log)
		}
		for range 3 {
			w.Wake() // never waits, also where nobody listens
		}
		if len(w.woken) != 1 {
			t.Errorf("the worker was woken %d times, want once", len(w.woken))
		}
	})
}

// asleep returns when the outbox is empty and the worker has most likely seen that.
func asleep(t *testing.T, conn dbtest.Conn) {
	t.Helper()
	for len(waiting(t, conn)) > 0 {
		runtime.Gosched()
	}
	for before := uint64(0); before != conn.Statements(); {
		before = conn.Statements()
		for range 10_000 {
			runtime.Gosched()
		}
	}
}

func TestAWorkerLooksForTheMailsOfOthers(t *testing.T) {
	conn := dbtest.Open(t, db.SQLite)
	o := open(t, None)
	w, _ := hire(t, conn, o.reached(None))
	w.poll = 10 * time.Millisecond
	w.Start()
	defer func() { _ = w.Close(t.Context()) }()
	asleep(t, conn)
	add(t, conn, PasswordChanged, enrol(t, conn, "ann@example.com"), "")
	o.wait(t)
}

func TestTheMailUnderWayIsFinishedAndTheRestStays(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		o := open(t, None)
		began, goOn := make(chan struct{}), make(chan struct{})
		o.refuse = func(step, _ string) error {
			if step == "data" {
				close(began)
				<-goOn
			}
			return nil
		}
		w, log := hire(t, conn, o.reached(None))
		id := enrol(t, conn, "ann@example.com")
		add(t, conn, PasswordChanged, id, "")
		add(t, conn, ManyFailures, id, "")
		w.Start()
		<-began
		closed := make(chan error)
		go func() { closed <- w.Close(context.Background()) }()
		<-w.stopped
		close(goOn)
		if err := <-closed; err != nil {
			t.Error(err)
		}
		left := waiting(t, conn)
		if len(o.took()) != 1 || len(left) != 1 || !strings.Contains(left[0], "many_failures") || !strings.HasSuffix(left[0], " 0 0") {
			t.Errorf("%d mails were sent, %q is left, and the log says\n%s", len(o.took()), left, log)
		}
	})
}

func TestAMailThatTakesTooLongAtTheEndIsGivenUpAndTriedAgain(t *testing.T) {
	goleak.VerifyNone(t, goleak.IgnoreCurrent())
	for _, protection := range []TLS{None, Implicit} {
		conn := dbtest.Open(t, db.SQLite)
		port, accepted := silent(t)
		w, log := hire(t, conn, &SMTP{Host: "127.0.0.1", Port: port, TLS: protection})
		if err := In(conn).Add(t.Context(), PasswordChanged, enrol(t, conn, "ann@example.com"), "", time.Now()); err != nil {
			t.Fatal(err)
		}
		w.Start()
		<-accepted
		ended, end := context.WithCancel(t.Context())
		end()
		began := time.Now()
		if err := w.Close(ended); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v, want context.Canceled", protection, err)
		}
		if took := time.Since(began); took > smtpTimeout/2 {
			t.Errorf("%s: Close took %s", protection, took)
		}
		left := waiting(t, conn)
		if len(left) != 1 || !strings.HasSuffix(left[0], " 1 0") {
			t.Errorf("%s: %q is left, and the log says\n%s", protection, left, log)
		}
	}
}

func TestADeadDatabaseIsToldOnce(t *testing.T) {
	conn := dbtest.Open(t, db.SQLite)
	w, log := hire(t, conn, nil)
	w.poll = time.Millisecond
	_ = conn.Close()
	w.Start()
	for before := conn.Statements(); conn.Statements() < before+5; runtime.Gosched() {
		w.Wake()
	}
	_ = w.Close(t.Context())
	if n := strings.Count(log.String(), "the outbox could not be read"); n != 1 {
		t.Errorf("it is told %d times:\n%s", n, log)
	}
	if n := strings.Count(log.String(), "smtp-url is not set"); n != 1 || !strings.Contains(log.String(), "folder="+w.o.Folder) {
		t.Errorf("development mode is told %d times:\n%s", n, log)
	}
}
