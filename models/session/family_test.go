package session

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"gatehouse/db"
	"gatehouse/db/dbtest"
)

var (
	tokenLimits = Limits{Access: 3 * time.Minute, Refresh: 5 * time.Minute, Family: 24 * time.Hour, Idle: time.Hour, Lifetime: time.Hour, PerUser: 10}
	signedIn    = noon.Add(789 * time.Millisecond)
)

// putFamily stores a family of user 7.
func putFamily(t *testing.T, st Store, at time.Time) Family {
	t.Helper()
	f := NewFamily(7, tokenLimits, Device{IP: "192.0.2.1", UserAgent: "test"}, at)
	if err := st.CreateFamily(t.Context(), f); err != nil {
		t.Fatal(err)
	}
	return f
}

// stored is a family as it lies in the database.
func stored(t *testing.T, q db.Querier, publicID string) Family {
	t.Helper()
	var r FamilyRow
	err := q.QueryRow(t.Context(), func(row db.Row) error { return row.Scan(r.Dest()...) },
		"SELECT "+FamilyColumns+" FROM sessions s WHERE s.public_id = ?", publicID)
	if err != nil {
		t.Fatal(err)
	}
	return r.Family()
}

// inMillis is a family as a database can keep it.
func inMillis(f Family) Family {
	for _, at := range []*time.Time{&f.Created, &f.AuthenticatedAt, &f.LastSeen, &f.IdleExpires, &f.AbsoluteExpires, &f.AccessExpires, &f.Rotated} {
		*at = at.Truncate(time.Millisecond)
	}
	return f
}

func same(a, b Family) bool {
	return a.Hash == b.Hash && a.PublicID == b.PublicID && a.UserID == b.UserID && a.Kind == b.Kind && len(a.Data)+len(b.Data) == 0 &&
		a.Created.Equal(b.Created) && a.AuthenticatedAt.Equal(b.AuthenticatedAt) && a.LastSeen.Equal(b.LastSeen) &&
		a.IdleExpires.Equal(b.IdleExpires) && a.AbsoluteExpires.Equal(b.AbsoluteExpires) && a.Remember == b.Remember &&
		a.IP == b.IP && a.UserAgent == b.UserAgent && a.RefreshID == b.RefreshID && a.PreviousID == b.PreviousID &&
		a.AccessID == b.AccessID && a.AccessExpires.Equal(b.AccessExpires) && a.Rotated.Equal(b.Rotated)
}

func TestAFamilyBeginsWithWholeSeconds(t *testing.T) {
	f := NewFamily(7, tokenLimits, Device{}, signedIn)
	if f.Kind != Token || f.UserID != 7 || f.PreviousID != "" || !f.AuthenticatedAt.Equal(signedIn) || !f.Rotated.Equal(signedIn) || !f.Fresh(signedIn) {
		t.Errorf("%+v", f)
	}
	for name, times := range map[string][2]time.Time{
		"iat":                 {f.Issued(), noon},
		"access token's end":  {f.AccessExpires, noon.Add(3 * time.Minute)},
		"refresh token's end": {f.IdleExpires, noon.Add(5 * time.Minute)},
		"absolute end":        {f.AbsoluteExpires, noon.Add(24 * time.Hour)},
	} {
		if !times[0].Equal(times[1]) {
			t.Errorf("%s = %s, want %s", name, times[0], times[1])
		}
	}
	short := tokenLimits
	short.Family = 4 * time.Minute
	f = NewFamily(7, short, Device{}, signedIn)
	if end := noon.Add(4 * time.Minute); !f.IdleExpires.Equal(end) || !f.AbsoluteExpires.Equal(end) || !f.AccessExpires.Equal(noon.Add(3*time.Minute)) {
		t.Errorf("a short family ends at %s, its refresh token at %s, its access token at %s", f.AbsoluteExpires, f.IdleExpires, f.AccessExpires)
	}
}

func TestARefreshNamesTwoNewTokens(t *testing.T) {
	f := NewFamily(7, tokenLimits, Device{}, signedIn)
	at := signedIn.Add(2 * time.Minute)
	n := f.Next(tokenLimits, at)
	ids := map[string]bool{f.PublicID: true, f.RefreshID: true, f.AccessID: true, n.RefreshID: true, n.AccessID: true}
	for id := range ids {
		if len(id) != 26 { // 130 random bits
			t.Errorf("id %q", id)
		}
	}
	if len(ids) != 5 || n.PreviousID != f.RefreshID {
		t.Errorf("from %+v to %+v", f, n)
	}
	if !n.Rotated.Equal(at) || !n.LastSeen.Equal(at) || !n.Issued().Equal(noon.Add(2*time.Minute)) ||
		!n.AccessExpires.Equal(noon.Add(5*time.Minute)) || !n.IdleExpires.Equal(noon.Add(7*time.Minute)) {
		t.Errorf("times of %+v", n)
	}
	kept := n
	kept.RefreshID, kept.PreviousID, kept.AccessID, kept.AccessExpires, kept.Rotated = f.RefreshID, f.PreviousID, f.AccessID, f.AccessExpires, f.Rotated
	kept.IdleExpires, kept.LastSeen = f.IdleExpires, f.LastSeen
	if !same(kept, f) {
		t.Errorf("a refresh changed more: %+v, then %+v", f, n)
	}
}

func TestNoTokenOutlivesItsFamily(t *testing.T) {
	f := NewFamily(7, tokenLimits, Device{}, signedIn)
	end := noon.Add(24 * time.Hour)
	for before, want := range map[time.Duration]struct{ access, refresh time.Time }{
		6 * time.Minute: {end.Add(-3 * time.Minute), end.Add(-time.Minute)},
		4 * time.Minute: {end.Add(-time.Minute), end},
		time.Minute:     {end, end}, time.Second: {end, end}, time.Millisecond: {end, end},
	} {
		n := f.Next(tokenLimits, end.Add(-before))
		if !n.AccessExpires.Equal(want.access) || !n.IdleExpires.Equal(want.refresh) || !n.AbsoluteExpires.Equal(end) || !n.Issued().Before(n.AccessExpires) {
			t.Errorf("%s before the end: access token until %s, refresh token until %s, family until %s", before, n.AccessExpires, n.IdleExpires, n.AbsoluteExpires)
		}
	}
}

func TestAnExchangedTokenComesAgainForTenSeconds(t *testing.T) {
	first := NewFamily(7, tokenLimits, Device{}, signedIn)
	at := signedIn.Add(time.Minute)
	second := first.Next(tokenLimits, at)
	third := second.Next(tokenLimits, at.Add(time.Second))
	for _, test := range []struct {
		name  string
		f     Family
		id    string
		after time.Duration
		want  bool
	}{
		{"the previous one at once", second, first.RefreshID, 0, true},
		{"after 10 s", second, first.RefreshID, 10 * time.Second, true},
		{"after 10 s and 1 ms", second, first.RefreshID, 10*time.Second + time.Millisecond, false},
		{"from a clock that is behind", second, first.RefreshID, -time.Second, true},
		{"from a clock that is far behind", second, first.RefreshID, -10*time.Second - time.Millisecond, false},
		{"the current one", second, second.RefreshID, 0, false},
		{"an access token", second, second.AccessID, 0, false},
		{"none", second, "", 0, false},
		{"none, before the first refresh", first, "", -time.Minute, false},
		{"the first one before a refresh", first, first.RefreshID, -time.Minute, false},
		{"when its successor is used", third, first.RefreshID, time.Second, false},
		{"the successor itself", third, second.RefreshID, time.Second, true},
		{"a stranger", third, "x", time.Second, false},
	} {
		if got := test.f.Replays(test.id, at.Add(test.after)); got != test.want {
			t.Errorf("%s: Replays = %v, want %v", test.name, got, test.want)
		}
	}
}

func TestAFamilyComesBackAsItWasStored(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		st := In(conn)
		f := putFamily(t, st, signedIn.Add(123*time.Microsecond))
		if got := stored(t, conn, f.PublicID); !same(got, inMillis(f)) {
			t.Errorf("got  %+v\nwant %+v", got, f)
		}
		s, err := st.FindFamily(t.Context(), f.PublicID)
		if err != nil || s.PublicID != f.PublicID || s.UserID != 7 || s.Kind != Token || !s.IdleExpires.Equal(f.IdleExpires) {
			t.Errorf("FindFamily = %+v, %v", s, err)
		}
		cookie := put(t, st, 7, false, noon)
		for _, id := range []string{cookie.PublicID, f.PublicID + " ", f.PublicID[1:], "", f.RefreshID, f.AccessID} {
			if s, err := st.FindFamily(t.Context(), id); !errors.Is(err, ErrNotFound) {
				t.Errorf("FindFamily(%q) = %+v, %v, want %v", id, s, err, ErrNotFound)
			}
		}
	})
}

func TestARefreshTokenIsExchangedOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		st := In(conn)
		f, bystander := putFamily(t, st, signedIn), putFamily(t, st, signedIn)
		at := signedIn.Add(time.Minute)
		next := f.Next(tokenLimits, at)
		if err := st.Exchange(t.Context(), next, at); err != nil {
			t.Fatal(err)
		}
		if err := st.Exchange(t.Context(), f.Next(tokenLimits, at), at); !errors.Is(err, ErrNotFound) {
			t.Errorf("the second time: %v, want %v", err, ErrNotFound)
		}
		if got := stored(t, conn, f.PublicID); !same(got, inMillis(next)) {
			t.Errorf("got  %+v\nwant %+v", got, next)
		}
		if err := st.Exchange(t.Context(), next.Next(tokenLimits, at), at); err != nil {
			t.Errorf("the successor: %v", err)
		}
		if got := stored(t, conn, bystander.PublicID); !same(got, inMillis(bystander)) {
			t.Errorf("another family became %+v", got)
		}
	})
}

func TestOfManyThatExchangeOneSucceeds(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		st := In(conn)
		f := putFamily(t, st, signedIn)
		at := signedIn.Add(time.Minute)
		var wg sync.WaitGroup
		var won atomic.Pointer[Family]
		for range 20 {
			wg.Go(func() {
				next := f.Next(tokenLimits, at)
				err := st.Exchange(context.Background(), next, at)
				switch {
				case err == nil && !won.CompareAndSwap(nil, &next):
					t.Error("a second one succeeded")
				case err != nil && !errors.Is(err, ErrNotFound):
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if next := won.Load(); next == nil || !same(stored(t, conn, f.PublicID), inMillis(*next)) {
			t.Errorf("won: %+v; stored: %+v", next, stored(t, conn, f.PublicID))
		}
	})
}
