package account

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"gatehouse/db"
	"gatehouse/db/dbtest"
	"gatehouse/models/session"
)

func TestOneRequestWritesTheLastSeenTimesOfAll(t *testing.T) {
	onSQLite(t, func(t *testing.T, conn dbtest.Conn) {
		a, _ := newAccounts(t, conn, 4)
		const users = 2*sightingsAtOnce + 20
		later := now.Add(2 * time.Minute)
		var all []Current
		for i := range users {
			s, _ := session.New(int64(i+1), false, a.rules.Sessions, session.Device{UserAgent: fmt.Sprint(i)}, now)
			if err := session.In(conn).Create(t.Context(), s); err != nil {
				t.Fatal(err)
			}
			all = append(all, Current{Session: s})
		}
		var first sync.WaitGroup
		before := conn.Statements()
		err := conn.WithTx(t.Context(), func(*db.Tx) error { // while somebody else writes
			first.Go(func() {
				if err := a.Touch(t.Context(), all[0], later); err != nil {
					t.Error(err)
				}
			})
			for writing := false; !writing; {
				a.seen.mu.Lock()
				writing = a.seen.writing
				a.seen.mu.Unlock()
			}
			for _, c := range all[1:] { // none of these waits
				if err := a.Touch(t.Context(), c, later); err != nil {
					t.Error(err)
				}
				if err := a.Touch(t.Context(), c, later); err != nil { // and each is written once
					t.Error(err)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		first.Wait()
		if n := conn.Statements() - before; n != users {
			t.Errorf("%d statements for %d sessions", n, users)
		}
		for _, c := range all {
			found, err := session.In(conn).Find(t.Context(), c.Session.Hash)
			if err != nil || len(found) != 1 || !found[0].LastSeen.Equal(later) {
				t.Fatalf("session %s: %+v, %v, want it seen at %s", c.Session.UserAgent, found, err, later)
			}
		}
	})
}

func TestWhatCouldNotBeWrittenIsWrittenAtTheNextRequest(t *testing.T) {
	onSQLite(t, func(t *testing.T, conn dbtest.Conn) {
		a, _ := newAccounts(t, conn, 4)
		in := signUp(t, a, "ann@example.com", Visitor{})
		exec(t, conn, "CREATE TRIGGER no BEFORE UPDATE ON sessions BEGIN SELECT RAISE(ABORT, 'no'); END")
		if err := a.Touch(t.Context(), in.Current, now.Add(time.Minute)); err == nil {
			t.Error("no error, though it could not be written")
		}
		exec(t, conn, "DROP TRIGGER no")
		if err := a.Touch(t.Context(), in.Current, now.Add(time.Minute)); err != nil {
			t.Error(err)
		}
		if found, err := session.In(conn).Find(t.Context(), in.Session.Hash); err != nil || !found[0].LastSeen.Equal(now.Add(time.Minute)) {
			t.Errorf("seen at %v, %v", found[0].LastSeen, err)
		}
	})
}
