package device

import (
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"gatehouse/db"
	"gatehouse/db/dbtest"
	"gatehouse/models/session"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

var (
	noon = time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)
	none session.Hash
)

// signIn returns the hash of the new secret.
func signIn(t *testing.T, conn dbtest.Conn, old session.Hash, userID int64, now time.Time) session.Hash {
	t.Helper()
	var secret session.Secret
	err := conn.WithTx(t.Context(), func(tx *db.Tx) (err error) {
		secret, err = In(tx).SignedIn(t.Context(), old, userID, now)
		return err
	})
	if err != nil {
		t.Error(err)
	}
	return secret.Hash()
}

func find(t *testing.T, conn dbtest.Conn, hash session.Hash, userID int64) int64 {
	t.Helper()
	id, err := In(conn).Find(t.Context(), hash, userID)
	if err != nil && !errors.Is(err, ErrNotFound) || (err == nil) != (id != 0) {
		t.Fatalf("%d, %v", id, err)
	}
	return id
}

// ids are those of a user's devices.
func ids(t *testing.T, conn dbtest.Conn, userID int64) (all []int64) {
	t.Helper()
	err := conn.Query(t.Context(), func(row db.Row) error {
		var id int64
		err := row.Scan(&id)
		all = append(all, id)
		return err
	}, "SELECT id FROM gatehouse_devices WHERE user_id = ? ORDER BY id", userID)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestADeviceIsKnownToItsUserByTheNewestSecretAlone(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		first := signIn(t, conn, none, 1, noon)
		id := find(t, conn, first, 1)
		if id == 0 || find(t, conn, first, 2) != 0 || find(t, conn, session.NewSecret().Hash(), 1) != 0 || find(t, conn, none, 1) != 0 {
			t.Error("known to the wrong user, or by the wrong secret")
		}
		second := signIn(t, conn, first, 1, noon.Add(time.Hour))
		if find(t, conn, first, 1) != 0 || find(t, conn, second, 1) != id {
			t.Error("the old secret still counts, or the device is another")
		}
		if again := signIn(t, conn, first, 1, noon.Add(2*time.Hour)); find(t, conn, again, 1) == id {
			t.Error("a secret that was used before took the device over")
		}
		if find(t, conn, second, 1) != id {
			t.Error("a secret that was used before changed the device")
		}
	})
}

func TestUsersOfOneBrowserAreKnownTogether(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		ann := signIn(t, conn, none, 1, noon)
		annID := find(t, conn, ann, 1)
		both := signIn(t, conn, ann, 2, noon.Add(time.Minute))
		if find(t, conn, both, 1) != annID || find(t, conn, both, 2) == 0 || find(t, conn, ann, 1) != 0 {
			t.Error("the browser of both is not known to both")
		}
		// What another user does is no use of ann's: her device is still one that was used once.
		known, err := In(conn).list(t.Context(), "WHERE d.user_id = 1")
		if err != nil || len(known) != 1 || known[0].lastUsed != noon.UnixMilli() {
			t.Errorf("%+v; %v", known, err)
		}
	})
}

func TestASignInThatIsUndoneLeavesTheOldSecret(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		first := signIn(t, conn, none, 1, noon)
		id := find(t, conn, first, 1)
		undone := errors.New("undone")
		err := conn.WithTx(t.Context(), func(tx *db.Tx) error {
			if _, err := In(tx).SignedIn(t.Context(), first, 1, noon); err != nil {
				t.Error(err)
			}
			return undone
		})
		if err != undone || find(t, conn, first, 1) != id {
			t.Errorf("%v, or the device is gone", err)
		}
	})
}

func TestParallelSignInsWithOneSecretAllSucceedAndOneKeepsTheDevice(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		other := dbtest.OpenURL(t, conn.Options.URL)
		for round := range 10 {
			ann, ben := int64(2*round+1), int64(2*round+2)
			old := signIn(t, conn, signIn(t, conn, none, ben, noon), ann, noon)
			id, benID := find(t, conn, old, ann), find(t, conn, old, ben)
			hashes := make([]session.Hash, 6)
			var wg sync.WaitGroup
			for i := range hashes {
				wg.Go(func() { hashes[i] = signIn(t, []dbtest.Conn{conn, other}[i%2], old, ann, noon.Add(time.Minute)) })
			}
			wg.Wait()
			kept := 0
			for _, hash := range hashes {
				got := find(t, conn, hash, ann)
				if got == 0 {
					t.Error("a sign-in made no device known")
				}
				if (got == id) != (find(t, conn, hash, ben) == benID) {
					t.Error("the devices of one browser were torn apart")
				}
				if got == id {
					kept++
				}
			}
			if kept != 1 || find(t, conn, old, ann) != 0 || len(ids(t, conn, ann)) != len(hashes) {
				t.Errorf("%d sign-ins kept the device; %d are known", kept, len(ids(t, conn, ann)))
			}
		}
	})
}

// TestParallelSignInsOfManyUsersDoNotHinderEachOther has each come with a cookie that nobody knows.
func TestParallelSignInsOfManyUsersDoNotHinderEachOther(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		var wg sync.WaitGroup
		for i := range 60 {
			wg.Go(func() {
				hash := signIn(t, conn, session.NewSecret().Hash(), int64(i+1), noon)
				signIn(t, conn, hash, int64(i+1), noon)
			})
		}
		wg.Wait()
		for i := range 60 {
			if n := len(ids(t, conn, int64(i+1))); n != 1 {
				t.Errorf("user %d has %d devices", i+1, n)
			}
		}
	})
}

func TestThoseUsedOnceMakeRoomFirstAndThenThoseNotUsedForLong(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		at := noon
		next := func() time.Time { at = at.Add(time.Minute); return at }
		for range 5 { // 1 to 5, used once
			signIn(t, conn, none, 1, next())
		}
		var real []session.Hash
		for range 15 { // 6 to 20
			real = append(real, signIn(t, conn, signIn(t, conn, none, 1, next()), 1, next()))
		}
		signIn(t, conn, none, 2, next()) // 21, another user's
		for range spare {                // 22 to 31
			signIn(t, conn, none, 1, next())
		}
		if got := ids(t, conn, 1); len(got) != maxKnown+spare {
			t.Fatalf("%v: room was made too early", got)
		}
		signIn(t, conn, none, 1, next()) // 32
		if got, want := ids(t, conn, 1), []int64{6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 28, 29, 30, 31, 32}; !slices.Equal(got, want) {
			t.Fatalf("%v\n%v", got, want)
		}
		for range 50 { // a script that keeps no cookies
			signIn(t, conn, none, 1, next())
		}
		for i, hash := range real {
			if find(t, conn, hash, 1) != int64(6+i) {
				t.Errorf("the real browser %d is pushed out", 6+i)
			}
		}
		for range 5 { // now all are real
			real = append(real, signIn(t, conn, signIn(t, conn, none, 1, next()), 1, next()))
		}
		real[0] = signIn(t, conn, real[0], 1, next())
		newest := none
		for range maxKnown {
			newest = signIn(t, conn, none, 1, next())
		}
		all := ids(t, conn, 1)
		if len(all) > maxKnown+spare || !slices.Contains(all, 6) || slices.Contains(all, 7) || find(t, conn, newest, 1) == 0 {
			t.Errorf("%v: the one not used for longest has to go", all)
		}
		if len(ids(t, conn, 2)) != 1 {
			t.Error("another user's device had to go")
		}
	})
}

func TestABrowserIsKnownToSoManyUsersAtMost(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		hash := none
		for user := int64(1); user <= 2*maxKnown; user++ {
			hash = signIn(t, conn, hash, user, noon.Add(time.Duration(user)*time.Second))
		}
		for user := int64(1); user <= 2*maxKnown; user++ {
			if known := find(t, conn, hash, user) != 0; known != (user > maxKnown) {
				t.Errorf("known to user %d: %v", user, known)
			}
		}
		id := find(t, conn, hash, maxKnown+1)
		hash = signIn(t, conn, hash, maxKnown+1, noon.Add(time.Hour))
		if find(t, conn, hash, maxKnown+1) != id || find(t, conn, hash, maxKnown+2) == 0 {
			t.Error("one who was known needed room")
		}
	})
}

func TestABrowserWithoutACookieIsNotLookedFor(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		before := conn.Statements()
		signIn(t, conn, none, 1, noon)
		if n := conn.Statements() - before; n != 2 {
			t.Errorf("%d statements, want 2", n)
		}
	})
}
