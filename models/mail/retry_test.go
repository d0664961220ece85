package mail

import (
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"gatehouse/db"
	"gatehouse/db/dbtest"
	"gatehouse/models/link"
)

func TestPausesDoubleUpToAnHour(t *testing.T) {
	want := []time.Duration{
		30 * time.Second, time.Minute, 2 * time.Minute, 4 * time.Minute, 8 * time.Minute, 16 * time.Minute, 32 * time.Minute, time.Hour, time.Hour,
	}
	for i, d := range want {
		if got := pause(i + 1); got != d {
			t.Errorf("after %d tries %s, want %s", i+1, got, d)
		}
	}
	for _, tries := range []int{40, 64, 1000} {
		if got := pause(tries); got != time.Hour {
			t.Errorf("after %d tries %s, want 1h", tries, got)
		}
	}
}

func TestAMailIsTriedAgainWhenItIsTimeAndTheServerIsBack(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		o := open(t, None)
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		down := o.reached(None)
		down.Port = listener.Addr().(*net.TCPAddr).Port
		_ = listener.Close()
		id := enrol(t, conn, "ann@example.com")
		add(t, conn, Reset, id, "")
		w, log := hire(t, conn, down)
		at := noon
		for tries, wait := range []time.Duration{0, 30 * time.Second, time.Minute, 2 * time.Minute} {
			next(t, w, at.Add(wait-time.Millisecond)) // too early, but for the first
			at = at.Add(wait)
			next(t, w, at)
			want := fmt.Sprintf("1 reset %d NULL %d %d %d 0", id, noon.UnixMilli(), at.Add(pause(tries+1)).UnixMilli(), tries+1)
			if left := waiting(t, conn); len(left) != 1 || left[0] != want {
				t.Fatalf("the outbox holds %q, want %q", left, want)
			}
		}
		if n := strings.Count(log.String(), "connection refused"); n != 4 {
			t.Errorf("%d tries in the log, want 4:\n%s", n, log)
		}
		up, _ := hire(t, conn, o.reached(None))
		next(t, up, at.Add(4*time.Minute-time.Millisecond))
		if n := len(o.took()); n != 0 {
			t.Errorf("%d mails before their time", n)
		}
		next(t, up, at.Add(4*time.Minute))
		if n, left := len(o.took()), waiting(t, conn); n != 1 || len(left) > 0 {
			t.Fatalf("%d mails, and %q is left", n, left)
		}
		// The life of the link begins when it was really sent.
		_, err = link.In(conn).Find(t.Context(), tokenOf(t, read(t, o.took()[0].data)), at.Add(33*time.Minute), link.Reset)
		if err != nil {
			t.Errorf("the link: %v", err)
		}
	})
}

func TestARefusalForGoodEndsAMailAtOnceAndNoOtherDoes(t *testing.T) {
	for _, tt := range []struct {
		step  string
		code  int
		ended bool
	}{
		{"rcpt", 550, true},
		{"rcpt", 450, false},
		{"data", 554, true},
		{"data", 452, false},
		{"from", 550, false},
		{"from", 451, false},
		{"auth", 535, false},
		{"auth", 454, false},
	} {
		conn := dbtest.Open(t, db.SQLite)
		o := open(t, None)
		o.refuse = func(step, text string) error {
			if step != tt.step {
				return nil
			}
			return answer(tt.code, "because of "+text)
		}
		smtp := o.reached(None)
		smtp.User, smtp.Password = "ann", "hush"
		w, log := hire(t, conn, smtp)
		add(t, conn, Reset, enrol(t, conn, "ann@example.com"), "")
		next(t, w, noon)
		if ended := len(waiting(t, conn)) == 0; ended != tt.ended || len(o.took()) > 0 {
			t.Errorf("%d at %s: ended %t, want %t", tt.code, tt.step, ended, tt.ended)
		}
		told := map[bool]string{true: "level=ERROR msg=\"mail was not sent and is given up\"", false: "level=WARN msg=\"mail was not sent; it is tried again\""}[tt.ended]
		if text := log.String(); !strings.Contains(text, told) || !strings.Contains(text, fmt.Sprint(tt.code)) || !strings.Contains(text, "kind=reset userId=1 ") || strings.Contains(text, "because of") {
			t.Errorf("%d at %s: the log says\n%s", tt.code, tt.step, text)
		}
	}
}

func TestAMailIsGivenUpAfterADay(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		o := open(t, None)
		o.refuse = func(string, string) error { return answer(451, "later") }
		w, log := hire(t, conn, o.reached(None))
		add(t, conn, Reset, enrol(t, conn, "ann@example.com"), "")
		next(t, w, noon.Add(24*time.Hour-time.Millisecond))
		if len(waiting(t, conn)) != 1 {
			t.Fatalf("it was given up before:\n%s", log)
		}
		next(t, w, noon.Add(24*time.Hour+time.Minute))
		if left := waiting(t, conn); len(left) > 0 || !strings.Contains(log.String(), "is given up") {
			t.Errorf("%q is left, and the log says\n%s", left, log)
		}
	})
}

// Mail servers repeat addresses, and those that look for spam repeat links.
func TestNoTokenAndNoAddressIsInTheOutboxOrTheLog(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		o := open(t, None)
		var seen strings.Builder
		code := 451
		o.refuse = func(step, text string) error {
			if step != "data" {
				return nil
			}
			seen.WriteString(text)
			return answer(code, "<ann@example.com> must not get "+text)
		}
		w, log := hire(t, conn, o.reached(None))
		add(t, conn, Reset, enrol(t, conn, "ann@example.com"), "")
		next(t, w, noon)
		left := strings.Join(waiting(t, conn), "\n")
		code = 554
		next(t, w, noon.Add(time.Minute))
		found := tokens.FindAllStringSubmatch(strings.NewReplacer("=\r\n", "", "=3D", "=").Replace(seen.String()), -1)
		if len(found) != 6 || len(waiting(t, conn)) > 0 {
			t.Fatalf("%d links in two mails, and %q is left", len(found), waiting(t, conn))
		}
		for _, token := range found {
			if strings.Contains(left+log.String(), token[1]) {
				t.Errorf("the token %s is in\n%s\n%s", token[1], left, log)
			}
		}
		if strings.Contains(left+log.String(), "ann@") || strings.Contains(log.String(), "acme.example/") {
			t.Errorf("an address or a link is in\n%s\n%s", left, log)
		}
		if !strings.Contains(log.String(), `cause="closing SMTP DATA writer: 451 4.7.1"`) {
			t.Errorf("the log does not tell why:\n%s", log)
		}
	})
}
