package commands

import (
	"bytes"
	"context"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"gatehouse/config"
	"gatehouse/db/dbtest"
)

func TestWhatCannotBeCountedHasNoFigure(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		w, err := openWatching(t.Context(), config.Config{MetricsListen: "127.0.0.1:0"}, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		defer w.close()
		figures := func() (n int) {
			answer := httptest.NewRecorder()
			w.server.Handler.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/metrics", nil))
			for _, name := range []string{"\ngatehouse_sessions 0\n", "\ngatehouse_mails_waiting 0\n"} {
				n += strings.Count(answer.Body.String(), name)
			}
			return n
		}
		if n := figures(); n != 0 {
			t.Errorf("%d figures before anything was counted", n)
		}
		count := w.tasks(conn.DB)[0].do
		for _, table := range []string{"sessions", "gatehouse_outbox"} {
			if err := count(t.Context(), time.Now()); err != nil || figures() != 2 {
				t.Errorf("%d figures, %v, want 2", figures(), err)
			}
			if _, err := conn.Exec(t.Context(), "ALTER TABLE "+table+" RENAME TO away"); err != nil {
				t.Fatal(err)
			}
			if err := count(t.Context(), time.Now()); err == nil || figures() != 0 {
				t.Errorf("%d figures without the table %s, %v", figures(), table, err)
			}
			if _, err := conn.Exec(t.Context(), "ALTER TABLE away RENAME TO "+table); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func TestNothingIsWatchedUnlessItIsAskedFor(t *testing.T) {
	w, err := openWatching(t.Context(), config.Config{}, nil)
	if w != nil || err != nil {
		t.Fatalf("watching = %v, %v", w, err)
	}
	if w.url() != "" || w.requests() != nil || w.hashWaited() != nil || w.tasks(nil) != nil {
		t.Error("something is watched")
	}
	w.serve(nil, nil, nil)
	w.close()
}

func TestMetricsAreToldWhereAPersonCanOpenThem(t *testing.T) {
	for _, address := range []string{":0", "0.0.0.0:0", "127.0.0.1:0"} {
		w, err := openWatching(t.Context(), config.Config{MetricsListen: address}, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		defer w.close()
		if got := w.url(); !regexp.MustCompile(`^http://localhost:[1-9]\d*/metrics$`).MatchString(got) {
			t.Errorf("%s: metrics are at %s, want a port of localhost", address, got)
		}
	}
}

func TestAMetricsAddressThatIsTakenIsTold(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	const told = "stop it, or choose another address with --metrics-listen, such as --metrics-listen 127.0.0.1:3001"
	for command, want := range map[string]int{"serve": exitFailure, "check": exitFailure} {
		dir := t.TempDir()
		var out bytes.Buffer
		code := Run(context.Background(), []string{command, "--listen", "127.0.0.1:0", "--metrics-listen", taken.Addr().String(), "--data-dir", dir}, nil, nil, &out, &out)
		if code != want || !strings.Contains(out.String(), told) {
			t.Errorf("%s: exit code %d, want %d and %q:\n%s", command, code, want, told, &out)
		}
		if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
			t.Errorf("%s left %v, %v", command, left, err)
		}
	}
}

func TestCheckTellsWhoCanReadTheMetrics(t *testing.T) {
	for address, trap := range map[string]bool{"127.0.0.1:0": false, "0.0.0.0:0": true, "": false} {
		var out bytes.Buffer
		args := []string{"check", "--listen", "127.0.0.1:0", "--metrics-listen", address, "--data-dir", t.TempDir()}
		if code := Run(context.Background(), args, nil, nil, &out, &out); code != exitOK {
			t.Fatalf("exit code %d:\n%s", code, &out)
		}
		if got := strings.Contains(out.String(), "ok    would show metrics on "+address+"\n"); got != (address != "") {
			t.Errorf("%q: it is said where metrics are: %t\n%s", address, got, &out)
		}
		if got := strings.Contains(out.String(), "WARN  whoever reaches "+address); got != trap {
			t.Errorf("%q: a trap: %t, want %t\n%s", address, got, trap, &out)
		}
	}
}
