package token

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"gatehouse/db"
	"gatehouse/db/dbtest"
	"gatehouse/models/secret"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

const (
	older = "an older secret of thirty-two bytes or more"
	newer = "a newer secret of thirty-two bytes or more"
)

func listOf(secrets ...string) [][]byte {
	var list [][]byte
	for _, s := range secrets {
		list = append(list, []byte(s))
	}
	return list
}

func box(t *testing.T, purpose string) secret.Box {
	t.Helper()
	b, err := secret.NewBox(purpose, listOf(older))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// open is a server that starts, with the older secret if none is given.
func open(t *testing.T, conn *db.DB, at time.Time, secrets ...string) *Keys {
	t.Helper()
	if len(secrets) == 0 {
		secrets = []string{older}
	}
	k, err := OpenKeys(t.Context(), conn, listOf(secrets...), rules, at)
	if err == nil {
		err = k.Begin(t.Context(), at)
	}
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func kids(k *Keys) string {
	var all []string
	for _, key := range k.ring.Load().keys {
		all = append(all, key.ID)
	}
	return strings.Join(all, " ")
}

func countKeys(t *testing.T, q db.Querier) (n int) {
	t.Helper()
	if err := q.QueryRow(t.Context(), func(r db.Row) error { return r.Scan(&n) }, "SELECT COUNT(*) FROM signing_keys"); err != nil {
		t.Fatal(err)
	}
	return n
}

func sealedOf(t *testing.T, q db.Querier, number int64) (sealed []byte) {
	t.Helper()
	err := q.QueryRow(t.Context(), func(r db.Row) error { return r.Scan(&sealed) }, "SELECT sealed FROM signing_keys WHERE number = ?", number)
	if err != nil {
		t.Fatal(err)
	}
	return sealed
}

func setSealed(t *testing.T, q db.Querier, number int64, sealed []byte) {
	t.Helper()
	if _, err := q.Exec(t.Context(), "UPDATE signing_keys SET sealed = ? WHERE number = ?", sealed, number); err != nil {
		t.Fatal(err)
	}
}

func TestTheFirstKeySignsAtOnceAndStays(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		k := open(t, conn.DB, noon)
		list := k.List(noon)
		if len(list) != 1 || list[0].State != Signing || !list[0].ActiveFrom.Equal(noon) || !list[0].Created.Equal(noon) {
			t.Fatalf("%v", list)
		}
		if kid, _, _ := k.signing(noon); kid != list[0].ID || len(k.Published(noon)) != 1 {
			t.Errorf("%s signs, want %s; %d are published", kid, list[0].ID, len(k.Published(noon)))
		}
		again := open(t, conn.DB, noon.Add(time.Hour))
		if kids(again) != kids(k) || !again.ring.Load().keys[0].private.Equal(list[0].private) {
			t.Errorf("after a restart: %s, want %s", kids(again), kids(k))
		}
		if n := countKeys(t, conn.DB); n != 1 {
			t.Errorf("%d keys", n)
		}
	})
}

func TestServersThatStartTogetherAgreeOnOneKey(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		const servers = 8
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		var all [servers]*Keys
		for i := range all { // each finds none, so that all make the first
			var err error
			if all[i], err = OpenKeys(ctx, conn.DB, listOf(older), rules, noon); err != nil {
				t.Fatal(err)
			}
		}
		var found [servers]string
		var wg sync.WaitGroup
		for i, k := range all {
			wg.Go(func() {
				if err := k.Begin(ctx, noon); err != nil {
					t.Error(err)
					return
				}
				found[i] = kids(k)
			})
		}
		wg.Wait()
		for _, ids := range found {
			if ids != found[0] {
				t.Errorf("%q and %q are the keys", ids, found[0])
			}
		}
		if n := countKeys(t, conn.DB); n != 1 {
			t.Errorf("%d keys", n)
		}
	})
}

func TestAForeignSecretReadsNoKeyAndMakesNone(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		first := open(t, conn.DB, noon)
		if k, err := OpenKeys(t.Context(), conn.DB, listOf(newer), rules, noon); !errors.Is(err, ErrUnreadable) || k != nil {
			t.Errorf("OpenKeys: %v, %v, want %v", k, err, ErrUnreadable)
		}
		if _, err := ReadKeys(t.Context(), conn.DB, listOf(newer), rules, noon); !errors.Is(err, ErrUnreadable) {
			t.Errorf("ReadKeys: %v, want %v", err, ErrUnreadable)
		}
		if again := open(t, conn.DB, noon); kids(again) != kids(first) || countKeys(t, conn.DB) != 1 {
			t.Errorf("keys %s, want %s alone", kids(again), kids(first))
		}
	})
}

func TestAnOlderSecretIsReadAndGivenUp(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		before := open(t, conn.DB, noon, older)
		if _, _, err := before.Rotate(t.Context(), noon); err != nil {
			t.Fatal(err)
		}
		seal := sealedOf(t, conn.DB, 1)
		both, err := ReadKeys(t.Context(), conn.DB, listOf(newer, older), rules, noon)
		if err != nil || kids(both) != kids(before) || !bytes.Equal(sealedOf(t, conn.DB, 1), seal) {
			t.Errorf("reading alone: %v, keys %s, want %s, and nothing changed", err, kids(both), kids(before))
		}
		open(t, conn.DB, noon, newer, older)
		if after := open(t, conn.DB, noon, newer); kids(after) != kids(before) {
			t.Errorf("keys %s, want %s", kids(after), kids(before))
		}
		if _, err := ReadKeys(t.Context(), conn.DB, listOf(older), rules, noon); !errors.Is(err, ErrUnreadable) {
			t.Errorf("the older secret alone: %v, want %v", err, ErrUnreadable)
		}
	})
}

func TestADamagedOrExchangedSealIsUnreadable(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		k := open(t, conn.DB, noon)
		if _, _, err := k.Rotate(t.Context(), noon); err != nil {
			t.Fatal(err)
		}
		one, two := sealedOf(t, conn.DB, 1), sealedOf(t, conn.DB, 2)
		stranger, err := fixedKey(t, 1, "theirs", noon).marshal()
		if err != nil {
			t.Fatal(err)
		}
		der, _, err := box(t, purpose).Open(place(signer(k, noon)), one)
		if err != nil {
			t.Fatal(err)
		}
		elsewhere := box(t, "another purpose").Seal(place(signer(k, noon)), der)
		damaged := map[string][]byte{"of the other key": two, "of a key of another name": box(t, purpose).Seal(place(signer(k, noon)), stranger), "for another purpose": elsewhere, "empty": {}, "cut": one[:len(one)-1], "longer": append(bytes.Clone(one), 0)}
		for _, i := range []int{0, 1, 20, len(one) / 2, len(one) - 1} {
			changed := bytes.Clone(one)
			changed[i] ^= 1
			damaged[fmt.Sprintf("byte %d changed", i)] = changed
		}
		for name, sealed := range damaged {
			setSealed(t, conn.DB, 1, sealed)
			if _, err := OpenKeys(t.Context(), conn.DB, listOf(older), rules, noon); !errors.Is(err, ErrUnreadable) || strings.Contains(err.Error(), "nil") {
				t.Errorf("%s: OpenKeys: %v, want %v and the reason", name, err, ErrUnreadable)
			}
			if err := k.Tend(t.Context(), noon.Add(rules.Lifetime)); !errors.Is(err, ErrUnreadable) {
				t.Errorf("%s: Tend: %v, want %v", name, err, ErrUnreadable)
			}
		}
		setSealed(t, conn.DB, 1, one)
		if again := open(t, conn.DB, noon); kids(again) != kids(k) || countKeys(t, conn.DB) != 2 {
			t.Errorf("keys %s, want %s", kids(again), kids(k))
		}
	})
}

func TestThePrivatePartIsNotInTheDatabase(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		key := open(t, conn.DB, noon).ring.Load().newest()
		der, err := key.marshal()
		if err != nil {
			t.Fatal(err)
		}
		private, err := key.private.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Contains(der, private) {
			t.Fatal("the test looks for the wrong bytes")
		}
		sealed := sealedOf(t, conn.DB, 1)
		for _, part := range [][]byte{der[:16], der[len(der)-16:], private[:8], private[24:]} {
			if bytes.Contains(sealed, part) {
				t.Errorf("%x has %x of the key", sealed, part)
			}
		}
		if plain, old, err := box(t, purpose).Open("signing_keys "+key.ID, sealed); err != nil || old || !bytes.Equal(plain, der) {
			t.Errorf("what is sealed is not the key: %v, %v", old, err)
		}
	})
}
