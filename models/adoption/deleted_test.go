package adoption

import (
	"context"
	"testing"
	"time"

	"gatehouse/db"
	"gatehouse/db/dbtest"
)

func awaitLock(t *testing.T, conn dbtest.Conn, ended <-chan error) {
	t.Helper()
	for waiting := 0; waiting == 0 && conn.Engine() == db.MySQL; {
		time.Sleep(150 * time.Millisecond) // this table stays as it was to one who reads it again within 100 ms
		err := conn.QueryRow(context.Background(), func(r db.Row) error { return r.Scan(&waiting) },
			"SELECT COUNT(*) FROM information_schema.innodb_trx WHERE trx_state = 'LOCK WAIT'")
		if err != nil {
			t.Fatal(err)
		}
		if waiting == 0 && len(ended) > 0 {
			t.Error("the run did not wait")
			return
		}
	}
}

// The old program deletes a user in a transaction that ends only after the run has read the row.
func TestWhoIsBeingDeletedIsPassedOver(t *testing.T) {
	for _, write := range []string{"DELETE FROM users WHERE id = 1"} {
		eachTable(t, func(t *testing.T, o *table) {
			o.adopt(Plan{})
			o.add("ann@example.com", "correct horse")
			o.add("ben@example.com", "bens password")
			ended := make(chan error, 1)
			var done Outcome
			err := o.conn.WithTx(context.Background(), func(tx *db.Tx) error {
				if _, err := tx.Exec(context.Background(), write); err != nil {
					return err
				}
				go func() {
					var err error
					done, err = o.adopter(Plan{}).Adopt(context.Background(), nothing)
					ended <- err
				}()
				awaitLock(t, o.conn, ended)
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			if err := <-ended; err != nil {
				t.Fatalf("%s: %v", write, err)
			}
			if o.conn.Engine() == db.MySQL { // on SQLite the run may begin after it
				wantOutcome(t, done, Outcome{Hashed: 1, Keys: 1, Changed: 1})
			}
			o.wantLets(false, "ann@example.com", "correct horse")
			o.wantLets(true, "ben@example.com", "bens password")
		})
	}
}
