package link

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"gatehouse/db"
	"gatehouse/db/dbtest"
	"gatehouse/models/session"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

var noon = time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)

func made(t *testing.T, conn dbtest.Conn, kind Kind, userID int64) string {
	t.Helper()
	var token session.Secret
	err := conn.WithTx(t.Context(), func(tx *db.Tx) (err error) {
		token, err = In(tx).Make(t.Context(), kind, userID, "ann@example.com", time.Hour, noon)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return string(token)
}

func good(t *testing.T, conn dbtest.Conn, token string, kind Kind) bool {
	t.Helper()
	_, err := In(conn).Find(t.Context(), token, noon, kind)
	if err != nil && !errors.Is(err, ErrInvalid) {
		t.Fatal(err)
	}
	return err == nil
}

func count(t *testing.T, conn dbtest.Conn) int {
	t.Helper()
	var n int
	if err := conn.QueryRow(t.Context(), func(r db.Row) error { return r.Scan(&n) }, "SELECT COUNT(*) FROM gatehouse_links"); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestALinkIsFoundAsOftenAsOneLikesAndSpentOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		token := made(t, conn, Reset, 7)
		want := Link{Kind: Reset, UserID: 7, Address: "ann@example.com"}
		for range 2 {
			if got, err := In(conn).Find(t.Context(), token, noon, Verify, Reset); got != want || err != nil {
				t.Errorf("found %+v, %v, want %+v", got, err, want)
			}
		}
		if got, err := In(conn).Spend(t.Context(), token, noon, Reset); got != want || err != nil {
			t.Errorf("spent %+v, %v, want %+v", got, err, want)
		}
		if _, err := In(conn).Spend(t.Context(), token, noon, Reset); !errors.Is(err, ErrInvalid) {
			t.Errorf("spent again: %v, want ErrInvalid", err)
		}
		if good(t, conn, token, Reset) {
			t.Error("a spent link is found")
		}
	})
}

func TestALinkIsGoodForItsKindAndItsTimeAlone(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		token := made(t, conn, Reset, 7)
		for _, tt := range []struct {
			name, token string
			at          time.Time
			kinds       []Kind
		}{
			{"another kind", token, noon, []Kind{Verify, EmailChange}},
			{"no kind", token, noon, nil},
			{"expired", token, noon.Add(time.Hour), []Kind{Reset}},
			{"never made", string(session.NewSecret()), noon, []Kind{Reset}},
			{"cut", token[1:], noon, []Kind{Reset}},
			{"with a space", token + " ", noon, []Kind{Reset}},
			{"empty", "", noon, []Kind{Reset}},
		} {
			if _, err := In(conn).Spend(t.Context(), tt.token, tt.at, tt.kinds...); !errors.Is(err, ErrInvalid) {
				t.Errorf("%s: %v, want ErrInvalid", tt.name, err)
			}
		}
		if _, err := In(conn).Spend(t.Context(), token, noon.Add(time.Hour-time.Millisecond), Reset); err != nil {
			t.Errorf("in the last moment: %v", err)
		}
	})
}

func TestOnlyTheNewestLinkOfAKindIsGood(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		old, verify, other := made(t, conn, Reset, 7), made(t, conn, Verify, 7), made(t, conn, Reset, 8)
		newest := made(t, conn, Reset, 7)
		if good(t, conn, old, Reset) {
			t.Error("the older link is still good")
		}
		if !good(t, conn, newest, Reset) || !good(t, conn, verify, Verify) || !good(t, conn, other, Reset) {
			t.Error("a link of another kind or user went with it")
		}
	})
}

func TestLinksMadeAtOnceLeaveOne(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		var all sync.WaitGroup
		for range 10 {
			all.Go(func() {
				_ = conn.WithTx(context.Background(), func(tx *db.Tx) error {
					_, err := In(tx).Make(context.Background(), Reset, 7, "ann@example.com", time.Hour, noon)
					return err
				})
			})
		}
		all.Wait()
		if n := count(t, conn); n != 1 {
			t.Errorf("%d links, want 1", n)
		}
	})
}

func TestOfTwentyUsesAtOnceOneSucceeds(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		token := made(t, conn, Reset, 7)
		var all sync.WaitGroup
		var won atomic.Int32
		for range 20 {
			all.Go(func() {
				err := conn.WithTx(context.Background(), func(tx *db.Tx) error {
					_, err := In(tx).Spend(context.Background(), token, noon, Reset)
					return err
				})
				switch {
				case err == nil:
					won.Add(1)
				case !errors.Is(err, ErrInvalid):
					t.Error(err)
				}
			})
		}
		all.Wait()
		if won.Load() != 1 {
			t.Errorf("%d uses succeeded, want 1", won.Load())
		}
	})
}

// A transaction of MySQL goes on seeing the row that it read; the deletion tells that it is gone.
func TestALinkThatWasSpentMeanwhileIsInvalid(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		if conn.Engine() == db.SQLite {
			return // one transaction writes at a time
		}
		token := made(t, conn, Reset, 7)
		err := conn.WithTx(t.Context(), func(tx *db.Tx) error {
			if _, err := In(tx).Find(t.Context(), token, noon, Reset); err != nil {
				return err
			}
			if _, err := In(conn).Spend(t.Context(), token, noon, Reset); err != nil {
				return err
			}
			_, err := In(tx).Spend(t.Context(), token, noon, Reset)
			return err
		})
		if !errors.Is(err, ErrInvalid) {
			t.Errorf("%v, want ErrInvalid", err)
		}
	})
}

func TestALinkIsGoodAgainIfItsActFails(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		token, failed := made(t, conn, Reset, 7), errors.New("the act failed")
		err := conn.WithTx(t.Context(), func(tx *db.Tx) error {
			if _, err := In(tx).Spend(t.Context(), token, noon, Reset); err != nil {
				return err
			}
			return failed
		})
		if err != failed || !good(t, conn, token, Reset) {
			t.Errorf("%v, and the link is good: %t", err, good(t, conn, token, Reset))
		}
	})
}

func TestALeakedRowOfALinkOpensNothing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		token := made(t, conn, Reset, 7)
		var hash []byte
		err := conn.QueryRow(t.Context(), func(r db.Row) error { return r.Scan(&hash) }, "SELECT hash FROM gatehouse_links")
		if err != nil || strings.Contains(string(hash), token) || len(hash) != 32 {
			t.Errorf("hash = %q, %v", hash, err)
		}
		if good(t, conn, string(hash), Reset) {
			t.Error("the hash opens the link")
		}
	})
}

func TestLinksAreDeletedByUserAndKind(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		reset, verify, change, other := made(t, conn, Reset, 7), made(t, conn, Verify, 7), made(t, conn, EmailChange, 7), made(t, conn, Reset, 8)
		left := func(want ...bool) {
			t.Helper()
			got := []bool{good(t, conn, reset, Reset), good(t, conn, verify, Verify), good(t, conn, change, EmailChange), good(t, conn, other, Reset)}
			for i := range want {
				if got[i] != want[i] {
					t.Errorf("good = %v, want %v", got, want)
				}
			}
		}
		if err := In(conn).DeleteAll(t.Context(), 7, Reset, EmailChange); err != nil {
			t.Fatal(err)
		}
		left(false, true, false, true)
		if err := In(conn).DeleteAll(t.Context(), 7); err != nil {
			t.Fatal(err)
		}
		left(false, false, false, true)
	})
}

func TestExpiredLinksAreClearedAwayInPortions(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		for i := range 7 {
			made(t, conn, Reset, int64(i+1))
		}
		if err := In(conn).Clean(t.Context(), 3, noon.Add(time.Hour-time.Millisecond)); err != nil || count(t, conn) != 7 {
			t.Errorf("%v, and %d links are left, want 7", err, count(t, conn))
		}
		if err := In(conn).Clean(t.Context(), 3, noon.Add(time.Hour)); err != nil || count(t, conn) != 0 {
			t.Errorf("%v, and %d links are left, want 0", err, count(t, conn))
		}
	})
}
