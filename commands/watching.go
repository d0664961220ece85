package commands

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"time"

	"gatehouse/config"
	"gatehouse/controllers"
	"gatehouse/db"
	"gatehouse/metrics"
	"gatehouse/models/mail"
	"gatehouse/models/password"
	"gatehouse/models/session"
)

// watching is what Prometheus reads, on a listener of its own. It is nil where metrics-listen is not set: then nothing is counted.
type watching struct {
	counts   *metrics.Metrics
	server   *http.Server
	listener net.Listener
}

func openWatching(ctx context.Context, cfg config.Config, log *slog.Logger) (*watching, error) {
	if cfg.MetricsListen == "" {
		return nil, nil
	}
	listeners, err := listen(ctx, "metrics-listen", cfg.MetricsListen)
	if err != nil {
		return nil, err
	}
	counts := metrics.New(Version)
	return &watching{counts, newServer(counts.Handler(log), log), listeners[0]}, nil
}

// close ends it at once: nobody is signed out by a scrape that is not answered.
func (w *watching) close() {
	if w != nil {
		_ = w.server.Close()
		_ = w.listener.Close()
	}
}

// url is where the metrics are; empty where there are none.
func (w *watching) url() string {
	if w == nil {
		return ""
	}
	return config.URLOf(w.listener.Addr().String()).String() + "/metrics"
}

func (w *watching) requests() controllers.Watch {
	if w == nil {
		return nil
	}
	return w.counts
}

func (w *watching) hashWaited() func(time.Duration) {
	if w == nil {
		return nil
	}
	return w.counts.HashWaited
}

// serve begins to answer Prometheus, until close.
func (w *watching) serve(pool *password.Pool, conn *db.DB, failed chan<- error) {
	if w != nil {
		w.counts.Watch(pool, conn)
		serveAll(w.server, failed, w.listener)
	}
}

// tasks count in the database what would take too long at each scrape.
func (w *watching) tasks(conn *db.DB) []task {
	if w == nil {
		return nil
	}
	return []task{{"sessions and mails were not counted", func(ctx context.Context, now time.Time) error {
		sessions, err := session.In(conn).Count(ctx, now)
		if err != nil {
			w.counts.NotCounted()
			return err
		}
		mails, err := mail.In(conn).Count(ctx)
		if err != nil {
			w.counts.NotCounted()
			return err
		}
		w.counts.Counted(sessions, mails)
		return nil
	}}}
}
