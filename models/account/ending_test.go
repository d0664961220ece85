package account

import (
	"context"
	"slices"
	"testing"
	"time"

	"gatehouse/db"
	"gatehouse/db/dbtest"
	"gatehouse/models/link"
	"gatehouse/models/mail"
)

var ownTables = []string{"sessions", "gatehouse_devices", "gatehouse_links", "gatehouse_outbox"}

// belongings gives a user who is signed in a link and a waiting mail of every kind that has one, and a notice.
func belongings(t *testing.T, conn dbtest.Conn, id int64) {
	t.Helper()
	for _, kind := range link.Kinds {
		if _, err := link.In(conn).Make(t.Context(), kind, id, "ann@example.com", time.Hour, now); err != nil {
			t.Fatal(err)
		}
	}
	for kind, address := range map[mail.Kind]string{mail.Reset: "", mail.Verify: "", mail.EmailChange: "new@example.com", mail.PasswordChanged: "ann@example.com"} {
		if err := mail.In(conn).Add(t.Context(), kind, id, address, now); err != nil {
			t.Fatal(err)
		}
	}
}

// wantBelongings wants so many rows of a user in each of ownTables.
func wantBelongings(t *testing.T, conn dbtest.Conn, id int64, want ...int) {
	t.Helper()
	var got []int
	for _, table := range ownTables {
		var n int
		err := conn.QueryRow(t.Context(), func(r db.Row) error { return r.Scan(&n) }, "SELECT COUNT(*) FROM "+table+" WHERE user_id = ?", id)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, n)
	}
	if !slices.Equal(got, want) {
		t.Errorf("of user %d there are %v rows in %v, want %v", id, got, ownTables, want)
	}
}

func TestOfADeletedUserOnlyNoticesAreLeft(t *testing.T) {
	for name, act := range map[string]func(ctx context.Context, a *Accounts, ann SignedIn) error{
		"by themselves":  func(ctx context.Context, a *Accounts, ann SignedIn) error { return a.Leave(ctx, ann.Current, now) },
		"by an operator": func(ctx context.Context, a *Accounts, ann SignedIn) error { return a.Remove(ctx, ann.User.ID, now) },
		"by a newer sign-up": func(ctx context.Context, a *Accounts, _ SignedIn) error {
			_, err := a.Apply(ctx, Application{Email: "ann@example.com", Password: "battery staple"}, Visitor{}, now)
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
				a, _ := newAccounts(t, conn, 4)
				ann, ben := signUp(t, a, "ann@example.com", Visitor{}), signUp(t, a, "ben@example.com", Visitor{})
				exec(t, conn, "UPDATE users SET gh_applied = 1") // waits, as after a sign-up that has to be confirmed
				belongings(t, conn, ann.User.ID)
				belongings(t, conn, ben.User.ID)
				wantBelongings(t, conn, ann.User.ID, 1, 1, 3, 4)
				if err := act(t.Context(), a, ann); err != nil {
					t.Fatal(err)
				}
				wantBelongings(t, conn, ann.User.ID, 0, 0, 0, 1)
				wantBelongings(t, conn, ben.User.ID, 1, 1, 3, 4)
			})
		})
	}
}

func TestAnIDThatIsUsedAgainInheritsNothing(t *testing.T) {
	for _, left := range ownTables { // each alone
		t.Run(left, func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
				a, _ := newAccounts(t, conn, 4)
				ann, ben := signUp(t, a, "ann@example.com", Visitor{}).User.ID, signUp(t, a, "ben@example.com", Visitor{}).User.ID
				for _, id := range []int64{ann, ben} {
					belongings(t, conn, id)
				}
				notices := 0
				for _, table := range ownTables {
					if table != left {
						exec(t, conn, "DELETE FROM "+table)
					} else if table == "gatehouse_outbox" {
						notices = 1
					}
				}
				exec(t, conn, "DELETE FROM users") // by another program
				wantLines(t, "outcomes", take(t, startImport(t, a, ImportOptions{}), someone(ann, "new@example.com"), someone(ben, "newer@example.com")), []string{"1 added", "2 added"})
				wantBelongings(t, conn, ann, 0, 0, 0, notices)
				wantBelongings(t, conn, ben, 0, 0, 0, notices)
			})
		})
	}
}
