package controllers

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/models/event"
	"gatehouse/models/session"
)

const firefox = "Firefox/1"

// rows returns each row that a query finds, its columns as texts.
func (s *site) rows(query string, args ...any) [][]string {
	s.t.Helper()
	found, err := s.conn.SQL().QueryContext(context.Background(), query, args...)
	if err != nil {
		s.t.Fatalf("%s: %v", query, err)
	}
	defer found.Close()
	columns, err := found.Columns()
	if err != nil {
		s.t.Fatal(err)
	}
	var list [][]string
	for found.Next() {
		values := make([]any, len(columns))
		for i := range values {
			values[i] = new([]byte)
		}
		if err := found.Scan(values...); err != nil {
			s.t.Fatal(err)
		}
		var row []string
		for _, v := range values {
			row = append(row, string(*v.(*[]byte)))
		}
		list = append(list, row)
	}
	if err := found.Err(); err != nil {
		s.t.Fatal(err)
	}
	return list
}

// told returns the events that were written since an id, as "kind user detail".
func (s *site) told(since int64) (list []event.Event, lines []string) {
	s.t.Helper()
	err := event.In(s.conn).List(context.Background(), event.Filter{After: since}, func(e event.Event) error {
		list = append(list, e)
		lines = append(lines, strings.TrimSpace(fmt.Sprintf("%s %d %s", e.Kind, e.UserID, e.Detail)))
		return nil
	})
	if err != nil {
		s.t.Fatal(err)
	}
	slices.Reverse(list)
	slices.Reverse(lines)
	return list, lines
}

// surfer is a person who uses a cookie and tokens, and sends a user agent with everything.
type surfer struct{ *holder }

func (s *site) surfer() surfer { return surfer{&holder{browser: s.browser()}} }

func (p surfer) do(method, path, body string, headers ...string) reply {
	p.site.t.Helper()
	return p.send(method, path, body, append(headers, "User-Agent", firefox)...)
}

// bear sends the access token instead of the cookie.
func (p surfer) bear(method, path, body string) reply {
	p.site.t.Helper()
	return p.do(method, path, body, "Authorization", "Bearer "+p.access)
}

func (p surfer) signIn(email, password string) reply {
	return p.do("POST", "/api/users/login", "email="+email+"&password="+password)
}

// takeTokens signs in for tokens and keeps them.
func (p surfer) takeTokens(email, password string) reply {
	p.site.t.Helper()
	return p.take(p.do("POST", "/auth/login", "email="+email+"&password="+password).want(http.StatusOK))
}

func (p surfer) refreshWith(refresh string) reply {
	return p.do("POST", "/auth/refresh", "", "authorization_refresh", refresh)
}

// TestEveryActOfAVisitorIsOneEvent does all that visitors can do, and wants exactly the rows that tell of it, from where it
// was done; what changes nothing and is no guess of a password is none. In the end nothing secret is in the history or the log.
func TestEveryActOfAVisitorIsOneEvent(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		p, other, ben := s.surfer(), s.surfer(), s.surfer()
		secrets, ids := map[string]bool{}, map[string]bool{}
		var old string // a refresh token that was exchanged
		const form = "email=ann@example.com&password="
		for _, step := range []struct {
			act  string
			do   func() reply
			want []string
		}{
			{"sign up", func() reply {
				return p.do("POST", "/api/users/signup", form+"first+horse&name=Ann")
			}, []string{"sign_up 1"}},
			{"sign up again", func() reply { return p.do("POST", "/api/users/signup", form+"first+horse") }, nil},
			{"sign up with a weak password", func() reply { return p.do("POST", "/api/users/signup", "email=x@example.com&password=short") }, nil},
			{"sign in", func() reply { return p.signIn("ann@example.com", "first+horse") }, []string{"sign_in 1 cookie"}},
			{"sign in elsewhere, remembered", func() reply {
				return other.signIn("ann@example.com", "first+horse&remember=true")
			}, []string{"sign_in 1 cookie, remember"}},
			{"wrong password", func() reply { return p.signIn("ann@example.com", "wrong+horse") }, []string{"sign_in_failed 1"}},
			{"unknown address", func() reply { return p.signIn("typed-in-the-wrong-field@example.com", "first+horse") }, []string{"sign_in_failed 0"}},
			{"no password", func() reply { return p.signIn("ann@example.com", "") }, nil},
			{"look", func() reply { return p.do("GET", "/api/users/me", "") }, nil},
			{"look again", func() reply { return p.do("GET", "/api/users/me", "") }, nil},
			{"forward", func() reply { return p.do("GET", "/api/auth/forward", "") }, nil},
			{"list sessions", func() reply { return p.do("GET", "/api/users/sessions", "") }, nil},
			{"list events", func() reply { return p.do("GET", "/api/users/events", "") }, nil},
			{"change the name", func() reply { return p.do("PATCH", "/api/users/me", "name=Ann+B") }, []string{"profile_changed 1 name"}},
			{"change the profile", func() reply {
				return p.do("PATCH", "/api/users/me", `{"name":null,"gender":"f"}`)
			}, []string{"profile_changed 1 name, gender"}},
			{"change nothing", func() reply { return p.do("PATCH", "/api/users/me", "") }, nil},
			{"change it badly", func() reply { return p.do("PATCH", "/api/users/me", "gender="+strings.Repeat("x", 99)) }, nil},
			{"reauthenticate", func() reply { return p.do("POST", "/api/users/reauthenticate", "password=first+horse") }, []string{"reauthenticated 1"}},
			{"reauthenticate wrongly", func() reply {
				return p.do("POST", "/api/users/reauthenticate", "password=wrong+horse")
			}, []string{"reauthentication_failed 1"}},
			{"reauthenticate without a password", func() reply { return p.do("POST", "/api/users/reauthenticate", "") }, nil},
			{"change the password wrongly", func() reply {
				return p.do("POST", "/api/users/password", "currentPassword=wrong+horse&newPassword=second+horse")
			}, []string{"password_change_failed 1"}},
			{"change it to the same", func() reply {
				return p.do("POST", "/api/users/password", "currentPassword=first+horse&newPassword=first+horse")
			}, nil},
			{"change it to a weak one", func() reply {
				return p.do("POST", "/api/users/password", "currentPassword=first+horse&newPassword=short")
			}, nil},
			{"change the password", func() reply {
				return p.do("POST", "/api/users/password", "currentPassword=first+horse&newPassword=second+horse")
			}, []string{"password_changed 1"}},
			{"sign in for tokens", func() reply { return p.takeTokens("ann@example.com", "second+horse") }, []string{"sign_in 1 token"}},
			{"wrong password for tokens", func() reply { return p.do("POST", "/auth/login", form+"wrong+horse") }, []string{"sign_in_failed 1"}},
			{"unknown address for tokens", func() reply {
				return p.do("POST", "/auth/login", "email=nobody@example.com&password=wrong+horse")
			}, []string{"sign_in_failed 0"}},
			{"look with a token", func() reply { return p.bear("GET", "/api/users/me", "") }, nil},
			{"verify a token", func() reply { return p.do("POST", "/auth/verify", "token="+p.access) }, nil},
			{"reauthenticate with a token", func() reply {
				return p.bear("POST", "/api/users/reauthenticate", "password=second+horse")
			}, []string{"reauthenticated 1"}},
			{"refresh", func() reply { old = p.refresh; return p.take(p.refreshWith(old)) }, nil},
			{"refresh with the same at once", func() reply { return p.refreshWith(old) }, []string{"refresh_replayed 1"}},
			{"refresh with the same later", func() reply {
				s.pass(session.Grace + time.Second)
				return p.refreshWith(old)
			}, []string{"refresh_reused 1"}},
			{"and again", func() reply { return p.refreshWith(old) }, nil},
			{"end a session that is none", func() reply { return p.do("DELETE", "/api/users/sessions/x", "") }, nil},
			{"end another session", func() reply {
				other.signIn("ann@example.com", "second+horse").want(http.StatusOK)
				list := data[sessionListing](other.get("/api/users/sessions")).Sessions
				i := slices.IndexFunc(list, func(e sessionEntry) bool { return e.Current })
				return p.do("DELETE", "/api/users/sessions/"+list[i].ID, "")
			}, []string{"sign_in 1 cookie", "session_ended 1"}},
			{"end all others", func() reply { return p.do("DELETE", "/api/users/sessions", "") }, []string{"other_sessions_ended 1"}},
			{"sign out without a session", func() reply { return s.surfer().do("POST", "/api/users/logout", "") }, nil},
			{"sign others out", func() reply { return p.do("POST", "/api/users/logout", "scope=others") }, []string{"sign_out 1 others"}},
			{"sign out", func() reply { return p.do("POST", "/api/users/logout", "") }, []string{"sign_out 1 local"}},
			{"sign out everywhere", func() reply {
				p.signIn("ann@example.com", "second+horse").want(http.StatusOK)
				return p.do("POST", "/api/users/logout", "scope=global")
			}, []string{"sign_in 1 cookie", "sign_out 1 global"}},
			{"register", func() reply {
				return ben.do("POST", "/auth/signup", "email=ben@example.com&password=first+horse")
			}, []string{"sign_up 2"}},
			{"sign out with tokens", func() reply {
				ben.takeTokens("ben@example.com", "first+horse")
				return ben.do("POST", "/auth/logout", "", ben.both()...)
			}, []string{"sign_in 2 token", "sign_out 2 local"}},
			{"and once more", func() reply { return ben.do("POST", "/auth/logout", "", ben.both()...) }, nil},
			{"sign out everywhere with a token", func() reply {
				ben.takeTokens("ben@example.com", "first+horse")
				return ben.bear("POST", "/api/users/logout", "scope=global")
			}, []string{"sign_in 2 token", "sign_out 2 global"}},
			{"change the password with a token", func() reply {
				ben.takeTokens("ben@example.com", "first+horse")
				return ben.bear("POST", "/api/users/password", "currentPassword=first+horse&newPassword=second+horse")
			}, []string{"sign_in 2 token", "password_changed 2"}},
			{"sign in while disabled", func() reply {
				s.exec("UPDATE users SET state = 2 WHERE id = 2")
				return ben.signIn("ben@example.com", "second+horse")
			}, []string{"sign_in_failed 2"}},
			{"from another site", func() reply {
				return p.do("POST", "/api/users/login", form+"second+horse", "Origin", "https://evil.example")
			}, []string{"cross_origin_refused 0"}},
			{"forget the password", func() reply { return p.do("POST", forgotAPI, "email=ann@example.com") }, []string{"password_reset_asked 1"}},
			{"forget another's", func() reply { return p.do("POST", forgotAPI, "email=nobody@example.com") }, []string{"password_reset_asked 0"}},
			{"confirm by a bad link", func() reply { return p.do("POST", verifyAPI, "token=x") }, []string{"link_refused 0"}},
			{"ask for a link", func() reply { return p.do("POST", resendAPI, "email=ann@example.com") }, []string{"email_verification_asked 0"}},
			{"sign in once more", func() reply { return p.signIn("ann@example.com", "second+horse") }, []string{"sign_in 1 cookie"}},
			{"leave without a fresh proof", func() reply {
				s.pass(6 * time.Minute)
				return p.do("DELETE", "/api/users/me", "")
			}, nil},
			{"leave", func() reply {
				p.do("POST", "/api/users/reauthenticate", "password=second+horse").want(http.StatusOK)
				return p.do("DELETE", "/api/users/me", "")
			}, []string{"reauthenticated 1", "account_deleted 1"}},
		} {
			since := int64(s.count("SELECT COALESCE(MAX(id), 0) FROM gatehouse_events"))
			answered := step.do()
			list, lines := s.told(since)
			if !slices.Equal(lines, step.want) {
				t.Errorf("%s (%d): events %q, want %q", step.act, answered.status, lines, step.want)
			}
			for _, e := range list {
				if e.Actor != event.Visitor || e.IP != "127.0.0.1" || e.UserAgent != firefox || !e.At.Equal(s.time()) {
					t.Errorf("%s: %+v, want it to come from this visitor, now", step.act, e)
				}
			}
			if n := len(list); n > 0 && list[n-1].RequestID != answered.header.Get("X-Request-Id") {
				t.Errorf("%s: event of request %q, want %q", step.act, list[n-1].RequestID, answered.header.Get("X-Request-Id"))
			}
			for _, secret := range []string{p.cookie(), other.cookie(), p.access, p.refresh, ben.access, ben.refresh} {
				secrets[secret] = true
				for part := range strings.SplitSeq(secret, ".") {
					secrets[part] = true
				}
			}
			for _, row := range s.rows("SELECT public_id, COALESCE(refresh_jti, ''), COALESCE(access_jti, '') FROM sessions") {
				ids[row[0]], ids[row[1]], ids[row[2]] = true, true, true
			}
		}
		for _, typed := range []string{"first horse", "second horse", "wrong horse", "short", "typed-in-the-wrong-field", "nobody"} {
			secrets[typed], secrets[strings.ReplaceAll(typed, " ", "+")] = true, true
		}
		delete(secrets, "")
		delete(ids, "")
		if len(secrets) < 20 || len(ids) < 9 {
			t.Fatalf("only %d secrets and %d ids are looked for", len(secrets), len(ids))
		}
		history, log := fmt.Sprint(s.rows("SELECT kind, user_id, actor, ip, user_agent, request_id, detail FROM gatehouse_events")), s.log.String()
		for secret := range secrets {
			if strings.Contains(history, secret) || strings.Contains(log, secret) {
				t.Errorf("%q is in the history or in the log", secret)
			}
		}
		for id := range ids {
			if strings.Contains(history, id) {
				t.Errorf("the id %q is in the history", id)
			}
		}
		for _, e := range s.rows("SELECT DISTINCT kind FROM gatehouse_events WHERE actor = ?", "visitor") {
			if !strings.Contains(log, `"event":"`+e[0]+`"`) {
				t.Errorf("the log does not tell of %s by that name", e[0])
			}
		}
	})
}
