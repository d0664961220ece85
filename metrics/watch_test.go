package metrics

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"gatehouse/db"
	"gatehouse/db/dbtest"
	"gatehouse/models/password"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

func TestConnectionsAreThoseOfTheDatabase(t *testing.T) {
	conn, m := dbtest.Open(t, db.SQLite), New("test")
	pool := password.NewPool(password.Options{Cost: password.MinCost, Workers: 2})
	m.Watch(pool, conn.DB)
	wantFigures(t, m, "gatehouse_hash_workers 0")
	pool.Start()
	waited := make(chan error, 1)
	err := conn.WithTx(t.Context(), func(*db.Tx) error {
		go func() {
			_, err := conn.Exec(t.Context(), "DELETE FROM sessions WHERE id_hash = ?", []byte{})
			waited <- err
		}()
		for deadline := time.Now().Add(time.Second); conn.Pools()[0].WaitCount == 0 && time.Now().Before(deadline); {
			<-time.After(time.Millisecond)
		}
		wantFigures(t, m, `gatehouse_db_connections_in_use{pool="write"} 1`, `gatehouse_db_connections_in_use{pool="read"} 0`,
			`gatehouse_db_connections_open{pool="write"} 1`, `gatehouse_db_connections_max{pool="write"} 1`, `gatehouse_db_waits_total{pool="write"} 1`)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := <-waited; err != nil {
		t.Fatal(err)
	}
	wantFigures(t, m, `gatehouse_db_connections_in_use{pool="write"} 0`, `gatehouse_db_connections_open{pool="write"} 1`,
		`gatehouse_db_wait_seconds_total{pool="read"} 0`, "gatehouse_hash_workers 2", "gatehouse_hash_workers_busy 0", "gatehouse_hash_queue_depth 0")
	if text := ask(m, http.MethodGet, "/metrics").Body.String(); strings.Contains(text, `gatehouse_db_wait_seconds_total{pool="write"} 0`+"\n") {
		t.Error("somebody waited, for no time")
	}
	if _, err := pool.Hash(t.Context(), "secret"); err != nil {
		t.Fatal(err)
	}
	wantFigures(t, m, "gatehouse_hashes_total 1")
	if err := pool.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
}
