package db_test

import (
	"maps"
	"testing"

	"gatehouse/db"
	"gatehouse/db/dbtest"
)

func TestPoolsTellHowBusyTheyAre(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		busy := func() map[string]int {
			inUse := map[string]int{}
			for _, p := range conn.Pools() {
				inUse[p.Name] = p.InUse
			}
			return inUse
		}
		want, idle := map[string]int{"both": 1}, map[string]int{"both": 0}
		if conn.Engine() == db.SQLite {
			want, idle = map[string]int{"write": 1, "read": 0}, map[string]int{"write": 0, "read": 0}
		}
		err := conn.WithTx(t.Context(), func(*db.Tx) error {
			if got := busy(); !maps.Equal(got, want) {
				t.Errorf("within a transaction %v are in use, want %v", got, want)
			}
			return nil
		})
		if got := busy(); err != nil || !maps.Equal(got, idle) {
			t.Errorf("afterwards %v are in use, want %v; %v", got, idle, err)
		}
	})
}
