package metrics

import (
	"database/sql"

	"github.com/prometheus/client_golang/prometheus"

	"gatehouse/db"
	"gatehouse/models/password"
)

// Watch adds what is asked for at each scrape: how busy the hash workers and the connections to the database are. None of it
// sends a statement. Call it once.
func (m *Metrics) Watch(pool *password.Pool, conn *db.DB) {
	m.now("hash_queue_depth", "Passwords that wait for a hash worker.", nil, func() float64 { return float64(pool.Queue().Depth) })
	m.now("hash_workers", "Hash workers.", nil, func() float64 { return float64(pool.Queue().Workers) })
	m.now("hash_workers_busy", "Hash workers that compute.", nil, func() float64 { return float64(pool.Queue().Busy) })
	m.total("hashes_total", "Passwords that were hashed or checked.", nil, func() float64 { return float64(pool.Queue().Done) })

	m.total("db_statements_total", "Statements sent to the database.", nil, func() float64 { return float64(conn.Statements()) })
	m.total("db_retries_total", "Statements and transactions begun again because the database asked for it.", nil, func() float64 { return float64(conn.Retries()) })
	for i, p := range conn.Pools() {
		m.connections(p.Name, func() sql.DBStats { return conn.Pools()[i].DBStats })
	}
}

func (m *Metrics) connections(pool string, stats func() sql.DBStats) {
	labels := prometheus.Labels{"pool": pool}
	m.now("db_connections_max", "The most connections to the database.", labels, func() float64 { return float64(stats().MaxOpenConnections) })
	m.now("db_connections_open", "Connections to the database, those in use included.", labels, func() float64 { return float64(stats().OpenConnections) })
	m.now("db_connections_in_use", "Connections to the database that are in use.", labels, func() float64 { return float64(stats().InUse) })
	m.total("db_waits_total", "How often a connection had to be waited for.", labels, func() float64 { return float64(stats().WaitCount) })
	m.total("db_wait_seconds_total", "How long connections were waited for, together.", labels, func() float64 { return stats().WaitDuration.Seconds() })
}

func (m *Metrics) now(name, help string, labels prometheus.Labels, value func() float64) {
	m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Namespace: namespace, Name: name, Help: help, ConstLabels: labels}, value))
}

func (m *Metrics) total(name, help string, labels prometheus.Labels, value func() float64) {
	m.registry.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{Namespace: namespace, Name: name, Help: help, ConstLabels: labels}, value))
}
