package db_test

import (
	"fmt"
	"testing"
	"time"

	"gatehouse/db"
	"gatehouse/db/dbtest"
)

// On MySQL a statement locks what it looks at, and the first row beyond a range too. On SQLite one writes at a time.
func TestPurgeWaitsForNobodyWhoUsesARowThatStays(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		for i := range 50 {
			mustExec(t, conn.DB, "INSERT INTO blacklist (jti, expires) VALUES (?, ?)", fmt.Sprint("token ", i), i)
		}
		o := conn.Options
		o.Timeout = time.Second
		impatient, err := db.Open(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		defer impatient.Close()
		purge := func() error {
			old := db.Old{Table: "blacklist", Key: "jti", Condition: "expires <= ?", Args: []any{2}, Order: "expires"}
			return db.Purge[string](t.Context(), impatient, old, 10)
		}
		if conn.Engine() == db.SQLite {
			err = purge()
		} else {
			err = conn.WithTx(t.Context(), func(tx *db.Tx) error {
				if _, err := tx.Exec(t.Context(), "UPDATE blacklist SET expires = ? WHERE jti = ?", 4, "token 3"); err != nil {
					return err
				}
				return purge()
			})
		}
		if err != nil {
			t.Error(err)
		}
		left := 0
		err = conn.QueryRow(t.Context(), func(r db.Row) error { return r.Scan(&left) }, "SELECT COUNT(*) FROM blacklist")
		if err != nil || left != 47 {
			t.Errorf("%d rows are left, want 47; %v", left, err)
		}
	})
}
