// Package metrics counts what a server does, for Prometheus. It holds the name of every metric; the rest of the program hands
// it what happens through small interfaces and functions of its own, and knows no Prometheus.
//
// There is no global registry: New makes one, and Handler shows it. Labels are templates of routes and fixed words, never what a
// visitor sent, so that nobody can make series without end and none of them holds a secret.
package metrics

import (
	"log/slog"
	"net/http"
	"runtime"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

const namespace = "gatehouse"

// The upper ends of the buckets, in seconds. A check of a session takes less than the first, a bcrypt some of the middle ones.
var (
	requestBuckets = []float64{0.001, 0.005, 0.025, 0.1, 0.25, 0.5, 1, 2.5, 10}
	waitBuckets    = []float64{0.001, 0.01, 0.05, 0.25, 0.5, 1, 2, 5}
)

// Metrics are those of one server.
type Metrics struct {
	registry  *prometheus.Registry
	requests  *prometheus.CounterVec
	durations *prometheus.HistogramVec
	signIns   *prometheus.CounterVec
	throttled *prometheus.CounterVec
	hashWait  prometheus.Histogram
	// Counted now and then. Each has no labels, but unlike a Gauge no figure either before it was counted.
	sessions, mails *prometheus.GaugeVec
}

// New makes the metrics of a program of this version.
func New(version string) *Metrics {
	m := &Metrics{
		registry:  prometheus.NewRegistry(),
		requests:  counters("http_requests_total", "Requests that were answered, by the template of the route.", "route", "method", "code"),
		signIns:   counters("sign_ins_total", "Passwords that somebody tried to sign in with, by what for and how it ended.", "kind", "result"),
		throttled: counters("throttled_total", "Requests refused with 429, by what was counted.", "limit"),
		durations: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Namespace: namespace, Name: "http_request_duration_seconds", Help: "How long the answers took.", Buckets: requestBuckets,
		}, []string{"route", "method"}),
		hashWait: prometheus.NewHistogram(prometheus.HistogramOpts{
			Namespace: namespace, Name: "hash_wait_seconds", Help: "How long passwords waited for a hash worker.", Buckets: waitBuckets,
		}),
		sessions: gauge("sessions", "Sessions in the database that are not past their lifetime, counted once a minute; the same on each server."),
		mails:    gauge("mails_waiting", "Mails in the outbox, counted once a minute; the same on each server."),
	}
	build := prometheus.NewGauge(prometheus.GaugeOpts{
		Namespace: namespace, Name: "build_info", Help: "Always 1; the labels tell what is running.",
		ConstLabels: prometheus.Labels{"version": version, "goversion": runtime.Version()},
	})
	build.Set(1)
	m.registry.MustRegister(m.requests, m.durations, m.signIns, m.throttled, m.hashWait, m.sessions, m.mails, build,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	m.beginAtZero()
	return m
}

func counters(name, help string, labels ...string) *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: namespace, Name: name, Help: help}, labels)
}

func gauge(name, help string) *prometheus.GaugeVec {
	return prometheus.NewGaugeVec(prometheus.GaugeOpts{Namespace: namespace, Name: name, Help: help}, nil)
}

// scrapes is how many may read the metrics at the same time.
const scrapes = 4

// Handler shows the metrics at /metrics, and nothing else.
func (m *Metrics) Handler(log *slog.Logger) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn), ErrorHandling: promhttp.ContinueOnError, MaxRequestsInFlight: scrapes,
	}))
	return mux
}

// HashWaited is told how long a password waited for a worker.
func (m *Metrics) HashWaited(d time.Duration) { m.hashWait.Observe(d.Seconds()) }

// Counted is told how many sessions there are, and how many mails wait.
func (m *Metrics) Counted(sessions, mails int64) {
	m.sessions.WithLabelValues().Set(float64(sessions))
	m.mails.WithLabelValues().Set(float64(mails))
}

// NotCounted is told that they could not be counted. Then no figure is shown, rather than an old one.
func (m *Metrics) NotCounted() {
	m.sessions.Reset()
	m.mails.Reset()
}
