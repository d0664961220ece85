package metrics

import (
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// The words that the labels of sign-ins and refusals take.
var (
	kinds   = []string{"cookie", "token"}
	results = []string{"ok", "wrong", "unverified", "throttled", "overloaded", "error"}
	limits  = []string{"account", "device", "network", "sign-up", "mail"}
)

// beginAtZero shows what has not happened yet, too: Prometheus sees no rise in a series that begins with its first event.
func (m *Metrics) beginAtZero() {
	for _, kind := range kinds {
		for _, result := range results {
			m.signIns.WithLabelValues(kind, result)
		}
	}
	for _, by := range limits {
		m.throttled.WithLabelValues(by)
	}
}

// Route returns what is to be told of each answer of a route. Both words must be few and fixed, such as the template of the route.
// The series are made with the first answer, and the one of the usual answer is found only once.
func (m *Metrics) Route(method, route string) func(status int, took time.Duration) {
	durations := sync.OnceValue(func() prometheus.Observer { return m.durations.WithLabelValues(route, method) })
	usual := sync.OnceValue(func() prometheus.Counter {
		return m.requests.WithLabelValues(route, method, strconv.Itoa(http.StatusOK))
	})
	return func(status int, took time.Duration) {
		durations().Observe(took.Seconds())
		if status == http.StatusOK {
			usual().Inc()
			return
		}
		m.requests.WithLabelValues(route, method, strconv.Itoa(status)).Inc()
	}
}

// SignIn is told of each try to sign in.
func (m *Metrics) SignIn(kind, result string) { m.signIns.WithLabelValues(kind, result).Inc() }

// Throttled is told which counter refused a request.
func (m *Metrics) Throttled(by string) { m.throttled.WithLabelValues(by).Inc() }
