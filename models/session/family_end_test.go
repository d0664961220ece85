package session

import (
	"errors"
	"strings"
	"testing"
	"time"

	"gatehouse/db/dbtest"
)

func TestAnEndedFamilyIsNeitherExchangedNorFreshened(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		st := In(conn)
		idle, old, gone := putFamily(t, st, signedIn), putFamily(t, st, signedIn), putFamily(t, st, signedIn)
		if _, err := conn.Exec(t.Context(), "UPDATE sessions SET absolute_expires = ? WHERE public_id = ?", noon.Add(time.Minute).UnixMilli(), old.PublicID); err != nil {
			t.Fatal(err)
		}
		if err := st.Delete(t.Context(), gone.PublicID); err != nil {
			t.Fatal(err)
		}
		for name, test := range map[string]struct {
			f    Family
			at   time.Time
			want error
		}{
			"a moment before its refresh token expires": {idle, noon.Add(5*time.Minute - time.Millisecond), nil},
			"when its refresh token expires":            {putFamily(t, st, signedIn), noon.Add(5 * time.Minute), ErrNotFound},
			"a moment before its absolute end":          {putFamily(t, st, signedIn), noon.Add(time.Minute - time.Millisecond), nil},
			"at its absolute end":                       {old, noon.Add(time.Minute), ErrNotFound},
			"deleted":                                   {gone, signedIn, ErrNotFound},
		} {
			if err := st.Freshen(t.Context(), test.f.PublicID, test.at); !errors.Is(err, test.want) {
				t.Errorf("%s: Freshen: %v, want %v", name, err, test.want)
			}
			if err := st.Exchange(t.Context(), test.f.Next(tokenLimits, test.at), test.at); !errors.Is(err, test.want) {
				t.Errorf("%s: Exchange: %v, want %v", name, err, test.want)
			}
		}
		if _, err := st.FindFamily(t.Context(), gone.PublicID); !errors.Is(err, ErrNotFound) {
			t.Errorf("the deleted family: %v, want %v", err, ErrNotFound)
		}
		if s, err := st.FindFamily(t.Context(), old.PublicID); err != nil || s.PublicID != old.PublicID {
			t.Errorf("the family that has expired, which a sign-out still ends: %v", err)
		}
	})
}

func TestACookieSessionIsNoFamily(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		st := In(conn)
		cookie, f := put(t, st, 7, false, noon), putFamily(t, st, signedIn)
		if _, err := conn.Exec(t.Context(), "UPDATE sessions SET refresh_jti = ? WHERE public_id = ?", f.RefreshID, cookie.PublicID); err != nil {
			t.Fatal(err)
		}
		next := f.Next(tokenLimits, signedIn)
		next.PublicID = cookie.PublicID
		if err := st.Exchange(t.Context(), next, signedIn); !errors.Is(err, ErrNotFound) {
			t.Errorf("Exchange: %v, want %v", err, ErrNotFound)
		}
		if err := st.Freshen(t.Context(), cookie.PublicID, noon.Add(time.Second)); !errors.Is(err, ErrNotFound) {
			t.Errorf("Freshen: %v, want %v", err, ErrNotFound)
		}
		if found, _ := st.Find(t.Context(), cookie.Hash); !found[0].AuthenticatedAt.Equal(noon) {
			t.Error("the session was freshened")
		}
	})
}

func TestFreshenMovesOneTimeAlone(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		st := In(conn)
		f, bystander := putFamily(t, st, signedIn), putFamily(t, st, signedIn)
		at := signedIn.Add(2 * time.Minute)
		if err := st.Freshen(t.Context(), f.PublicID, at); err != nil {
			t.Fatal(err)
		}
		want := inMillis(f)
		want.AuthenticatedAt = at
		if got := stored(t, conn, f.PublicID); !same(got, want) || !got.Fresh(at.Add(freshFor-time.Millisecond)) || got.Fresh(at.Add(freshFor)) {
			t.Errorf("got  %+v\nwant %+v", got, want)
		}
		if got := stored(t, conn, bystander.PublicID); !same(got, inMillis(bystander)) {
			t.Errorf("another family became %+v", got)
		}
	})
}

func TestUsingAnAccessTokenKeepsNoFamilyAlive(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		st := In(conn)
		f := putFamily(t, st, signedIn)
		for _, step := range []struct{ after, seen time.Duration }{{TouchEvery - time.Millisecond, 0}, {TouchEvery, TouchEvery}, {4 * time.Minute, 4 * time.Minute}} {
			if err := st.Touch(t.Context(), stored(t, conn, f.PublicID).Session, tokenLimits, signedIn.Add(step.after)); err != nil {
				t.Fatal(err)
			}
			want := inMillis(f)
			want.LastSeen = signedIn.Add(step.seen)
			if got := stored(t, conn, f.PublicID); !same(got, want) {
				t.Errorf("%s after sign-in:\ngot  %+v\nwant %+v", step.after, got, want)
			}
		}
	})
}

func TestALateTouchOfAFamilyMovesNothingBack(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		st := In(conn)
		f := putFamily(t, st, signedIn)
		for _, after := range []time.Duration{3 * time.Minute, 2 * time.Minute} {
			if err := st.Touch(t.Context(), f.Session, tokenLimits, signedIn.Add(after)); err != nil {
				t.Fatal(err)
			}
		}
		if got := stored(t, conn, f.PublicID); !got.LastSeen.Equal(signedIn.Add(3 * time.Minute)) {
			t.Errorf("last seen %s", got.LastSeen)
		}
	})
}

// A family has a hash as every session has, but the secret of it was given to nobody: least of all is it a text that
// stands in tokens, lists or logs.
func TestNoCookieOpensAFamily(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		st := In(conn)
		f, other := putFamily(t, st, signedIn), putFamily(t, st, signedIn)
		if f.Hash == other.Hash || f.Hash == (Hash{}) {
			t.Errorf("hashes %x and %x", f.Hash, other.Hash)
		}
		var hashes []Hash
		for _, text := range []string{"", f.PublicID, f.RefreshID, f.AccessID, strings.ToUpper(f.PublicID), string(f.Hash[:])} {
			hashes = append(hashes, Secret(text).Hash())
		}
		for range 100 {
			hashes = append(hashes, NewSecret().Hash())
		}
		if found, err := st.Find(t.Context(), append(hashes, Hash{})...); err != nil || len(found) != 0 {
			t.Errorf("found %d, %v", len(found), err)
		}
	})
}

func TestFamiliesTakeNoRoomOfCookieSessions(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		st := In(conn)
		var newest Family
		for i := range 3 {
			put(t, st, 7, true, noon.Add(time.Duration(i)*time.Second))
			newest = putFamily(t, st, noon.Add(time.Duration(i)*time.Second))
		}
		kinds := func() map[Kind]int {
			n := map[Kind]int{}
			list, err := st.List(t.Context(), 7, signedIn)
			if err != nil {
				t.Fatal(err)
			}
			for _, s := range list {
				n[s.Kind]++
			}
			return n
		}
		for _, test := range []struct {
			kind            Kind
			keep            int
			cookies, tokens int
		}{{Token, 4, 3, 3}, {Cookie, 4, 3, 3}, {Token, 2, 3, 1}, {Cookie, 3, 2, 1}} {
			if err := st.MakeRoom(t.Context(), 7, test.kind, test.keep, signedIn); err != nil {
				t.Fatal(err)
			}
			if n := kinds(); n[Cookie] != test.cookies || n[Token] != test.tokens {
				t.Errorf("room for %d of kind %s: %v are left, want %d cookie sessions and %d families", test.keep-1, test.kind, n, test.cookies, test.tokens)
			}
		}
		if _, err := st.FindFamily(t.Context(), newest.PublicID); err != nil {
			t.Errorf("the newest family: %v", err)
		}
	})
}

func TestAFamilyThatEndedIsPurged(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		st := In(conn)
		done, err := conn.Exec(t.Context(), "INSERT INTO users (email, password, role, state) VALUES (?, ?, ?, ?)", "ann@example.com", "x", "user", 1)
		if err != nil {
			t.Fatal(err)
		}
		idle, live := putFamily(t, st, signedIn), putFamily(t, st, signedIn.Add(4*time.Minute))
		if _, err := conn.Exec(t.Context(), "UPDATE sessions SET user_id = ?", done.LastID); err != nil {
			t.Fatal(err)
		}
		if err := st.Clean(t.Context(), 3, true, noon.Add(5*time.Minute)); err != nil {
			t.Fatal(err)
		}
		if _, err := st.FindFamily(t.Context(), idle.PublicID); !errors.Is(err, ErrNotFound) {
			t.Errorf("the family whose refresh token expired: %v, want %v", err, ErrNotFound)
		}
		if _, err := st.FindFamily(t.Context(), live.PublicID); err != nil {
			t.Errorf("the live family: %v", err)
		}
	})
}
