package session

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"gatehouse/db/dbtest"
)

func TestTheAbsoluteLimitCountsByItself(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		ctx, st := context.Background(), In(conn)
		s := put(t, st, 7, false, noon)
		if _, err := conn.Exec(ctx, "UPDATE sessions SET idle_expires = absolute_expires + 60000"); err != nil {
			t.Fatal(err)
		}
		late := s.AbsoluteExpires
		found, err := st.Find(ctx, s.Hash)
		if err != nil || len(found) != 1 || found[0].Live(late) {
			t.Errorf("found %d live ones, %v", len(found), err)
		}
		if list, err := st.List(ctx, 7, late); err != nil || len(list) != 0 {
			t.Errorf("List: %d, %v", len(list), err)
		}
		if _, err := st.Rotate(ctx, s.Hash, late); !errors.Is(err, ErrNotFound) {
			t.Errorf("Rotate: %v, want ErrNotFound", err)
		}
		if err := st.SaveData(ctx, s.PublicID, nil, late); !errors.Is(err, ErrNotFound) {
			t.Errorf("SaveData: %v, want ErrNotFound", err)
		}
	})
}

func TestOnlyLiveSessionsOfTheKindTakeRoom(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		ctx, st := context.Background(), In(conn)
		live := put(t, st, 7, true, noon)
		put(t, st, 7, false, noon.Add(time.Hour)) // idle for too long
		old, token := put(t, st, 7, true, noon.Add(time.Hour)), put(t, st, 7, true, noon.Add(time.Hour))
		for query, id := range map[string]string{
			"UPDATE sessions SET absolute_expires = created + 1 WHERE public_id = ?": old.PublicID,
			"UPDATE sessions SET kind = 'token' WHERE public_id = ?":                 token.PublicID,
		} {
			if _, err := conn.Exec(ctx, query, id); err != nil {
				t.Fatal(err)
			}
		}
		now := noon.Add(2 * time.Hour)
		if list, err := st.List(ctx, 7, now); err != nil || len(list) != 2 {
			t.Errorf("List: %d, want the live one and the token, %v", len(list), err)
		}
		if err := st.MakeRoom(ctx, 7, Cookie, 2, now); err != nil {
			t.Fatal(err)
		}
		if found, _ := st.Find(ctx, live.Hash); len(found) != 1 {
			t.Error("the only live session had to make room")
		}
	})
}

func TestATouchThatComesLateMovesNothingBack(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		ctx, st := context.Background(), In(conn)
		s := put(t, st, 7, false, noon)
		for _, at := range []time.Duration{10 * time.Minute, 9 * time.Minute} {
			if err := st.Touch(ctx, s, limits, noon.Add(at)); err != nil {
				t.Fatal(err)
			}
		}
		if found, _ := st.Find(ctx, s.Hash); !found[0].LastSeen.Equal(noon.Add(10*time.Minute)) || !found[0].IdleExpires.Equal(noon.Add(40*time.Minute)) {
			t.Errorf("last seen %v, idle limit %v", found[0].LastSeen, found[0].IdleExpires)
		}
	})
}

func TestASecretHasOneSpelling(t *testing.T) {
	for _, text := range []string{strings.Repeat("A", 43) + "\n", strings.Repeat("A", 42) + "B"} {
		if _, ok := ParseSecret(text); ok {
			t.Errorf("accepted %q", text)
		}
	}
}

func TestASessionThatIsInUseAgainIsNotSwept(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		ctx, st := context.Background(), In(conn)
		s := put(t, st, 0, false, noon)
		if err := st.deleteDead(ctx, []Hash{s.Hash}, noon); err != nil { // listed as dead, then touched
			t.Fatal(err)
		}
		if found, _ := st.Find(ctx, s.Hash); len(found) != 1 {
			t.Error("a live session was deleted")
		}
	})
}

func TestDataThatIsTooLarge(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		ctx, st := context.Background(), In(conn)
		s := put(t, st, 7, false, noon)
		large := []byte(`"` + strings.Repeat("x", MaxData-1) + `"`)
		if err := st.SaveData(ctx, s.PublicID, large, noon); !errors.Is(err, ErrDataTooLarge) {
			t.Errorf("SaveData: %v, want ErrDataTooLarge", err)
		}
		more, _ := NewVisitor(Device{}, noon)
		more.Data = large
		if err := st.Create(ctx, more); !errors.Is(err, ErrDataTooLarge) {
			t.Errorf("Create: %v, want ErrDataTooLarge", err)
		}
	})
}

func TestAVisitorIsNeverFresh(t *testing.T) {
	if (Session{AuthenticatedAt: noon}).Fresh(noon) {
		t.Error("a visitor is fresh")
	}
}
