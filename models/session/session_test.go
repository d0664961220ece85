package session

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"gatehouse/db"
	"gatehouse/db/dbtest"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

var (
	noon   = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	limits = Limits{Idle: 30 * time.Minute, Lifetime: 12 * time.Hour, RememberIdle: 7 * 24 * time.Hour, RememberLifetime: 30 * 24 * time.Hour, PerUser: 10}
)

func TestSecretsNeverRepeat(t *testing.T) {
	seen := make(map[Secret]bool, 100_000)
	for range 100_000 {
		s := NewSecret()
		if seen[s] {
			t.Fatal("a secret was made twice")
		}
		seen[s] = true
		if parsed, ok := ParseSecret(string(s)); !ok || parsed != s {
			t.Fatalf("%q is not accepted", string(s))
		}
	}
}

func TestASecretIsNeverPrinted(t *testing.T) {
	if s := NewSecret(); s.String() == string(s) {
		t.Error("String shows the secret")
	}
}

// FuzzParseSecret holds that only texts that NewSecret can make are looked up: 32 bytes in one spelling.
func FuzzParseSecret(f *testing.F) {
	f.Add(string(NewSecret()))
	f.Add(strings.Repeat("A", 43))
	f.Add(strings.Repeat("A", 42) + "B") // bits after the last byte
	f.Add(strings.Repeat("A", 44))
	f.Add(strings.Repeat("A", 42) + "\n")
	f.Fuzz(func(t *testing.T, text string) {
		s, ok := ParseSecret(text)
		if ok && (string(s) != text || len(text) != 43 || strings.ContainsAny(text, "\r\n=;, \"")) {
			t.Fatalf("accepted %q as %q", text, string(s))
		}
	})
}

func TestAUserAgentIsCutAtACharacter(t *testing.T) {
	s, _ := New(1, false, limits, Device{IP: strings.Repeat("1", 46), UserAgent: "a\r\n\x00\u009bb" + strings.Repeat("ä", 300) + "\xff"}, noon)
	if want := "ab" + strings.Repeat("ä", 253); s.UserAgent != want || s.IP != strings.Repeat("1", 45) {
		t.Errorf("UserAgent = %q, IP = %q", s.UserAgent, s.IP)
	}
}

// put stores a session and returns its secret's hash.
func put(t *testing.T, st Store, userID int64, remember bool, at time.Time) Session {
	t.Helper()
	s, _ := New(userID, remember, limits, Device{IP: "192.0.2.1", UserAgent: "test"}, at)
	if userID == 0 {
		s, _ = NewVisitor(Device{}, at)
	}
	if err := st.Create(context.Background(), s); err != nil {
		t.Fatal(err)
	}
	return s
}

func TestARowComesBackAsItWasStored(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		st := In(conn)
		want := put(t, st, 7, true, noon)
		if err := st.SaveData(context.Background(), want.PublicID, []byte(`{"a":"ü"}`), noon); err != nil {
			t.Fatal(err)
		}
		found, err := st.Find(context.Background(), want.Hash)
		if err != nil || len(found) != 1 {
			t.Fatalf("found %d, %v", len(found), err)
		}
		want.Data = []byte(`{"a":"ü"}`)
		if got := found[0]; string(got.Data) != string(want.Data) || got.Hash != want.Hash || got.UserID != 7 || !got.Remember ||
			!got.AbsoluteExpires.Equal(want.AbsoluteExpires) || !got.IdleExpires.Equal(want.IdleExpires) || got.Kind != Cookie ||
			!got.AuthenticatedAt.Equal(noon) || got.PublicID != want.PublicID || got.IP != want.IP || got.UserAgent != want.UserAgent {
			t.Errorf("got  %+v\nwant %+v", got, want)
		}
	})
}

func TestTheOtherProgramsColumnsAreMilliseconds(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		s := put(t, In(conn), 7, false, noon)
		var userID, idle, absolute int64
		err := conn.QueryRow(context.Background(), func(r db.Row) error { return r.Scan(&userID, &idle, &absolute) },
			"SELECT user_id, idle_expires, absolute_expires FROM sessions WHERE id_hash = ?", s.Hash[:])
		if err != nil || userID != 7 || idle != noon.Add(30*time.Minute).UnixMilli() || absolute != noon.Add(12*time.Hour).UnixMilli() {
			t.Errorf("user_id %d, idle_expires %d, absolute_expires %d, %v", userID, idle, absolute, err)
		}
	})
}

func TestTouchNeverMakesASessionLongerThanItsAbsoluteLimit(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		st := In(conn)
		s := put(t, st, 7, false, noon)
		if err := st.Touch(context.Background(), s, limits, noon.Add(11*time.Hour+50*time.Minute)); err != nil {
			t.Fatal(err)
		}
		found, _ := st.Find(context.Background(), s.Hash)
		if !found[0].IdleExpires.Equal(s.AbsoluteExpires) {
			t.Errorf("idle limit %v, want the absolute one, %v", found[0].IdleExpires, s.AbsoluteExpires)
		}
	})
}

func TestNothingRevivesAnEndedSession(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		ctx, st := context.Background(), In(conn)
		s := put(t, st, 7, false, noon)
		if err := st.Delete(ctx, s.PublicID); err != nil {
			t.Fatal(err)
		}
		if err := st.SaveData(ctx, s.PublicID, []byte("{}"), noon); !errors.Is(err, ErrNotFound) {
			t.Errorf("SaveData: %v, want ErrNotFound", err)
		}
		if _, err := st.Rotate(ctx, s.Hash, noon); !errors.Is(err, ErrNotFound) {
			t.Errorf("Rotate: %v, want ErrNotFound", err)
		}
		if err := st.Touch(ctx, s, limits, noon.Add(time.Hour)); err != nil {
			t.Errorf("Touch: %v", err)
		}
		if found, _ := st.Find(ctx, s.Hash); len(found) != 0 {
			t.Error("the session is back")
		}
	})
}

func TestAnExpiredSessionIsNeitherRotatedNorSaved(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		ctx, st := context.Background(), In(conn)
		s := put(t, st, 7, false, noon)
		late := noon.Add(30 * time.Minute)
		if _, err := st.Rotate(ctx, s.Hash, late); !errors.Is(err, ErrNotFound) {
			t.Errorf("Rotate: %v, want ErrNotFound", err)
		}
		if err := st.SaveData(ctx, s.PublicID, nil, late); !errors.Is(err, ErrNotFound) {
			t.Errorf("SaveData: %v, want ErrNotFound", err)
		}
	})
}

func TestPublicIDsAreComparedExactly(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		ctx, st := context.Background(), In(conn)
		s := put(t, st, 7, false, noon)
		for _, id := range []string{strings.ToUpper(s.PublicID), s.PublicID + " ", s.PublicID[1:]} {
			if err := st.DeleteOne(ctx, 7, id); !errors.Is(err, ErrNotFound) {
				t.Errorf("DeleteOne(%q): %v, want ErrNotFound", id, err)
			}
		}
		if err := st.DeleteOne(ctx, 8, s.PublicID); !errors.Is(err, ErrNotFound) {
			t.Errorf("another user's: %v, want ErrNotFound", err)
		}
		if err := st.DeleteOne(ctx, 7, s.PublicID); err != nil {
			t.Error(err)
		}
	})
}

func TestCleanDeletesWhatEndedAndNothingElse(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		ctx, st := context.Background(), In(conn)
		done, err := conn.Exec(ctx, "INSERT INTO users (email, password, role, state) VALUES (?, ?, ?, ?)", "ann@example.com", "x", "user", 1)
		if err != nil {
			t.Fatal(err)
		}
		ann := done.LastID
		done, err = conn.Exec(ctx, "INSERT INTO users (email, password, role, state) VALUES (?, ?, ?, ?)", "off@example.com", "x", "user", 0)
		if err != nil {
			t.Fatal(err)
		}
		off := done.LastID
		now := noon.Add(13 * time.Hour)
		keep := []Session{put(t, st, ann, false, now), put(t, st, ann, true, noon), put(t, st, 0, false, now)}
		for range 7 {
			put(t, st, ann, false, noon)                // past its absolute limit
			put(t, st, ann, false, now.Add(-time.Hour)) // idle for too long
			put(t, st, 1000, true, now)                 // its user is gone
			put(t, st, off, true, now)                  // its user is disabled
			put(t, st, 0, false, noon)                  // a visitor of long ago
		}
		count := func() (n int) {
			_ = conn.QueryRow(ctx, func(r db.Row) error { return r.Scan(&n) }, "SELECT COUNT(*) FROM sessions")
			return n
		}
		if n, err := st.Count(ctx, now); err != nil || n != 3+21 {
			t.Errorf("%d sessions are counted, %v, want those that are not past their limit, 24", n, err)
		}
		if err := st.Clean(ctx, 3, false, now); err != nil {
			t.Fatal(err)
		}
		if n := count(); n != 3+21 {
			t.Errorf("%d sessions after the quick clean, want 24", n)
		}
		if err := st.Clean(ctx, 3, true, now); err != nil {
			t.Fatal(err)
		}
		if n := count(); n != len(keep) {
			t.Errorf("%d sessions after the sweep, want %d", n, len(keep))
		}
		for _, s := range keep {
			if found, _ := st.Find(ctx, s.Hash); len(found) != 1 {
				t.Errorf("a live session was deleted: %+v", s)
			}
		}
		if err := st.Clean(ctx, 3, true, now); err != nil || count() != len(keep) {
			t.Errorf("again: %v, %d sessions", err, count())
		}
	})
}

// Old tables may hold no state at all, which is none in which anybody may sign in.
func TestTheSessionOfAUserWithoutAStateIsSweptAway(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		ctx, st := context.Background(), In(conn)
		for _, query := range []string{
			"ALTER TABLE users RENAME COLUMN state TO former_state", "ALTER TABLE users ADD COLUMN state INT NULL",
			"INSERT INTO users (id, email, password, role) VALUES (7, 'ann@example.com', 'x', 'user')",
		} {
			if _, err := conn.Exec(ctx, query); err != nil {
				t.Fatal(err)
			}
		}
		s := put(t, st, 7, false, noon)
		if err := st.Clean(ctx, 3, true, noon); err != nil {
			t.Fatal(err)
		}
		if found, _ := st.Find(ctx, s.Hash); len(found) != 0 {
			t.Error("the session is still there")
		}
	})
}
