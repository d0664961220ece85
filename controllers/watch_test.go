package controllers

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"gatehouse/metrics"
	"gatehouse/models/account"
	"gatehouse/models/password"
	"gatehouse/models/session"
	"gatehouse/models/throttle"
)

// shown are the lines of a scrape that begin so and do not end with a zero.
func shown(m *metrics.Metrics, prefix string) []string {
	w := httptest.NewRecorder()
	m.Handler(slog.New(slog.DiscardHandler)).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	var lines []string
	for line := range strings.Lines(w.Body.String()) {
		if line = strings.TrimSpace(line); strings.HasPrefix(line, prefix) && !strings.HasSuffix(line, " 0") {
			lines = append(lines, line)
		}
	}
	return lines
}

func TestRequestsAreCountedByTemplateAndWhateverIsMadeUpAsOther(t *testing.T) {
	m, now := metrics.New("test"), time.Now
	counts := newCounts(m)
	r := gin.New()
	r.HandleMethodNotAllowed = true
	r.Use(observe(slog.New(slog.DiscardHandler), now, nil, counts))
	r.GET("/sessions/:id", func(c *gin.Context) { c.Status(http.StatusOK) })
	r.POST("/panic", func(*gin.Context) { panic("no") })
	counts.know(r.Routes())
	for _, request := range []string{
		"GET /sessions/1", "GET /sessions/2", "POST /sessions/3", "POST /panic", "GET /a", "GET /b?c", "HEAD /a", "MADEUP /sessions/1", "MADEUPTOO /", "TRACE /",
	} {
		method, path, _ := strings.Cut(request, " ")
		r.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(method, path, nil))
	}
	const name = "gatehouse_http_requests_total"
	want := []string{
		name + `{code="200",method="GET",route="/sessions/:id"} 2`,
		name + `{code="404",method="GET",route="other"} 2`,
		name + `{code="404",method="HEAD",route="other"} 1`,
		name + `{code="404",method="other",route="other"} 2`,
		name + `{code="405",method="POST",route="other"} 1`,
		name + `{code="405",method="other",route="other"} 1`,
		name + `{code="500",method="POST",route="/panic"} 1`,
	}
	if got := shown(m, name); !slices.Equal(got, want) {
		t.Errorf("counted\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	const durations = `gatehouse_http_request_duration_seconds_count{method="GET",route="/sessions/:id"}`
	if got := shown(m, durations); len(got) != 1 || got[0] != durations+" 2" {
		t.Errorf("durations = %q", got)
	}
}

func TestSignInsAreCountedByHowTheyEnd(t *testing.T) {
	for _, test := range []struct {
		err  error
		want string // "" where nothing is counted
	}{
		{nil, "ok"},
		{account.ErrBadCredentials, "wrong"},
		{account.ErrUnverified, "unverified"},
		{&throttle.TooManyError{}, "throttled"},
		{&account.ThrottledError{TooManyError: &throttle.TooManyError{}}, "throttled"},
		{throttle.ErrBusy, "overloaded"},
		{&password.OverloadedError{}, "overloaded"},
		{errors.New("anything"), "error"},
		{&account.InvalidError{}, ""},
		{context.Canceled, ""},
	} {
		m := metrics.New("test")
		if test.err != nil {
			test.err = fmt.Errorf("sign in: %w", test.err)
		}
		newCounts(m).signIn(session.Token, test.err)
		var want []string
		if test.want != "" {
			want = []string{`gatehouse_sign_ins_total{kind="token",result="` + test.want + `"} 1`}
		}
		if got := shown(m, "gatehouse_sign_ins_total"); !slices.Equal(got, want) {
			t.Errorf("%v is counted as %q, want %q", test.err, got, want)
		}
	}
}

func TestARefusalIsCountedByWhatRefused(t *testing.T) {
	m := metrics.New("test")
	const name = "gatehouse_throttled_total"
	counts := newCounts(m)
	counts.throttled(fmt.Errorf("reserve: %w", &throttle.TooManyError{Bucket: throttle.Network.Of("192.0.2.1", throttle.Rule{})}))
	counts.throttled(&account.ThrottledError{TooManyError: &throttle.TooManyError{Bucket: throttle.Account.Of("ann", throttle.Rule{})}})
	counts.throttled(throttle.ErrBusy)
	if got, want := shown(m, name), []string{name + `{limit="account"} 1`, name + `{limit="network"} 1`}; !slices.Equal(got, want) {
		t.Errorf("counted %q, want %q", got, want)
	}
}

func TestNothingIsCountedWithoutAWatch(t *testing.T) {
	counts := newCounts(nil)
	counts.know(gin.New().Routes())
	counts.answered(nil, time.Second)
	counts.signIn(session.Cookie, nil)
	counts.throttled(&throttle.TooManyError{})
}

// BenchmarkCount is what counting adds to a request.
func BenchmarkCount(b *testing.B) {
	counts := newCounts(metrics.New("test"))
	gin.SetMode(gin.ReleaseMode)
	r := gin.New()
	var c *gin.Context
	r.GET("/api/users/me", func(now *gin.Context) { c = now.Copy() })
	counts.know(r.Routes())
	r.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/api/users/me", nil))
	for b.Loop() {
		counts.answered(c, time.Millisecond)
	}
}
