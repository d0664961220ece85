package token

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"gatehouse/db"
	"gatehouse/db/dbtest"
)

func tend(t *testing.T, k *Keys, at time.Time) {
	t.Helper()
	if err := k.Tend(t.Context(), at); err != nil {
		t.Fatal(err)
	}
}

func rotate(t *testing.T, k *Keys, at time.Time) (next Key, waiting bool) {
	t.Helper()
	next, waiting, err := k.Rotate(t.Context(), at)
	if err != nil {
		t.Fatal(err)
	}
	return next, waiting
}

func signer(k *Keys, at time.Time) string {
	return k.ring.Load().signing(at).ID
}

func isPublished(k *Keys, kid string, at time.Time) bool {
	for _, jwk := range k.Published(at) {
		if jwk.ID == kid {
			return true
		}
	}
	return false
}

// issued is an access token of a time, of three minutes.
func issued(t *testing.T, k *Keys, at time.Time) string {
	t.Helper()
	c := claimed()
	c.IssuedAt, c.Expires = at.Unix(), at.Add(3*time.Minute).Unix()
	text, err := NewES256(named, k).Sign(Access, c, at)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestARotatedKeyIsPublishedAtOnceAndSignsALeadLater(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		k := open(t, conn.DB, noon)
		first := signer(k, noon)
		at := noon.Add(time.Hour)
		next, waiting := rotate(t, k, at)
		if waiting || next.ID == first || !next.ActiveFrom.Equal(at.Add(Lead)) || !isPublished(k, next.ID, at) || !isPublished(k, first, at) {
			t.Errorf("next %s from %s, waiting %v, published: %v", next, next.ActiveFrom, waiting, k.Published(at))
		}
		if again, waiting := rotate(t, k, at.Add(Lead-time.Millisecond)); !waiting || again.ID != next.ID {
			t.Errorf("rotated again: %s, waiting %v, want %s", again, waiting, next)
		}
		for after, want := range map[time.Duration]string{0: first, Lead - time.Millisecond: first, Lead: next.ID} {
			if got := signer(k, at.Add(after)); got != want {
				t.Errorf("%s later %s signs, want %s", after, got, want)
			}
		}
		third, waiting := rotate(t, k, at.Add(Lead))
		if waiting || third.ID == next.ID || countKeys(t, conn.DB) != 3 {
			t.Errorf("once it signs: %s, waiting %v, %d keys", third, waiting, countKeys(t, conn.DB))
		}
	})
}

func TestTokensOfBothSidesOfARotationVerify(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		k := open(t, conn.DB, noon)
		rotate(t, k, noon)
		over := noon.Add(Lead)
		before, after := issued(t, k, over.Add(-time.Second)), issued(t, k, over)
		i := NewES256(named, k)
		for name, text := range map[string]string{"before": before, "after": after} {
			if _, err := i.Parse(Access, text, over); err != nil {
				t.Errorf("signed %s: %v", name, err)
			}
		}
		header := func(text string) string { h, _, _ := strings.Cut(text, "."); return h }
		if header(before) == header(after) {
			t.Error("both are of one key")
		}
	})
}

func TestServersChangeKeysAtOneTime(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		one, two := open(t, conn.DB, noon), open(t, conn.DB, noon)
		next, _ := rotate(t, one, noon)
		text := issued(t, one, noon.Add(Lead))
		if isPublished(two, next.ID, noon) {
			t.Fatal("the other server knows the key before it has read it")
		}
		tend(t, two, noon.Add(ReadEvery))
		if !isPublished(two, next.ID, noon.Add(ReadEvery)) {
			t.Error("the other server does not publish the key")
		}
		for _, at := range []time.Time{noon.Add(Lead - time.Millisecond), noon.Add(Lead), later} {
			if a, b := signer(one, at), signer(two, at); a != b || a == next.ID == at.Before(next.ActiveFrom) {
				t.Errorf("at %s %s signs on one and %s on the other", at, a, b)
			}
		}
		if _, err := NewES256(named, two).Parse(Access, text, noon.Add(Lead)); err != nil {
			t.Errorf("a token of one server at the other: %v", err)
		}
	})
}

func TestTendMakesTheNextKeyByAge(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		k := open(t, conn.DB, noon)
		first, over := signer(k, noon), noon.Add(rules.Lifetime)
		for _, at := range []time.Time{noon, noon.Add(rules.Lifetime / 2), over.Add(-Lead - time.Millisecond)} {
			if tend(t, k, at); countKeys(t, conn.DB) != 1 {
				t.Fatalf("%d keys at %s", countKeys(t, conn.DB), at)
			}
		}
		for _, at := range []time.Time{over.Add(-Lead), over.Add(-Lead + ReadEvery), over} {
			tend(t, k, at)
		}
		next := k.ring.Load().newest()
		if countKeys(t, conn.DB) != 2 || !next.ActiveFrom.Equal(over) || !next.Created.Equal(over.Add(-Lead)) {
			t.Fatalf("%d keys, the next one made %s, to sign from %s", countKeys(t, conn.DB), next.Created, next.ActiveFrom)
		}
		if a, b := signer(k, over.Add(-time.Millisecond)), signer(k, over); a != first || b != next.ID {
			t.Errorf("%s signs, then %s; want %s, then %s", a, b, first, next)
		}
	})
}

func TestServersThatTendTogetherMakeOneKey(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		const servers = 5
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		var all [servers]*Keys
		for i := range all {
			all[i] = open(t, conn.DB, noon)
		}
		over := noon.Add(rules.Lifetime)
		var wg sync.WaitGroup
		for _, k := range all {
			wg.Go(func() {
				// As Tend does, once each of them has found out that the next key is due.
				if err := k.add(ctx, k.ring.Load().newest().number+1, over, over.Add(-Lead)); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if n := countKeys(t, conn.DB); n != 2 {
			t.Errorf("%d keys, want 2", n)
		}
		for _, k := range all {
			if kids(k) != kids(all[0]) || signer(k, over) == signer(all[0], noon) {
				t.Errorf("keys %q and %q", kids(k), kids(all[0]))
			}
		}
	})
}

func TestASupersededKeyIsForgottenInTheEnd(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		k := open(t, conn.DB, noon)
		first := signer(k, noon)
		text := issued(t, k, noon.Add(Lead-time.Second))
		next, _ := rotate(t, k, noon)
		i, over := NewES256(named, k), noon.Add(Lead)
		last := over.Add(rules.TokenLife + slack)
		if !isPublished(k, first, last.Add(-time.Millisecond)) || isPublished(k, first, last) {
			t.Error("the old key is not published until its last token has expired")
		}
		end := over.Add(rules.Keep)
		tend(t, k, end.Add(-time.Millisecond))
		tend(t, k, end.Add(-time.Millisecond))
		if _, err := i.Parse(Access, text, end); err != ErrExpired {
			t.Errorf("a token of a key that is kept: %v, want %v", err, ErrExpired)
		}
		tend(t, k, end)
		tend(t, k, end.Add(ReadEvery))
		if _, err := i.Parse(Access, text, end.Add(ReadEvery)); !errors.Is(err, ErrInvalid) {
			t.Errorf("a token of a key that is forgotten: %v, want %v", err, ErrInvalid)
		}
		if list := k.List(end); list[0].ID != next.ID || countKeys(t, conn.DB) != len(list) {
			t.Errorf("keys %v, %d in the table, want none before %s", list, countKeys(t, conn.DB), next)
		}
		if again := open(t, conn.DB, end.Add(ReadEvery)); kids(again) != kids(k) {
			t.Errorf("keys after a restart %s, want %s", kids(again), kids(k))
		}
	})
}

func TestAServerThatStoodForMonthsGoesOn(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		first := signer(open(t, conn.DB, noon), noon)
		k := open(t, conn.DB, later)
		tend(t, k, later)
		next := k.ring.Load().newest()
		if countKeys(t, conn.DB) != 2 || !next.ActiveFrom.Equal(later.Add(Lead)) || !isPublished(k, next.ID, later) || !isPublished(k, first, later) {
			t.Fatalf("%d keys, the next one from %s, published %v", countKeys(t, conn.DB), next.ActiveFrom, k.Published(later))
		}
		over := later.Add(Lead)
		if a, b := signer(k, over.Add(-time.Millisecond)), signer(k, over); a != first || b != next.ID {
			t.Errorf("%s signs, then %s; want %s, then %s", a, b, first, next)
		}
		if _, err := NewES256(named, k).Parse(Access, issued(t, k, over.Add(-time.Second)), over); err != nil {
			t.Errorf("the last token of the old key: %v", err)
		}
	})
}

func TestKeysInMemoryGoOnWithoutTheirTable(t *testing.T) {
	for name, loss := range map[string]string{"emptied": "DELETE FROM signing_keys", "dropped": "DROP TABLE signing_keys"} {
		dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
			k := open(t, conn.DB, noon)
			before := kids(k)
			if _, err := conn.Exec(t.Context(), loss); err != nil {
				t.Fatal(err)
			}
			at := noon.Add(Lead) // as long as a server goes on without reading them
			if err := k.Tend(t.Context(), at); err == nil {
				t.Errorf("%s: Tend does not tell", name)
			}
			if _, _, err := k.Rotate(t.Context(), at); err == nil {
				t.Errorf("%s: Rotate does not tell", name)
			}
			if name == "emptied" && countKeys(t, conn.DB) != 0 {
				t.Errorf("%s: a key was made over those that are gone", name)
			}
			if _, err := NewES256(named, k).Parse(Access, issued(t, k, at), at); err != nil || kids(k) != before || len(k.Published(at)) != 1 {
				t.Errorf("%s: %v, keys %s, want %s", name, err, kids(k), before)
			}
		})
	}
}

// Another server may have made a key that signs by now, and would not believe what the old one signs.
func TestWhoHasNotReadTheKeysForLongDoesNotSign(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		k := open(t, conn.DB, noon)
		issuer := NewES256(named, k)
		last := noon.Add(Lead)
		if _, err := issuer.Sign(Access, claimed(), last); err != nil || k.CheckFresh(last) != nil {
			t.Errorf("a quarter of an hour later: %v, %v", err, k.CheckFresh(last))
		}
		late := last.Add(time.Millisecond)
		if text, err := issuer.Sign(Access, claimed(), late); text != "" || !errors.Is(err, db.ErrUnavailable) || !errors.Is(k.CheckFresh(late), db.ErrUnavailable) {
			t.Errorf("later: %q, %v, %v, want db.ErrUnavailable", text, err, k.CheckFresh(late))
		}
		tend(t, k, late)
		if _, err := issuer.Sign(Access, claimed(), late); err != nil || k.CheckFresh(late) != nil {
			t.Errorf("after reading: %v, %v", err, k.CheckFresh(late))
		}
	})
}
