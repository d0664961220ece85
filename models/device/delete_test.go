package device

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/db"
	"gatehouse/db/dbtest"
)

func TestDevicesAreForgotten(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		devices := In(conn)
		var all []int64
		for _, user := range []int64{1, 1, 1, 2} {
			all = append(all, find(t, conn, signIn(t, conn, none, user, noon), user))
		}
		want := func(err error, left ...int64) {
			t.Helper()
			if got := append(ids(t, conn, 1), ids(t, conn, 2)...); err != nil || !slices.Equal(got, left) {
				t.Errorf("%v are left, want %v; %v", got, left, err)
			}
		}
		want(devices.Delete(t.Context(), all[0]), all[1:]...)
		want(devices.Delete(t.Context(), all[0]), all[1:]...)
		want(devices.DeleteOthers(t.Context(), 1, all[2]), all[2:]...)
		want(devices.DeleteOthers(t.Context(), 1, all[3]), all[3])
		want(devices.DeleteAll(t.Context(), 2))
		if id := find(t, conn, signIn(t, conn, none, 1, noon), 1); id <= all[3] {
			t.Errorf("the id %d is used again", id)
		}
	})
}

func TestUnusedDevicesAreClearedAwayInPortions(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		for i := range 10 {
			signIn(t, conn, none, int64(i+1), noon.Add(-time.Millisecond))
		}
		used := signIn(t, conn, signIn(t, conn, none, 11, noon.Add(-time.Hour)), 11, noon)
		for _, portion := range []int{3, 100} {
			if err := In(conn).Clean(t.Context(), portion, noon); err != nil {
				t.Fatal(err)
			}
			left := ""
			for i := range 11 {
				left += fmt.Sprint(ids(t, conn, int64(i+1)))
			}
			if left != "[][][][][][][][][][][11]" || find(t, conn, used, 11) != 11 {
				t.Errorf("%s are left", left)
			}
		}
	})
}

func TestADeviceThatIsUsedMeanwhileIsNotClearedAway(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		old := signIn(t, conn, none, 1, noon)
		o := conn.Options
		o.Trace = func(query string, _ []any) {
			if strings.HasPrefix(query, "DELETE") {
				signIn(t, conn, old, 1, noon.Add(time.Hour))
			}
		}
		cleaner, err := db.Open(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		defer cleaner.Close()
		if err := In(cleaner).Clean(t.Context(), 10, noon.Add(time.Hour)); err != nil || !slices.Equal(ids(t, conn, 1), []int64{1}) {
			t.Errorf("%v are left; %v", ids(t, conn, 1), err)
		}
	})
}
