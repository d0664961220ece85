package db

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/go-sql-driver/mysql"
)

const (
	// Proxies and cloud balancers cut connections that are idle for a minute or more: ours are gone before. The lifetime
	// lets connections move to another node after a failover.
	mysqlIdleTime = 50 * time.Second
	mysqlLifetime = 3 * time.Minute
	// dialTimeout holds where Options.Timeout is longer, as for migrations.
	dialTimeout = 10 * time.Second
)

func openMySQL(ctx context.Context, o Options, t target) (*DB, error) {
	cfg, err := mysqlConfig(o, t)
	if err != nil {
		return nil, err
	}
	d, err := connectMySQL(ctx, o, cfg)
	if err != nil {
		return nil, err
	}
	switch galera, err := d.isGalera(ctx); {
	case err != nil:
		_ = d.Close()
		return nil, err
	case !galera:
		return d, nil
	}
	// A node applies the writes of the others a moment later. Without this, a session that another node has just ended
	// would still be let in here. 1 is for reads, 2 for UPDATE and DELETE.
	_ = d.Close()
	cfg.Params["wsrep_sync_wait"] = "3"
	return connectMySQL(ctx, o, cfg)
}

func connectMySQL(ctx context.Context, o Options, cfg *mysql.Config) (*DB, error) {
	connector, err := mysql.NewConnector(cfg)
	if err != nil {
		return nil, err
	}
	pool := sql.OpenDB(connector)
	pool.SetMaxOpenConns(o.MaxConns)
	pool.SetMaxIdleConns(o.MaxConns) // the default of 2 would close and open connections all the time
	pool.SetConnMaxIdleTime(mysqlIdleTime)
	pool.SetConnMaxLifetime(mysqlLifetime)
	d := &DB{engine: MySQL, writer: pool, reader: pool, reads: newPrepared(pool), timeout: o.Timeout, trace: o.Trace}
	if err := d.Ping(ctx); err != nil {
		_ = pool.Close()
		return nil, err
	}
	return d, nil
}

func (d *DB) isGalera(ctx context.Context) (bool, error) {
	var name, value string
	err := d.QueryRow(ctx, func(r Row) error { return r.Scan(&name, &value) }, "SHOW VARIABLES LIKE 'wsrep_on'")
	if err != nil && !errors.Is(err, ErrNoRows) {
		return false, err
	}
	d.sent.Store(0)
	return strings.EqualFold(value, "ON") || value == "1", nil
}

func mysqlConfig(o Options, t target) (*mysql.Config, error) {
	cfg := mysql.NewConfig()
	cfg.User, cfg.Passwd, cfg.DBName = t.user, t.password, t.name
	cfg.Net, cfg.Addr = t.network, t.addr
	cfg.ConnectionAttributes = "program_name:gatehouse"
	cfg.Logger = driverLog{o.Log}

	cfg.ParseTime, cfg.Loc = true, time.UTC // goose's table locker needs the first
	cfg.ClientFoundRows = true              // an UPDATE to the same value affects its row, as on SQLite
	cfg.InterpolateParams = true            // one round trip a statement instead of three; safe with utf8mb4
	if err := cfg.Apply(mysql.Charset("utf8mb4", "")); err != nil {
		return nil, err
	}

	// The context ends a statement first; these catch what runs without one.
	cfg.Timeout = min(o.Timeout+500*time.Millisecond, dialTimeout)
	cfg.ReadTimeout = o.Timeout + 500*time.Millisecond
	cfg.WriteTimeout = cfg.ReadTimeout

	cfg.Params = map[string]string{
		"time_zone": "'+00:00'",
		// Strict, so that nothing is cut off in silence, whatever the server's default. No NO_ZERO_DATE: an old table may
		// hold zero dates, and extending it must not fail on them.
		"sql_mode": "'STRICT_TRANS_TABLES,STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION'",
		// The server does not notice that we gave up on a statement: one that waits for a lock must end by itself, or it
		// keeps its own locks and its connection for up to a minute (rows) or a day (tables).
		"innodb_lock_wait_timeout": seconds(o.Timeout/2, 50*time.Second),
		"lock_wait_timeout":        seconds(o.Timeout, time.Minute),
		// A host that vanished in the middle of a transaction holds its locks this long, not eight hours.
		"wait_timeout": seconds(mysqlLifetime+time.Minute+2*o.Timeout, 24*time.Hour),
	}

	if t.tls {
		cfg.TLS = &tls.Config{MinVersion: tls.VersionTLS12, ServerName: t.host}
		if t.ca != "" {
			pem, err := os.ReadFile(t.ca)
			if err != nil {
				return nil, fmt.Errorf("read the certificate authority: %w", err)
			}
			cfg.TLS.RootCAs = x509.NewCertPool()
			if !cfg.TLS.RootCAs.AppendCertsFromPEM(pem) {
				return nil, fmt.Errorf("read the certificate authority: %s holds no certificate in PEM form", t.ca)
			}
		}
	}
	return cfg, nil
}

// seconds writes d in whole seconds, at least 1: MySQL takes no fractions.
func seconds(d, limit time.Duration) string {
	return strconv.Itoa(int(max(min(d, limit), time.Second) / time.Second))
}

// driverLog takes what the driver would print to standard error. It is for debugging only: the error itself reaches the
// caller, and a pooled connection that the server closed is no event.
type driverLog struct{ log *slog.Logger }

func (l driverLog) Print(v ...any) {
	l.log.Debug("mysql driver", "message", strings.TrimSpace(fmt.Sprint(v...)))
}
