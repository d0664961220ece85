package user

import (
	"errors"
	"testing"
	"time"

	"gatehouse/db/dbtest"
)

func TestAnAddressIsVerifiedOnceThereIsATime(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		email, err := ParseEmail("ann@example.com")
		if err != nil {
			t.Fatal(err)
		}
		u, err := In(conn).Create(t.Context(), Draft{Email: email, Password: "x"}, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		verified := func(want bool) {
			t.Helper()
			if got, err := In(conn).Verified(t.Context(), u.ID); got != want || err != nil {
				t.Errorf("verified: %t, %v, want %t", got, err, want)
			}
		}
		verified(false)
		execute(t, conn, "UPDATE users SET gh_email_verified = NULL")
		verified(false)
		execute(t, conn, "UPDATE users SET gh_email_verified = 1700000000000")
		verified(true)
		if _, err := In(conn).Verified(t.Context(), u.ID+1); !errors.Is(err, ErrNotFound) {
			t.Errorf("of nobody: %v, want ErrNotFound", err)
		}
	})
}
