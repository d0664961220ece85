package guessed

import (
	"bytes"
	"context"
	"crypto/sha1"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

const (
	leaked = "correct horse battery staple"
	clean  = "a password that nobody has yet"
)

var now = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// digits is the hash of a password as the service writes it.
func digits(plain string) string { return fmt.Sprintf("%X", sha1.Sum([]byte(plain))) }

// rangeService stands in for the service.
type rangeService struct {
	p   *Passwords
	log bytes.Buffer

	mu   sync.Mutex
	sent []string // the whole requests
}

func newRangeService(t *testing.T, answer http.HandlerFunc) *rangeService {
	t.Helper()
	s := &rangeService{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		dump, _ := httputil.DumpRequest(r, true)
		s.mu.Lock()
		s.sent = append(s.sent, string(dump))
		s.mu.Unlock()
		answer(w, r)
	}))
	t.Cleanup(server.Close)
	s.p = New(Options{BreachURL: server.URL + "/range/", Log: slog.New(slog.NewTextHandler(&s.log, nil))})
	s.p.breaches.timeout = 20 * time.Second // not what is tested, but for TestASlowService
	return s
}

func says(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, text) }
}

const others = "0018A45C4D1DEF81644B54AB7F969B88D65:12\r\n011053FD0102E94D6AE2F8B83D76FAF94F6:1\r\n"

func TestALeakedPasswordIsRefused(t *testing.T) {
	rest := digits(leaked)[5:]
	for name, answer := range map[string]string{
		"first": rest + ":3\r\n" + others, "last": others + rest + ":2", "lower case": others + strings.ToLower(rest) + ":24230577\n",
		"the longest": strings.Repeat(others, maxAnswer/len(others)-1) + rest + ":1",
	} {
		s := newRangeService(t, says(answer))
		if got := s.p.Leak(t.Context(), leaked, now); got != "is in a list of leaked passwords" || s.log.Len() > 0 {
			t.Errorf("%s: %q, log %q", name, got, &s.log)
		}
	}
}

func TestAPasswordThatDidNotLeakIsTakenWithoutAWarning(t *testing.T) {
	for name, answer := range map[string]string{
		"others": others, "padding": others + digits(clean)[5:] + ":0\r\n", "empty": "", "another prefix": digits(leaked)[5:] + ":9\r\n",
	} {
		s := newRangeService(t, says(answer))
		if got := s.p.Leak(t.Context(), clean, now); got != "" || s.log.Len() > 0 {
			t.Errorf("%s: %q, log %q", name, got, &s.log)
		}
	}
}

func TestTheServiceLearnsFiveDigits(t *testing.T) {
	s := newRangeService(t, says(others))
	s.p.Leak(t.Context(), leaked, now)
	if len(s.sent) != 1 {
		t.Fatalf("%d requests, want 1", len(s.sent))
	}
	host := strings.TrimSuffix(strings.TrimPrefix(s.p.breaches.url, "http://"), "/range/")
	want := "GET /range/" + digits(leaked)[:5] + " HTTP/1.1\r\nHost: " + host +
		"\r\nAccept-Encoding: gzip\r\nAdd-Padding: true\r\nConnection: close\r\nUser-Agent: gatehouse\r\n\r\n"
	if s.sent[0] != want {
		t.Errorf("sent %q\nwant %q", s.sent[0], want)
	}
}

func TestTheServiceMustProveItsName(t *testing.T) {
	server := httptest.NewUnstartedServer(says(digits(leaked)[5:] + ":3\r\n"))
	server.EnableHTTP2 = true
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	t.Cleanup(server.Close)
	var out bytes.Buffer
	p := New(Options{BreachURL: server.URL + "/range/", Log: slog.New(slog.NewTextHandler(&out, nil))})
	p.breaches.timeout = 20 * time.Second
	if got := p.Leak(t.Context(), leaked, now); got != "" || !strings.Contains(out.String(), "certificate") {
		t.Errorf("an unknown authority: %q, log %q", got, &out)
	}
	p.breaches.client.Transport.(*http.Transport).TLSClientConfig = server.Client().Transport.(*http.Transport).TLSClientConfig
	if got := p.Leak(t.Context(), leaked, now); got == "" {
		t.Errorf("a known authority: nothing, log %q", &out)
	}
}

func TestNobodyIsAskedUnlessTheOperatorWantsIt(t *testing.T) {
	if got := New(Options{}).Leak(t.Context(), leaked, now); got != "" {
		t.Errorf("%q", got)
	}
}

func TestAServiceThatFailsRefusesNothing(t *testing.T) {
	hit := digits(leaked)[5:] + ":3\r\n"
	elsewhere := httptest.NewServer(says(hit))
	t.Cleanup(elsewhere.Close)
	for name, test := range map[string]struct {
		answer http.HandlerFunc
		cause  string
	}{
		"status 500": {func(w http.ResponseWriter, _ *http.Request) { http.Error(w, hit, http.StatusInternalServerError) }, "the status is 500"},
		"status 404": {http.NotFound, "the status is 404"},
		"redirect": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, elsewhere.URL+"/range/", http.StatusFound)
		}, "the status is 302"},
		"a page":        {says("<!doctype html><title>Sign in to the hotel's network</title>"), "not a list of hashes"},
		"garbage":       {says(others + "\x00\xff:1\r\n" + hit), "not a list of hashes"},
		"no count":      {says(digits(leaked)[5:] + "\r\n"), "not a list of hashes"},
		"a huge body":   {says(strings.Repeat(others, maxAnswer/len(others)+1) + hit), "longer than 1048576 bytes"},
		"half a suffix": {says(digits(leaked)[5:20] + ":3\r\n"), "not a list of hashes"},
		"no hex":        {says(strings.Repeat("g", 35) + ":3\r\n"), "not a list of hashes"},
		"an endless body": {func(w http.ResponseWriter, r *http.Request) {
			for range 64 { // MiB, and then it hangs
				_, _ = io.WriteString(w, strings.Repeat(others, maxAnswer/len(others)))
			}
			<-r.Context().Done()
		}, "longer than 1048576 bytes"},
		"cut off": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "1000")
			_, _ = io.WriteString(w, hit)
		}, "read answer: unexpected EOF"},
	} {
		s := newRangeService(t, test.answer)
		if got := s.p.Leak(t.Context(), leaked, now); got != "" {
			t.Errorf("%s: %q", name, got)
		}
		if log := s.log.String(); strings.Count(log, "\n") != 1 || !strings.Contains(log, "level=WARN") || !strings.Contains(log, test.cause) {
			t.Errorf("%s: log %q, want a warning with %q", name, log, test.cause)
		}
	}
}

// An answer that is endless is not read to its end, and one that does not come is not waited for.
func TestASlowServiceIsWaitedForNoLongerThanTheTimeOut(t *testing.T) {
	for name, answer := range map[string]http.HandlerFunc{
		"silent": func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
		"endless": func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.WriteString(w, others)
			w.(http.Flusher).Flush()
			<-r.Context().Done()
		},
	} {
		s := newRangeService(t, answer)
		s.p.breaches.timeout = 20 * time.Millisecond
		if got := s.p.Leak(t.Context(), leaked, now); got != "" || !strings.Contains(s.log.String(), "deadline exceeded") {
			t.Errorf("%s: %q, log %q", name, got, &s.log)
		}
	}
}

func TestTheTimeOutIsASecond(t *testing.T) {
	if got := New(Options{BreachURL: "https://range.example/"}).breaches.timeout; got != time.Second {
		t.Errorf("%v", got)
	}
}

func TestTheLogHasOneWarningAMinuteAndNoDigits(t *testing.T) {
	s := newRangeService(t, http.NotFound)
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	s.p.breaches.url = gone.URL + "/range/"
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() { s.p.Leak(t.Context(), leaked, now) })
	}
	all.Wait()
	for _, after := range []time.Duration{0, time.Second, 59 * time.Second, time.Minute, 90 * time.Second} {
		s.p.Leak(t.Context(), leaked, now.Add(after))
	}
	if n := strings.Count(s.log.String(), "\n"); n != 2 {
		t.Errorf("%d warnings in a minute and a half, want 2:\n%s", n, &s.log)
	}
	if log := s.log.String(); strings.Contains(log, digits(leaked)[:5]) || strings.Contains(log, "horse") || !strings.Contains(log, "refused") {
		t.Errorf("log %q", log)
	}
}

func TestNoConnectionIsLeftOpen(t *testing.T) {
	for _, status := range []int{http.StatusOK, http.StatusInternalServerError} {
		s := newRangeService(t, func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(status)
			_, _ = io.WriteString(w, others)
		})
		before := goleak.IgnoreCurrent()
		s.p.Leak(t.Context(), clean, now)
		goleak.VerifyNone(t, before)
	}
}

func TestAVisitorWhoHasGoneIsNoWarning(t *testing.T) {
	s := newRangeService(t, says(others))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if got := s.p.Leak(ctx, leaked, now); got != "" || s.log.Len() > 0 {
		t.Errorf("%q, log %q", got, &s.log)
	}
}

func TestLookUpsAtOnceUseFewConnections(t *testing.T) {
	arrived, answer := make(chan struct{}, 2*maxConns), make(chan struct{})
	s := newRangeService(t, func(w http.ResponseWriter, _ *http.Request) {
		arrived <- struct{}{}
		<-answer
		_, _ = io.WriteString(w, others)
	})
	var all sync.WaitGroup
	for range maxConns {
		all.Go(func() { s.p.Leak(t.Context(), clean, now) })
	}
	for range maxConns {
		<-arrived
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	s.p.Leak(ctx, clean, now)
	if n := len(arrived); n != 0 {
		t.Errorf("%d look-ups more than %d were at the service", n, maxConns)
	}
	close(answer)
	all.Wait()
}

func FuzzCounts(f *testing.F) {
	rest := digits(leaked)[5:]
	for _, answer := range []string{"", others, rest + ":1", rest + ":0\r\n" + rest + ":1", others + strings.ToLower(rest) + ":007\n", rest, rest + ":-1", "\n"} {
		f.Add(answer, rest)
	}
	f.Fuzz(func(t *testing.T, answer, suffix string) {
		found, err := counts(answer, suffix)
		if found && (err != nil || !strings.Contains(strings.ToUpper(answer), strings.ToUpper(suffix)+":")) {
			t.Fatalf("counts(%q, %q) = %v, %v", answer, suffix, found, err)
		}
		padded := strings.Repeat("0", len(suffix)) + ":0\r\n" + answer
		if again, anew := counts(padded, suffix); again != found || (anew == nil) != (err == nil) {
			t.Fatalf("with padding: counts(%q, %q) = %v, %v; without %v, %v", padded, suffix, again, anew, found, err)
		}
		if len(suffix) != len(rest) || !isHex(suffix) || err != nil {
			return
		}
		whole := strings.TrimRight(answer, "\r\n") + "\n" + suffix + ":1"
		if found, err := counts(strings.TrimPrefix(whole, "\n"), suffix); !found || err != nil {
			t.Fatalf("counts(%q, %q) = %v, %v", whole, suffix, found, err)
		}
	})
}
