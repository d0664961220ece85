package event

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"gatehouse/db"
	"gatehouse/db/dbtest"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

var noon = time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)

func add(t *testing.T, q db.Querier, ctx context.Context, kind Kind, userID int64, detail string, at time.Time) {
	t.Helper()
	if err := In(q).Add(ctx, kind, userID, detail, at); err != nil {
		t.Fatal(err)
	}
}

func list(t *testing.T, q db.Querier, f Filter) []Event {
	t.Helper()
	var found []Event
	err := In(q).List(t.Context(), f, func(e Event) error {
		found = append(found, e)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func details(t *testing.T, q db.Querier, f Filter) []string {
	t.Helper()
	var all []string
	for _, e := range list(t, q, f) {
		all = append(all, e.Detail)
	}
	return all
}

func TestAnEventIsReadAsItWasWritten(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		origin := Origin{Actor: Operator, IP: "2001:db8::1", UserAgent: "Firefox/1 ☃", RequestID: "abc"}
		add(t, conn, From(t.Context(), origin), RoleChanged, 7, "role ☃", noon.Add(time.Millisecond))
		add(t, conn, t.Context(), KeyAdded, 0, "", noon)
		want := []Event{
			{ID: 2, At: noon, Kind: KeyAdded, Origin: Origin{Actor: Server}},
			{ID: 1, At: noon.Add(time.Millisecond), Kind: RoleChanged, UserID: 7, Detail: "role ☃", Origin: origin},
		}
		if got := list(t, conn, Filter{}); !slices.Equal(got, want) {
			t.Errorf("got\n%v\nwant\n%v", got, want)
		}
	})
}

func TestAnEventIsUndoneWithItsAct(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		failed := errors.New("the act failed")
		err := conn.WithTx(t.Context(), func(tx *db.Tx) error {
			add(t, tx, t.Context(), UserDeleted, 1, "", noon)
			return failed
		})
		if got := list(t, conn, Filter{}); err != failed || len(got) != 0 {
			t.Errorf("%v, and %v is left", err, got)
		}
	})
}

func TestEventsAreFilteredAndTheNewestComeFirst(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		for i, e := range []struct {
			kind Kind
			user int64
		}{{UserAdded, 1}, {UserAdded, 2}, {RoleChanged, 1}, {RoleChanged, 2}, {KeyAdded, 0}} {
			add(t, conn, t.Context(), e.kind, e.user, fmt.Sprint(i), noon.Add(time.Duration(i)*time.Hour))
		}
		for _, tt := range []struct {
			filter Filter
			want   []string
		}{
			{Filter{}, []string{"4", "3", "2", "1", "0"}},
			{Filter{Limit: 2}, []string{"4", "3"}},
			{Filter{Limit: 9}, []string{"4", "3", "2", "1", "0"}},
			{Filter{UserID: 1}, []string{"2", "0"}},
			{Filter{Kind: UserAdded}, []string{"1", "0"}},
			{Filter{Since: noon.Add(3 * time.Hour)}, []string{"4", "3"}},
			{Filter{UserID: 2, Kind: RoleChanged, Since: noon, Limit: 1}, []string{"3"}},
			{Filter{UserID: 3}, nil},
			{Filter{Before: 3}, []string{"1", "0"}},
			{Filter{After: 3}, []string{"4", "3"}},
			{Filter{UserID: 1, After: 1, Before: 3}, nil},
		} {
			if got := details(t, conn, tt.filter); !slices.Equal(got, tt.want) {
				t.Errorf("%+v: %q, want %q", tt.filter, got, tt.want)
			}
		}
	})
}

func TestTheEndOfAUserIsWhenTheyWereDeletedLast(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		for _, e := range []struct {
			kind Kind
			user int64
		}{{SignUp, 1}, {AccountDeleted, 1}, {UserDeleted, 2}, {SignUp, 1}, {UserDeleted, 1}, {SignUp, 1}, {SignUp, 3}, {UserDeleted, 4}} {
			add(t, conn, t.Context(), e.kind, e.user, "", noon)
		}
		for userID, want := range map[int64]int64{1: 5, 2: 3, 3: 0, 4: 8, 5: 0} {
			if got, err := In(conn).End(t.Context(), userID); got != want || err != nil {
				t.Errorf("user %d: %d, %v, want %d", userID, got, err, want)
			}
		}
	})
}

// A listing is for the user whom the event is about.
func TestAListingTellsWhereAVisitorActedFromAndNobodyElse(t *testing.T) {
	for actor, want := range map[Actor]string{
		Visitor:  `{"id":7,"at":"2026-03-04T12:00:00Z","kind":"sign_in","detail":"cookie","actor":"visitor","ip":"192.0.2.1","userAgent":"Firefox"}`,
		Operator: `{"id":7,"at":"2026-03-04T12:00:00Z","kind":"sign_in","detail":"cookie","actor":"operator","ip":"","userAgent":""}`,
		Server:   `{"id":7,"at":"2026-03-04T12:00:00Z","kind":"sign_in","detail":"cookie","actor":"server","ip":"","userAgent":""}`,
	} {
		e := Event{ID: 7, At: noon, Kind: SignIn, UserID: 5, Detail: "cookie", Origin: Origin{Actor: actor, IP: "192.0.2.1", UserAgent: "Firefox", RequestID: "abc"}}
		if got, err := json.Marshal(e.Listing()); string(got) != want || err != nil {
			t.Errorf("%s, %v, want %s", got, err, want)
		}
	}
}

func TestKindsAreDifferentAndFitTheirColumn(t *testing.T) {
	for i, kind := range Kinds {
		if slices.Contains(Kinds[:i], kind) || len(kind) > 40 {
			t.Errorf("kind %q is there twice or too long", kind)
		}
	}
}

func TestMoreEventsThanAPageAreListedOnceEach(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		const n = 2*pageRows + 1
		err := conn.WithTx(t.Context(), func(tx *db.Tx) error {
			for i := range n {
				add(t, tx, t.Context(), UserAdded, int64(i+1), "", noon)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, limit := range []int{0, pageRows, pageRows + 1, n - 1} {
			want := limit
			if limit == 0 {
				want = n
			}
			got := list(t, conn, Filter{Limit: limit})
			if len(got) != want {
				t.Errorf("limit %d: %d events, want %d", limit, len(got), want)
			}
			for i, e := range got {
				if e.UserID != int64(n-i) {
					t.Fatalf("limit %d: event %d is about user %d, want %d", limit, i, e.UserID, n-i)
				}
			}
		}
		enough := errors.New("enough")
		if err := In(conn).List(t.Context(), Filter{}, func(Event) error { return enough }); err != enough {
			t.Errorf("the callback's error became %v", err)
		}
	})
}

func TestOldEventsAreClearedAwayInPortions(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		for i := range 10 {
			add(t, conn, t.Context(), UserAdded, 1, "old", noon.Add(-time.Duration(i+1)*time.Millisecond))
		}
		add(t, conn, t.Context(), UserAdded, 1, "just old enough to stay", noon)
		for _, portion := range []int{3, 3, 100} {
			if err := In(conn).Clean(t.Context(), portion, noon); err != nil {
				t.Fatal(err)
			}
			if got := details(t, conn, Filter{}); !slices.Equal(got, []string{"just old enough to stay"}) {
				t.Errorf("%q is left", got)
			}
		}
		add(t, conn, t.Context(), UserAdded, 1, "new", noon)
		if got := list(t, conn, Filter{})[0].ID; got != 12 {
			t.Errorf("the next id is %d, want 12: none is used again", got)
		}
		if err := In(conn).Clean(t.Context(), 3, noon.Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		add(t, conn, t.Context(), UserAdded, 1, "newest", noon)
		if got := list(t, conn, Filter{})[0].ID; got != 13 {
			t.Errorf("the id in an emptied table is %d, want 13", got)
		}
	})
}
