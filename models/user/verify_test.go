package user

import (
	"context"
	"errors"
	"testing"
	"time"

	"gatehouse/db"
	"gatehouse/db/dbtest"
)

func TestOnlyWhoWaitsIsWithdrawn(t *testing.T) {
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for name, test := range map[string]struct {
		applies bool
		then    func(Store, int64) error
		want    error
	}{
		"waits":     {true, func(Store, int64) error { return nil }, nil},
		"confirmed": {true, func(s Store, id int64) error { return s.SetVerified(context.Background(), id, at) }, ErrInUse},
		"disabled":  {true, func(s Store, id int64) error { return s.SetState(context.Background(), id, false) }, ErrInUse},
		"referenced": {true, func(s Store, id int64) error {
			_, err := s.q.Exec(context.Background(), "CREATE TABLE orders (buyer BIGINT NOT NULL, FOREIGN KEY (buyer) REFERENCES users (id))")
			if err == nil {
				_, err = s.q.Exec(context.Background(), "INSERT INTO orders (buyer) VALUES (?)", id)
			}
			return err
		}, ErrInUse},
		"never applied": {false, func(Store, int64) error { return nil }, ErrInUse},
	} {
		t.Run(name, func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
				users := In(conn)
				email, err := ParseEmail("ann@example.com")
				if err != nil {
					t.Fatal(err)
				}
				u, err := users.Create(t.Context(), Draft{Email: email, Password: "x", Applies: test.applies}, at)
				if err == nil {
					err = test.then(users, u.ID)
				}
				if err != nil {
					t.Fatal(err)
				}
				if err := users.Withdraw(t.Context(), u.ID); !errors.Is(err, test.want) {
					t.Errorf("%v, want %v", err, test.want)
				}
				if _, err := users.Find(t.Context(), u.ID); errors.Is(err, ErrNotFound) != (test.want == nil) {
					t.Errorf("afterwards: %v", err)
				}
			})
		})
	}
}

func TestAnAddressIsGivenUnlessAnotherRowHasIt(t *testing.T) {
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for name, test := range map[string]struct {
		stored string
		key    any
		want   error
	}{
		"a user of ours":          {"ben@example.com", "ben@example.com", ErrEmailTaken},
		"one of another program":  {"ben@example.com", nil, ErrEmailTaken},
		"one who had it formerly": {"else@example.com", "ben@example.com", nil},
	} {
		t.Run(name, func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
				users := In(conn)
				email, err := ParseEmail("ben@example.com")
				if err != nil {
					t.Fatal(err)
				}
				execute(t, conn, "INSERT INTO users (id, email, gh_email_key, password, role) VALUES (1, 'ann@example.com', 'ann@example.com', 'x', 'user'), (2, ?, ?, 'x', 'user')", test.stored, test.key)
				if err := users.SetEmail(t.Context(), 1, email, at); !errors.Is(err, test.want) {
					t.Errorf("%v, want %v", err, test.want)
				}
				u, err := users.Find(t.Context(), 1)
				if err != nil || (u.Email == "ben@example.com") != (test.want == nil) {
					t.Errorf("afterwards %s, %v", u.Email, err)
				}
			})
		})
	}
}

// A transaction of MySQL goes on not seeing a row that came after its first look; the index knows it.
func TestAKeyThatAnotherRowGotMeanwhileIsTaken(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		if conn.Engine() == db.SQLite {
			return // one transaction writes at a time
		}
		email, err := ParseEmail("ann@example.com")
		if err != nil {
			t.Fatal(err)
		}
		execute(t, conn, "INSERT INTO users (id, email, password, role) VALUES (1, 'ann@example.com', 'x', 'user')")
		err = conn.WithTx(t.Context(), func(tx *db.Tx) error {
			u, err := In(tx).FindByEmail(t.Context(), email)
			if err != nil {
				return err
			}
			execute(t, conn, "INSERT INTO users (email, gh_email_key, password, role) VALUES ('Ann@example.com', 'ann@example.com', 'x', 'user')")
			return In(tx).ClaimKey(t.Context(), u, email)
		})
		if !errors.Is(err, ErrEmailTaken) {
			t.Errorf("%v, want ErrEmailTaken", err)
		}
	})
}
