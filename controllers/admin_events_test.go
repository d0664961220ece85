package controllers

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/models/event"
	"gatehouse/models/password"
)

func TestEveryActOfAnAdminIsAnEvent(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ann, root := s.member("ann@example.com"), s.admin("root@example.com")
		ann.login("ann@example.com").want(http.StatusOK)
		for _, path := range []string{"disable", "enable", "role", "unlock", "password/forgot"} {
			root.post("/api/admin/users/1/"+path, "role=editor", "User-Agent", "Admin/1").want(http.StatusOK)
		}
		root.send("DELETE", "/api/admin/users/1/sessions", "", "User-Agent", "Admin/1").want(http.StatusOK)
		var told []string
		for _, e := range data[adminEventListing](root.get("/api/admin/events?user=1").want(http.StatusOK)).Events {
			if e.Actor == event.Admin {
				told = append(told, fmt.Sprintf("%s %d by %d %s %s %s %v", e.Kind, e.UserID, e.ActorID, e.Detail, e.IP, e.UserAgent, e.RequestID != ""))
			}
		}
		want := []string{
			"sessions_ended 1 by 2  127.0.0.1 Admin/1 true",
			"password_reset_asked 1 by 2  127.0.0.1 Admin/1 true",
			"user_unlocked 1 by 2  127.0.0.1 Admin/1 true",
			"role_changed 1 by 2 role editor 127.0.0.1 Admin/1 true",
			"user_enabled 1 by 2  127.0.0.1 Admin/1 true",
			"user_disabled 1 by 2  127.0.0.1 Admin/1 true",
		}
		if !slices.Equal(told, want) {
			t.Errorf("events:\n%s\nwant\n%s", strings.Join(told, "\n"), strings.Join(want, "\n"))
		}
		ann.login("ann@example.com").want(http.StatusOK)
		if r := ann.get("/api/users/events").want(http.StatusOK); strings.Contains(r.body, "Admin/1") || !strings.Contains(r.body, `"actor":"admin","ip":"","userAgent":""`) || strings.Contains(r.body, "actorId") {
			t.Errorf("the user is told %s", r.body)
		}
		slices.Reverse(want)
		logged := regexp.MustCompile(`"event":"(\w+)".*"user":(\d+),"admin":2`).FindAllStringSubmatch(s.log.String(), -1)
		for i, line := range logged {
			if about := line[1] + " " + line[2] + " "; i >= len(want) || !strings.HasPrefix(want[i], about) {
				t.Errorf("line %d of the log tells of %s", i, about)
			}
		}
		if len(logged) != len(want) {
			t.Errorf("the log tells of %d acts of the admin", len(logged))
		}
	})
}

func TestAdminsFilterEvents(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		root := s.admin("root@example.com")
		s.exec("DELETE FROM gatehouse_events")
		for i := range pageSize + 2 {
			kind := event.SignIn
			if i%2 == 1 {
				kind = event.SignInFailed
			}
			if err := event.In(s.conn).Add(t.Context(), kind, int64(i%3), "", s.time().Add(time.Duration(i-60)*time.Hour)); err != nil {
				t.Fatal(err)
			}
		}
		count := func(query string) int {
			t.Helper()
			return len(data[adminEventListing](root.get("/api/admin/events" + query).want(http.StatusOK)).Events)
		}
		for query, want := range map[string]int{
			"?kind=sign_in": 26, "?kind=sign_in_failed&user=1": 9, "?user=2": 17, "?user=7": 0, "?kind=key_added": 0,
			"?since=2026-03-01": 4, "?since=2026-03-01T02:00:00Z": 2, "?since=2026-03-01T02:00:00%2B01:00": 3,
		} {
			if got := count(query); got != want {
				t.Errorf("%s: %d events, want %d", query, got, want)
			}
		}
		first := data[adminEventListing](root.get("/api/admin/events").want(http.StatusOK))
		if got := count(fmt.Sprintf("?before=%d", first.Next)); len(first.Events) != pageSize || got != 2 {
			t.Errorf("pages of %d and %d", len(first.Events), got)
		}
		for _, bad := range []string{"user=x", "user=0", "kind=unknown", "since=yesterday", "since=2026-02-30", "before=-1"} {
			r := root.get("/api/admin/events?"+bad).want(http.StatusUnprocessableEntity, "validation_failed")
			name, _, _ := strings.Cut(bad, "=")
			if r.failure().Fields[name] == "" {
				t.Errorf("%s: %s", bad, r.body)
			}
		}
		root.get("/api/admin/events?kind=sign_in&kind=sign_out").want(http.StatusBadRequest, "bad_request")
	})
}

func TestTheOverviewCountsWhatHappened(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		root := s.admin("root@example.com")
		s.member("ann@example.com")
		s.exec("DELETE FROM gatehouse_events")
		add := func(kind event.Kind, ip, detail string, ago time.Duration) {
			t.Helper()
			ctx := event.From(t.Context(), event.Origin{Actor: event.Visitor, IP: ip})
			if err := event.In(s.conn).Add(ctx, kind, 1, detail, s.time().Add(-ago)); err != nil {
				t.Fatal(err)
			}
		}
		s.pass(30 * time.Minute) // 12:30
		root.login("root@example.com").want(http.StatusOK)
		s.exec("DELETE FROM gatehouse_events")
		add(event.SignIn, "", "", 0)
		add(event.SignIn, "", "", 30*time.Minute)              // the hour's first moment
		add(event.SignInFailed, "", "", 31*time.Minute)        // the hour before
		add(event.SignIn, "", "", 23*time.Hour+30*time.Minute) // the first hour shown
		add(event.SignIn, "", "", 23*time.Hour+31*time.Minute) // one too early for the hours
		add(event.SignIn, "", "", 29*24*time.Hour+12*time.Hour+30*time.Minute)
		add(event.SignIn, "", "", 29*24*time.Hour+12*time.Hour+31*time.Minute) // too early
		add(event.SignIn, "", "", -25*time.Hour)                               // by the clock of another server
		add(event.SignOut, "", "", 0)
		add(event.Throttled, "192.0.2.2", "network", 25*time.Hour)
		add(event.Throttled, "192.0.2.1", "network", 23*time.Hour)
		add(event.Throttled, "2001:db8::1", "network", 2*time.Hour)
		add(event.Throttled, "2001:db8::2", "sign-up", time.Hour)
		add(event.Throttled, "192.0.2.3", "account", time.Hour)
		is := data[activity](root.get("/api/admin/overview").want(http.StatusOK))
		at := func(i int) span { return is.Hours[i] }
		if !at(23).At.Equal(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)) || at(23).SignIns != 2 || at(22).Failures != 1 || at(22).Refusals != 2 || at(0).SignIns != 1 {
			t.Errorf("hours: %+v", is.Hours)
		}
		signIns := 0
		for _, d := range is.Days {
			signIns += d.SignIns
		}
		if today := is.Days[29]; !today.At.Equal(time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)) || today.SignIns != 2 || today.Failures != 1 || is.Days[28].SignIns != 2 ||
			is.Days[0].SignIns != 1 || signIns != 5 {
			t.Errorf("days: %+v", is.Days)
		}
		if is.Sessions != 2 || is.Hashing.Workers != 2 {
			t.Errorf("%d sessions, hashing %+v", is.Sessions, is.Hashing)
		}
		want := []network{{"2001:db8::/64", s.time().Add(-time.Hour), 2}, {"192.0.2.1", s.time().Add(-23 * time.Hour), 1}}
		if !slices.EqualFunc(is.Networks, want, func(a, b network) bool {
			return a.Network == b.Network && a.Last.Equal(b.Last) && a.Refusals == b.Refusals
		}) {
			t.Errorf("networks: %+v", is.Networks)
		}
	})
}

func TestTheOverviewTellsHowBusyTheWorkersAre(t *testing.T) {
	got := hashingOf(password.QueueStats{Depth: 1, Busy: 2, Workers: 3, AtOnce: 4, Wait: 5 * time.Second})
	if want := (hashing{Waiting: 1, Busy: 2, Workers: 3, WaitMS: 5000}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}

func TestTheOverviewIsInUTCWhereverTheServerIs(t *testing.T) {
	now := time.Date(2026, 3, 1, 3, 30, 0, 0, time.FixedZone("", 5*60*60+30*60)) // 22:00 of the day before
	for length, want := range map[time.Duration]string{time.Hour: "2026-02-28T22:00:00Z", 24 * time.Hour: "2026-02-28T00:00:00Z"} {
		if got := spans(nil, now, length, 2)[1].At.Format(time.RFC3339); got != want {
			t.Errorf("by %v: %s, want %s", length, got, want)
		}
	}
}
