package controllers

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"gatehouse/models/account"
	"gatehouse/models/event"
)

var numbered = regexp.MustCompile(`"id":\d+`)

func TestUsersSeeTheirOwnEventsAlone(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ann, ben := s.surfer(), s.holder("ben@example.com")
		ann.do("POST", "/api/users/signup", "email=ann@example.com&password=correct+horse").want(http.StatusCreated)
		ann.signIn("nobody@example.com", "correct+horse").want(http.StatusUnauthorized)
		operator := event.From(t.Context(), event.Origin{Actor: event.Operator, IP: "192.0.2.66", UserAgent: "console", RequestID: "the operator's"})
		for _, id := range []int64{1, 2} {
			if err := s.accounts.SetRole(operator, account.Operator{}, id, "editor", s.time()); err != nil {
				t.Fatal(err)
			}
		}
		r := ann.get("/api/users/events").want(http.StatusOK)
		want := `{"success":true,"data":{"events":[` +
			`{"id":N,"at":"2026-03-01T12:00:00Z","kind":"role_changed","detail":"role editor","actor":"operator","ip":"","userAgent":""},` +
			`{"id":N,"at":"2026-03-01T12:00:00Z","kind":"sign_up","actor":"visitor","ip":"127.0.0.1","userAgent":"Firefox/1"}]}}`
		if got := numbered.ReplaceAllString(r.body, `"id":N`); got != want {
			t.Errorf("ann sees %s\nwant     %s", got, want)
		}
		list := data[eventListing](ben.ask("GET", "/api/users/events?user=2&id=2&userId=2", "").want(http.StatusOK)).Events
		var kinds []event.Kind
		for _, e := range list {
			kinds = append(kinds, e.Kind)
		}
		if !slices.Equal(kinds, []event.Kind{event.RoleChanged, event.SignIn, event.SignUp}) {
			t.Errorf("ben sees %v", list)
		}
		if r := ann.send("HEAD", "/api/users/events", ""); r.status != http.StatusOK || r.body != "" {
			t.Errorf("HEAD: %d %q", r.status, r.body)
		}
		s.browser().get("/api/users/events").want(http.StatusUnauthorized, "not_signed_in")
	})
}

// Some old tables give the id of a deleted user to the next one.
func TestTheHistoryOfAFormerOwnerOfAnIDIsNotShown(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		first := s.member("ann@example.com")
		first.send("DELETE", "/api/users/me", "").want(http.StatusOK)
		if n := s.count("SELECT COUNT(*) FROM gatehouse_events WHERE user_id = 1"); n != 2 {
			t.Errorf("%d events are left for the operator, want 2", n)
		}
		seen := func(b *browser) (kinds []event.Kind) {
			for _, e := range data[eventListing](b.get("/api/users/events?before=1000").want(http.StatusOK)).Events {
				kinds = append(kinds, e.Kind)
			}
			return kinds
		}
		second := s.browser()
		second.post("/api/users/signup", "email=ben@example.com&password=correct+horse").want(http.StatusCreated)
		own := s.count("SELECT MAX(id) FROM users")
		for _, ended := range []string{"account_deleted", "user_deleted", "nobody knows how"} {
			s.exec("DELETE FROM gatehouse_events")
			add := func(kind string, at time.Time) {
				err := event.In(s.conn).Add(t.Context(), event.Kind(kind), int64(own), "", at)
				if err != nil {
					t.Fatal(err)
				}
			}
			add("sign_in_failed", s.time().Add(-time.Hour))
			if ended == "nobody knows how" { // by another program; but the account is one of ours
				s.exec("UPDATE users SET gh_created = ?", s.time().UnixMilli())
			} else { // another program made the account that has the id now
				s.exec("UPDATE users SET gh_created = NULL")
				add(ended, s.time().Add(-time.Hour))
			}
			add("profile_changed", s.time())
			if got := seen(second); !slices.Equal(got, []event.Kind{event.ProfileChanged}) {
				t.Errorf("%s: the next owner sees %v", ended, got)
			}
		}
	})
}

func TestEventsAreShownInPages(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		b := s.member("ann@example.com")
		s.member("ben@example.com")
		for i := range 120 {
			if err := event.In(s.conn).Add(t.Context(), event.SignIn, int64(1+i%2), "", s.time()); err != nil {
				t.Fatal(err)
			}
		}
		var ids []int64
		query := ""
		for _, want := range []int{50, 11} {
			page := data[eventListing](b.get("/api/users/events" + query).want(http.StatusOK))
			if len(page.Events) != want || (page.Next == 0) != (want < 50) {
				t.Errorf("%q: %d events and the next page before %d, want %d", query, len(page.Events), page.Next, want)
			}
			for _, e := range page.Events {
				ids = append(ids, e.ID)
			}
			query = "?before=" + strconv.FormatInt(page.Next, 10)
		}
		if !slices.IsSortedFunc(ids, func(a, b int64) int { return int(b - a) }) || len(slices.Compact(slices.Clone(ids))) != 61 {
			t.Errorf("ids %v", ids)
		}
		s.exec("DELETE FROM gatehouse_events WHERE user_id = 1 AND id < ?", ids[49])
		if r := b.get("/api/users/events").want(http.StatusOK); strings.Contains(r.body, "next") || len(data[eventListing](r).Events) != 50 {
			t.Errorf("a last page that is full: %s", r.body)
		}
		if r := b.get("/api/users/events?before=1").want(http.StatusOK); r.body != `{"success":true,"data":{"events":[]}}` {
			t.Errorf("before the first: %s", r.body)
		}
		for _, bad := range []string{"0", "-1", "", "x", "1.5", "9223372036854775808"} {
			r := b.get("/api/users/events?before="+bad).want(http.StatusUnprocessableEntity, "validation_failed")
			if r.failure().Fields["before"] == "" {
				t.Errorf("%q: %s", bad, r.body)
			}
		}
		for _, bad := range []string{"1&before=2", "%zz"} {
			b.get("/api/users/events?before="+bad).want(http.StatusBadRequest, "bad_request")
		}
	})
}

func TestAUserAgentInTheHistoryIsOneLine(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		s.member("ann@example.com")
		r := httptest.NewRequest(http.MethodPost, "/api/users/login", strings.NewReader("email=ann@example.com&password=wrong+horse"))
		r.Header.Set("Content-Type", formType)
		r.Header.Set("User-Agent", "Fire\r\nFORGED\u0085\x1b[2J\xff"+strings.Repeat("x", 300))
		s.Config.Handler.ServeHTTP(httptest.NewRecorder(), r)
		list, _ := s.told(0)
		if got, want := list[len(list)-1].UserAgent, "FireFORGED[2J"+strings.Repeat("x", 242); got != want {
			t.Errorf("user agent %q, want %q", got, want)
		}
		if strings.Contains(s.log.String(), "FORGED") {
			t.Errorf("the log shows the user agent:\n%s", s.log)
		}
	})
}
