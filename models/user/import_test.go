package user

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/db"
	"gatehouse/db/dbtest"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

var now = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func newcomer(t *testing.T, id int64, email string) Import {
	t.Helper()
	parsed, err := ParseEmail(email)
	if err != nil {
		t.Fatal(err)
	}
	return Import{ID: id, Email: parsed, Role: "user", State: Active}
}

func execute(t *testing.T, conn dbtest.Conn, query string, args ...any) {
	t.Helper()
	if _, err := conn.Exec(context.Background(), query, args...); err != nil {
		t.Fatal(err)
	}
}

func insert(t *testing.T, conn dbtest.Conn, list ...Import) error {
	t.Helper()
	return conn.WithTx(context.Background(), func(tx *db.Tx) error { return In(tx).Insert(context.Background(), list, now) })
}

// idsOf returns the ids of all rows, by address.
func idsOf(t *testing.T, conn dbtest.Conn) map[string]int64 {
	t.Helper()
	ids := map[string]int64{}
	err := In(conn.DB).ListStored(context.Background(), func(e Stored) error {
		ids[e.Email] = e.ID
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return ids
}

func TestIDsAreKeptAndCountingGoesOnAbove(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		if err := insert(t, conn, newcomer(t, 7, "a@example.com"), newcomer(t, 1000, "b@example.com"), newcomer(t, 3, "c@example.com")); err != nil {
			t.Fatal(err)
		}
		if err := insert(t, conn, newcomer(t, 0, "d@example.com")); err != nil {
			t.Fatal(err)
		}
		u, err := In(conn.DB).Create(context.Background(), Draft{Email: newcomer(t, 0, "e@example.com").Email}, now)
		if err != nil || u.ID != 1002 {
			t.Errorf("the next sign-up has the id %d, %v, want 1002", u.ID, err)
		}
		want := map[string]int64{"a@example.com": 7, "b@example.com": 1000, "c@example.com": 3, "d@example.com": 1001, "e@example.com": 1002}
		if got := idsOf(t, conn); !maps.Equal(got, want) {
			t.Errorf("ids are %v, want %v", got, want)
		}
	})
}

func TestAllAreInsertedOrNone(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		if err := insert(t, conn, newcomer(t, 1, "a@example.com")); err != nil {
			t.Fatal(err)
		}
		long := newcomer(t, 0, "c@example.com")
		long.Role = strings.Repeat("r", maxRole+1)
		for name, test := range map[string]struct {
			last Import
			is   func(error) bool
		}{
			"an id twice":      {newcomer(t, 1, "c@example.com"), db.IsDuplicate},
			"an address twice": {newcomer(t, 0, "A@Example.com"), func(err error) bool { return errors.Is(err, ErrEmailTaken) }},
			"a role too long":  {long, func(err error) bool { column, bad := db.BadValue(err); return bad && column == "role" }},
		} {
			if err := insert(t, conn, newcomer(t, 0, "b@example.com"), test.last); !test.is(err) {
				t.Errorf("%s: %v, want another error", name, err)
			}
		}
		if got := idsOf(t, conn); len(got) != 1 {
			t.Errorf("the table holds %v, want one row", got)
		}
	})
}

func TestHoldersAreFoundInAnySpelling(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		ctx := context.Background()
		if err := insert(t, conn, newcomer(t, 1, "Ann@Example.com"), newcomer(t, 2, "was@example.com")); err != nil {
			t.Fatal(err)
		}
		execute(t, conn, "UPDATE users SET email = 'is@example.com' WHERE id = 2") // its key is stale now
		execute(t, conn, "INSERT INTO users (id, email, password, role) VALUES (3, 'cat@example.com', 'x', 'user'), (4, 'dog@b\u00fccher.example', 'x', 'user'), (5, ' Fox@EXAMPLE.com ', 'x', 'user'), (6, 'no address', 'x', 'user')")
		asked := []Import{
			newcomer(t, 0, "ANN@example.com"), newcomer(t, 0, "was@example.com"), newcomer(t, 0, "is@example.com"), newcomer(t, 0, "cat@example.com"),
			newcomer(t, 0, "dog@xn--bcher-kva.example"), newcomer(t, 0, "nobody@example.com"), newcomer(t, 0, "\u00e4nn@example.com"), newcomer(t, 0, "fox@example.com"),
		}
		want := map[string]int64{"ann@example.com": 1, "is@example.com": 2, "cat@example.com": 3, "dog@xn--bcher-kva.example": 4}
		users := In(conn.DB)
		got, err := users.Holders(ctx, asked)
		delete(got, "fox@example.com") // the spelling of which some collations find; Unkeyed below finds it anywhere
		if err != nil || !maps.Equal(got, want) {
			t.Errorf("holders = %v, %v, want %v", got, err, want)
		}
		for _, n := range asked[:7] {
			alone, err := users.Holders(ctx, []Import{n})
			if id := alone[n.Email.Key()]; err != nil || id != want[n.Email.Key()] {
				t.Errorf("%s alone: held by %d, %v, want %d", n.Email, id, err, want[n.Email.Key()])
			}
		}
		unkeyed, err := users.Unkeyed(ctx)
		wantUnkeyed := map[string]bool{"cat@example.com": true, "dog@xn--bcher-kva.example": true, "fox@example.com": true, "no address": true}
		if err != nil || !maps.Equal(unkeyed, wantUnkeyed) {
			t.Errorf("unkeyed = %v, %v, want %v", unkeyed, err, wantUnkeyed)
		}
		taken, err := users.TakenIDs(ctx, []Import{{ID: 1}, {ID: 99}, {ID: 0}, {ID: 6}})
		if want := map[int64]bool{1: true, 6: true}; err != nil || !maps.Equal(taken, want) {
			t.Errorf("taken ids = %v, %v, want %v", taken, err, want)
		}
	})
}

func TestAStaleKeyKeepsNobodyOut(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		if err := insert(t, conn, newcomer(t, 1, "ann@example.com")); err != nil {
			t.Fatal(err)
		}
		execute(t, conn, "UPDATE users SET email = 'ben@example.com'")
		if err := insert(t, conn, newcomer(t, 2, "cat@example.com"), newcomer(t, 3, "ann@example.com")); err != nil {
			t.Fatal(err)
		}
		if u, err := In(conn.DB).FindByEmail(context.Background(), newcomer(t, 0, "ann@example.com").Email); err != nil || u.ID != 3 {
			t.Errorf("the address belongs to %d, %v, want 3", u.ID, err)
		}
	})
}

func TestPagesLoseNobody(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		const rows = 2*pageSize + 1
		var values []string
		for i := range rows {
			values = append(values, fmt.Sprintf("(%d, 'u%d@example.com', 'x', 'user', %d)", i-5000, i, i))
		}
		for some := range slices.Chunk(values, 500) {
			execute(t, conn, "INSERT INTO users (id, email, password, role, gh_email_verified) VALUES "+strings.Join(some, ", "))
		}
		unkeyed, err := In(conn.DB).Unkeyed(context.Background())
		if err != nil || len(unkeyed) != rows {
			t.Errorf("%d addresses, %v, want %d", len(unkeyed), err, rows)
		}
		n := int64(0)
		err = In(conn.DB).ListStored(context.Background(), func(e Stored) error {
			if e.ID != n-5000 || e.Verified == nil || *e.Verified != n {
				t.Fatalf("row %d is %d, verified %v", n, e.ID, e.Verified)
			}
			n++
			return nil
		})
		if err != nil || n != rows {
			t.Errorf("%d rows, %v, want %d", n, err, rows)
		}
	})
}
