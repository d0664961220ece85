package db_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"gatehouse/db"
	"gatehouse/db/dbtest"
)

// proxy stands between the server and the driver, and cuts the connection at a COMMIT when told to.
type proxy struct {
	url string
	cut atomic.Int32 // 0 pass, 1 cut before the server sees COMMIT, 2 cut before the client sees the answer
}

func newProxy(t *testing.T, databaseURL, address string) *proxy {
	t.Helper()
	l, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	backend := host(t, databaseURL)
	p := &proxy{url: strings.Replace(databaseURL, backend, l.Addr().String(), 1)}
	go func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			server, err := net.Dial("tcp", backend)
			if err != nil {
				_ = client.Close()
				continue
			}
			go p.answers(client, server)
			go p.statements(client, server)
		}
	}()
	return p
}

func host(t *testing.T, databaseURL string) string {
	t.Helper()
	u, err := url.Parse(databaseURL)
	if err != nil {
		t.Fatal(err)
	}
	return u.Host
}

func (p *proxy) statements(client, server net.Conn) {
	defer server.Close()
	buf := make([]byte, 1<<16)
	for {
		n, err := client.Read(buf)
		if err != nil {
			return
		}
		if bytes.Contains(buf[:n], []byte("COMMIT")) && p.cut.Load() == 1 {
			_ = client.Close()
			return
		}
		if bytes.Contains(buf[:n], []byte("COMMIT")) && p.cut.Load() == 2 {
			p.cut.Store(3)
		}
		if _, err := server.Write(buf[:n]); err != nil {
			return
		}
	}
}

func (p *proxy) answers(client, server net.Conn) {
	defer client.Close()
	buf := make([]byte, 1<<16)
	for {
		n, err := server.Read(buf)
		if err != nil || p.cut.Load() == 3 {
			return
		}
		if _, err := client.Write(buf[:n]); err != nil && !errors.Is(err, io.EOF) {
			return
		}
	}
}

func TestLostAnswerOfCommitIsUnknownAndNotRepeated(t *testing.T) {
	conn := mysqlConn(t)
	for _, tt := range []struct {
		name  string
		cut   int32
		added int
	}{{"before the server saw it", 1, 0}, {"after the server did it", 2, 1}} {
		t.Run(tt.name, func(t *testing.T) {
			p := newProxy(t, conn.Options.URL, "127.0.0.1:0")
			d, err := db.Open(t.Context(), db.Options{URL: p.url, Timeout: 10 * time.Second})
			if err != nil {
				t.Fatal(err)
			}
			defer d.Close()
			before := count(t, conn, "users")
			p.cut.Store(tt.cut)
			runs := 0
			err = d.WithTx(t.Context(), func(tx *db.Tx) error {
				runs++
				_, err := tx.Exec(t.Context(), insertUser)
				return err
			})
			if !errors.Is(err, db.ErrCommitUnknown) || !errors.Is(err, db.ErrUnavailable) || runs != 1 {
				t.Errorf("WithTx = %v after %d runs, want ErrCommitUnknown after one", err, runs)
			}
			p.cut.Store(0)
			if n := count(t, conn, "users") - before; n != tt.added {
				t.Errorf("rows added = %d, want %d", n, tt.added)
			}
			if err := d.WithTx(t.Context(), func(tx *db.Tx) error { return nil }); err != nil {
				t.Errorf("the next transaction = %v", err)
			}
		})
	}
}

func TestConnectionsThatTheServerClosedAreReplaced(t *testing.T) {
	conn := mysqlConn(t)
	d, err := db.Open(t.Context(), db.Options{URL: conn.Options.URL, MaxConns: 1, Timeout: 5 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	for _, use := range []func() error{
		func() error { return d.Ping(t.Context()) },
		func() error { return second(d.Exec(t.Context(), insertUser)) },
		func() error {
			return d.WithTx(t.Context(), func(tx *db.Tx) error { return second(tx.Exec(t.Context(), insertUser)) })
		},
	} {
		var id int64
		if err := d.QueryRow(t.Context(), func(r db.Row) error { return r.Scan(&id) }, "SELECT CONNECTION_ID()"); err != nil {
			t.Fatal(err)
		}
		mustExec(t, conn, "KILL ?", id)
		if err := use(); err != nil {
			t.Errorf("after the connection was killed: %v", err)
		}
	}
}

func TestFrozenServerIsUnavailableInTimeAndRecovers(t *testing.T) {
	s := dbtest.Server(t)
	conn := mysqlConn(t)
	const timeout = 700 * time.Millisecond
	d, err := db.Open(t.Context(), db.Options{URL: conn.Options.URL, MaxConns: 4, Timeout: timeout})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	thawed := false
	defer func() {
		if !thawed {
			s.Thaw(t)
		}
	}()
	inTime := func(name string, err error, start time.Time) {
		t.Helper()
		if took := time.Since(start); !errors.Is(err, db.ErrUnavailable) || took > timeout+time.Second {
			t.Errorf("%s = %v after %v, want ErrUnavailable within a second of %v", name, err, took, timeout)
		}
	}
	start := time.Now()
	err = d.WithTx(t.Context(), func(tx *db.Tx) error {
		mustExec(t, tx, insertUser)
		s.Freeze(t)
		return nil
	})
	inTime("COMMIT", err, start)
	if !errors.Is(err, db.ErrCommitUnknown) {
		t.Errorf("COMMIT = %v, want ErrCommitUnknown", err)
	}
	for name, use := range map[string]func() error{
		"Exec":  func() error { return second(d.Exec(t.Context(), insertUser)) },
		"Query": func() error { return d.Query(t.Context(), func(db.Row) error { return nil }, "SELECT 1") },
		"WithTx": func() error {
			return d.WithTx(t.Context(), func(tx *db.Tx) error { return second(tx.Exec(t.Context(), insertUser)) })
		},
		"Ping": func() error { return d.Ping(t.Context()) },
		"Open": func() error { return second(db.Open(t.Context(), db.Options{URL: conn.Options.URL, Timeout: timeout})) },
	} {
		start := time.Now()
		err := use()
		inTime(name, err, start)
		if errors.Is(err, db.ErrCommitUnknown) {
			t.Errorf("%s = %v, but nothing was committed", name, err)
		}
	}
	s.Thaw(t)
	thawed = true
	// It has a queue of abandoned statements to work off first.
	deadline := time.Now().Add(10 * time.Second)
	for err = d.Ping(t.Context()); err != nil && time.Now().Before(deadline); {
		err = d.Ping(t.Context())
	}
	if err != nil {
		t.Errorf("ping after the thaw = %v", err)
	}
}

func TestOpenSaysWhyAndNeverThePassword(t *testing.T) {
	s := dbtest.Server(t)
	good := s.URL("mysql")
	const secret = "xSECRETx"
	for name, databaseURL := range map[string]string{
		"wrong password": strings.Replace(good, "gatehouse:", "gatehouse:"+secret, 1),
		"no database":    s.URL("no_such_database"),
		"no authority":   good + "?tls=true",
		"no such file":   good + "?ca=/no/such/file",
		"no server":      "mysql://u:" + secret + "@127.0.0.1:1/n",
		"no socket":      "mysql://u:" + secret + "@/n?socket=/no/such/socket",
	} {
		start := time.Now()
		wait := time.Minute // what waiting cannot help is not waited for
		if strings.HasPrefix(name, "no s") {
			wait = 0
		}
		_, err := db.Open(t.Context(), db.Options{URL: databaseURL, Wait: wait})
		if err == nil || strings.Contains(err.Error(), secret) || time.Since(start) > 20*time.Second {
			t.Errorf("%s: %v after %v", name, err, time.Since(start))
		}
	}
	for name, o := range map[string]db.Options{
		"encrypted":      {URL: good + "?ca=" + url.QueryEscape(s.CA)},
		"socket":         {URL: s.SocketURL("mysql")},
		"password apart": {URL: strings.Replace(good, good[strings.Index(good, ":p"):strings.LastIndex(good, "@")], "", 1), Password: "p@ss:w/rd?#%"},
	} {
		d, err := db.Open(t.Context(), o)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var cipher string
		err = d.QueryRow(t.Context(), func(r db.Row) error { return r.Scan(new(string), &cipher) }, "SHOW STATUS LIKE 'Ssl_cipher'")
		if err != nil || (cipher != "") != (name == "encrypted") {
			t.Errorf("%s: cipher = %q, %v", name, cipher, err)
		}
		_ = d.Close()
	}
}

func TestOpenWaitsForAServerThatStarts(t *testing.T) {
	conn := mysqlConn(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	_ = l.Close() // the port of the server that is not there yet
	databaseURL := strings.Replace(conn.Options.URL, host(t, conn.Options.URL), address, 1)
	logged := &lineWatch{seen: make(chan struct{})}
	opened := make(chan error, 1)
	go func() {
		d, err := db.Open(context.Background(), db.Options{URL: databaseURL, Wait: 30 * time.Second, Log: slog.New(slog.NewTextHandler(logged, nil))})
		if err == nil {
			err = d.Close()
		}
		opened <- err
	}()
	<-logged.seen // the first try has failed
	newProxy(t, conn.Options.URL, address)
	if err := <-opened; err != nil {
		t.Error(err)
	}
	if strings.Contains(logged.text.String(), "p%40ss") || strings.Contains(logged.text.String(), "p@ss") {
		t.Errorf("the password is in the log: %s", logged.text.String())
	}
}

// lineWatch is a log that tells of its first line.
type lineWatch struct {
	text strings.Builder
	seen chan struct{}
}

func (w *lineWatch) Write(p []byte) (int, error) {
	if w.text.Len() == 0 {
		defer close(w.seen)
	}
	return w.text.Write(p)
}
