package mail

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"gatehouse/db"
	"gatehouse/db/dbtest"
)

// attempt has one mail sent to a server, and returns what the log says.
func attempt(t *testing.T, smtp *SMTP) string {
	t.Helper()
	conn := dbtest.Open(t, db.SQLite)
	w, log := hire(t, conn, smtp)
	add(t, conn, Reset, enrol(t, conn, "ann@example.com"), "")
	next(t, w, noon)
	return log.String()
}

func TestTheConnectionIsProtectedAsAskedAndSignsIn(t *testing.T) {
	for _, protection := range []TLS{StartTLS, Implicit, None} {
		for _, user := range []string{"", "ann"} {
			o := open(t, protection)
			smtp := o.reached(protection)
			smtp.User, smtp.Password = user, "hush"
			log := attempt(t, smtp)
			all := o.took()
			if len(all) != 1 || all[0].encrypted != (protection != None) || all[0].user != user || all[0].from != "auth@acme.example" {
				t.Errorf("%s, user %q: %+v\n%s", protection, user, all, log)
			}
			if o.hello != "auth.acme.example" {
				t.Errorf("%s: the greeting is %q", protection, o.hello)
			}
			if !strings.Contains(log, "mail sent") || !strings.Contains(log, "to=127.0.0.1:") {
				t.Errorf("%s: the log says\n%s", protection, log)
			}
		}
	}
}

func TestAServerThatCannotProveItselfGetsNoMail(t *testing.T) {
	_, strangers := certify(t)
	for name, tt := range map[string]struct {
		offered, wanted TLS
		spoil           func(*SMTP)
		cause           string
	}{
		"STARTTLS, signed by a stranger":       {StartTLS, StartTLS, func(s *SMTP) { s.roots = strangers }, "certificate"},
		"implicit TLS, signed by a stranger":   {Implicit, Implicit, func(s *SMTP) { s.roots = strangers }, "certificate"},
		"STARTTLS, by nobody the system knows": {StartTLS, StartTLS, func(s *SMTP) { s.roots = nil }, "certificate"},
		"STARTTLS, for another name":           {StartTLS, StartTLS, func(s *SMTP) { s.Host = "localhost" }, "certificate"},
		"implicit TLS, for another name":       {Implicit, Implicit, func(s *SMTP) { s.Host = "localhost" }, "certificate"},
		"no STARTTLS":                          {None, StartTLS, func(*SMTP) {}, "does not support STARTTLS"},
		"no implicit TLS":                      {None, Implicit, func(*SMTP) {}, "tls"},
	} {
		o := open(t, tt.offered)
		smtp := o.reached(tt.wanted)
		smtp.User, smtp.Password = "ann", "hush"
		tt.spoil(smtp)
		log := attempt(t, smtp)
		if n := len(o.took()); n != 0 || !strings.Contains(log, "tried again") || !strings.Contains(log, tt.cause) || strings.Contains(log, "hush") {
			t.Errorf("%s: %d mails, and the log says\n%s", name, n, log)
		}
	}
}

func TestAnOldProtocolIsRefused(t *testing.T) {
	certificate, roots := certify(t)
	listener, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11})
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	go func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			_ = c.(*tls.Conn).Handshake()
			_ = c.Close()
		}
	}()
	log := attempt(t, &SMTP{Host: "127.0.0.1", Port: listener.Addr().(*net.TCPAddr).Port, TLS: Implicit, roots: roots})
	if !strings.Contains(log, "protocol version") {
		t.Errorf("the log says\n%s", log)
	}
}

// silent accepts connections and never says a word.
func silent(t *testing.T) (port int, accepted <-chan struct{}) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	came := make(chan struct{}, 10)
	go func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			came <- struct{}{}
			go func() { _, _ = io.Copy(io.Discard, c); _ = c.Close() }()
		}
	}()
	return listener.Addr().(*net.TCPAddr).Port, came
}

func TestASilentServerIsGivenUpInTime(t *testing.T) {
	for _, protection := range []TLS{None, StartTLS, Implicit} {
		port, _ := silent(t)
		conn := dbtest.Open(t, db.SQLite)
		smtp := SMTP{Host: "127.0.0.1", Port: port, TLS: protection, roots: x509.NewCertPool()}
		w, log := hire(t, conn, &smtp)
		w.sender = server{smtp, "auth.acme.example", 50 * time.Millisecond}
		add(t, conn, Reset, enrol(t, conn, "ann@example.com"), "")
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		if _, err := w.Next(ctx, noon); err != nil || ctx.Err() != nil || !strings.Contains(log.String(), "tried again") {
			t.Errorf("%s: %v, %v, and the log says\n%s", protection, err, ctx.Err(), log)
		}
	}
}

func TestAMailThatWasTakenIsNotSentAgainHoweverTheConnectionEnds(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	go func() { // takes one mail, and hangs up where the client would say goodbye
		c, err := listener.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		say := func(line string) { _, _ = io.WriteString(c, line+"\r\n") }
		say("220 mail.test")
		buffer := make([]byte, 64<<10)
		for read := ""; ; {
			n, err := c.Read(buffer)
			if err != nil {
				return
			}
			read += string(buffer[:n])
			switch {
			case strings.HasSuffix(read, "\r\n.\r\n"):
				say("250 taken")
				return
			case strings.HasSuffix(read, "DATA\r\n"):
				say("354 go on")
			case strings.HasSuffix(read, "\r\n") && !strings.Contains(read, "DATA\r\n"):
				say("250 fine")
			}
		}
	}()
	log := attempt(t, &SMTP{Host: "127.0.0.1", Port: listener.Addr().(*net.TCPAddr).Port, TLS: None})
	if !strings.Contains(log, "mail sent") || strings.Contains(log, "tried again") {
		t.Errorf("the log says\n%s", log)
	}
}
