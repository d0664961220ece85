package dbtest

import (
	"context"
	"testing"
	"time"

	"gatehouse/db"
)

// AwaitLock returns once somebody waits for the transaction that is open; it is an error if ended, where they tell that they are
// done, has something first. On SQLite they begin only after that transaction, and there is nothing to wait for.
func (c Conn) AwaitLock(t *testing.T, ended <-chan error) {
	t.Helper()
	for waiting := 0; waiting == 0 && c.Engine() == db.MySQL; {
		time.Sleep(150 * time.Millisecond) // this table stays as it was to one who reads it again within 100 ms
		err := c.QueryRow(context.Background(), func(r db.Row) error { return r.Scan(&waiting) },
			"SELECT COUNT(*) FROM information_schema.innodb_trx WHERE trx_state = 'LOCK WAIT'")
		if err != nil {
			t.Fatal(err)
		}
		if waiting == 0 && len(ended) > 0 {
			t.Error("nobody waits for the transaction")
			return
		}
	}
}
