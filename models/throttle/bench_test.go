package throttle

import (
	"testing"
	"time"

	"gatehouse/db/dbtest"
)

func BenchmarkReserveAndSucceed(b *testing.B) {
	for _, engine := range dbtest.Engines() {
		b.Run(string(engine), func(b *testing.B) {
			conn := dbtest.Open(b, engine)
			th := New(conn.DB, time.Second)
			ann, net := Account.Of("ann@example.com", accountRule), Network.Of("192.0.2.1", networkRule)
			for b.Loop() {
				a, err := th.Reserve(b.Context(), noon, ann, net)
				if err != nil {
					b.Fatal(err)
				}
				succeed(b, conn, a)
			}
		})
	}
}
