package metrics

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func ask(m *Metrics, method, path string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	m.Handler(slog.New(slog.DiscardHandler)).ServeHTTP(w, httptest.NewRequest(method, path, nil))
	return w
}

func wantFigures(t *testing.T, m *Metrics, figures ...string) {
	t.Helper()
	text := ask(m, http.MethodGet, "/metrics").Body.String()
	for _, figure := range figures {
		if !strings.Contains(text, "\n"+figure+"\n") {
			t.Errorf("no %s:\n%s", figure, text)
		}
	}
}

func TestTwoServersOfOneProcessCountApart(t *testing.T) {
	one, two := New("1"), New("2")
	one.SignIn("cookie", "ok")
	wantFigures(t, one, `gatehouse_sign_ins_total{kind="cookie",result="ok"} 1`)
	wantFigures(t, two, `gatehouse_sign_ins_total{kind="cookie",result="ok"} 0`)
}

func TestNothingButTheMetricsIsShown(t *testing.T) {
	for request, want := range map[string]int{
		"GET /metrics": http.StatusOK, "HEAD /metrics": http.StatusOK, "POST /metrics": http.StatusMethodNotAllowed,
		"GET /": http.StatusNotFound, "GET /metrics/": http.StatusNotFound, "GET /debug/pprof/": http.StatusNotFound,
	} {
		method, path, _ := strings.Cut(request, " ")
		if got := ask(New("test"), method, path).Code; got != want {
			t.Errorf("%s = %d, want %d", request, got, want)
		}
	}
}

func TestARouteHasNoSeriesBeforeItsFirstAnswer(t *testing.T) {
	m := New("test")
	count := m.Route(http.MethodGet, "/a")
	if text := ask(m, http.MethodGet, "/metrics").Body.String(); strings.Contains(text, `route="/a"`) {
		t.Errorf("a route that nobody used has series:\n%s", text)
	}
	count(http.StatusOK, 10*time.Millisecond)
	count(http.StatusTeapot, time.Second)
	wantFigures(
		t, m,
		`gatehouse_http_requests_total{code="200",method="GET",route="/a"} 1`,
		`gatehouse_http_requests_total{code="418",method="GET",route="/a"} 1`,
		`gatehouse_http_request_duration_seconds_bucket{method="GET",route="/a",le="0.005"} 0`,
		`gatehouse_http_request_duration_seconds_bucket{method="GET",route="/a",le="0.025"} 1`,
		`gatehouse_http_request_duration_seconds_sum{method="GET",route="/a"} 1.01`,
	)
}
