package secret

import (
	"context"
	"errors"
	"sync"
	"testing"

	"gatehouse/db/dbtest"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

func TestGuardRefusesAForeignSecret(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		ctx := context.Background()
		first, second := []byte(New()), []byte(New())
		if known, err := Known(ctx, conn); known || err != nil {
			t.Fatalf("a new database knows a secret (%v)", err)
		}
		if err := Guard(ctx, conn, [][]byte{first, second}); err != nil {
			t.Fatal(err)
		}
		if err := Guard(ctx, conn, [][]byte{second, first}); err != nil {
			t.Errorf("the known secret in second place: %v", err)
		}
		if err := Guard(ctx, conn, [][]byte{second}); !errors.Is(err, ErrForeign) {
			t.Errorf("a foreign secret: %v, want ErrForeign", err)
		}
		if ok, err := Belongs(ctx, conn, [][]byte{second}); ok || err != nil {
			t.Errorf("Belongs = %v, %v", ok, err)
		}
	})
}

func TestAnOlderSecretIsGivenUpOnceItIsRenewed(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		ctx := t.Context()
		if err := Guard(ctx, conn, [][]byte{oldSecret}); err != nil {
			t.Fatal(err)
		}
		renew := func(want bool, secrets ...[]byte) {
			t.Helper()
			if renewed, err := Renew(ctx, conn, secrets); renewed != want || err != nil {
				t.Errorf("Renew = %v, %v, want %v", renewed, err, want)
			}
		}
		renew(false, newSecret) // a foreign one takes nothing over
		renew(false, oldSecret, newSecret)
		if err := Guard(ctx, conn, [][]byte{oldSecret}); err != nil {
			t.Errorf("before: %v", err)
		}
		renew(true, newSecret, oldSecret)
		renew(false, newSecret, oldSecret)
		if err := Guard(ctx, conn, [][]byte{newSecret}); err != nil {
			t.Errorf("the new secret: %v", err)
		}
		if err := Guard(ctx, conn, [][]byte{oldSecret}); !errors.Is(err, ErrForeign) {
			t.Errorf("the old secret: %v, want ErrForeign", err)
		}
	})
}

func TestOfSeveralFirstStartsOneDecides(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		var wg sync.WaitGroup
		var mu sync.Mutex
		accepted := 0
		for range 8 {
			wg.Go(func() {
				err := Guard(context.Background(), conn, [][]byte{[]byte(New())})
				mu.Lock()
				defer mu.Unlock()
				if err == nil {
					accepted++
				} else if !errors.Is(err, ErrForeign) {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if accepted != 1 {
			t.Errorf("%d servers accepted, want 1", accepted)
		}
	})
}
