package tests

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"testing"

	"gatehouse/db/dbtest"
	"gatehouse/models/token"
)

// twoServers run on one MySQL database under one name, with one user.
func twoServers(t *testing.T) (a, b *server, databaseURL string) {
	t.Helper()
	databaseURL = emptyMySQL(t)
	env := settings(t, databaseURL, append(oneName, "GATEHOUSE_SESSION_LIMIT=100")...)
	a, b = inside(t, env), inside(t, env)
	a.person().post("/auth/signup", credentials("ann@example.com", password)).want(http.StatusCreated)
	return a, b, databaseURL
}

// families are the rows of a family, by its sid: what may be exchanged next, and what was exchanged last.
func families(t *testing.T, databaseURL, sid string) []string {
	t.Helper()
	return rowsOf(t, dbtest.OpenURL(t, databaseURL).DB, 2,
		"SELECT refresh_jti, previous_jti FROM sessions WHERE kind = 'token' AND public_id = ?", sid)
}

// together does something several times at once, and waits for all.
func together(times int, act func(i int)) {
	var wg sync.WaitGroup
	start := make(chan struct{})
	for i := range times {
		wg.Go(func() {
			<-start
			act(i)
		})
	}
	close(start)
	wg.Wait()
}

func TestTwentyRefreshesAtOnceOnTwoServersGiveOneChain(t *testing.T) {
	t.Parallel()
	a, b, databaseURL := twoServers(t)
	for range 3 {
		first := a.bearer("ann@example.com")
		var people [20]*person
		for i := range people {
			people[i] = []*server{a, b}[i%2].person()
		}
		var replies [20]reply
		together(len(replies), func(i int) {
			var err error
			if replies[i], err = people[i].try(http.MethodPost, "/auth/refresh", "", "authorization_refresh", first.refresh); err != nil {
				t.Error(err)
			}
		})
		if t.Failed() {
			return
		}
		second := a.person().given(replies[0])
		for _, r := range replies {
			got := a.person().given(r)
			if claimsOf(t, got.refresh) != claimsOf(t, second.refresh) || claimsOf(t, got.access) != claimsOf(t, second.access) {
				t.Errorf("two successors: %+v and %+v", claimsOf(t, got.refresh), claimsOf(t, second.refresh))
			}
		}
		before, after := claimsOf(t, first.refresh), claimsOf(t, second.refresh)
		if before.ID == after.ID || before.Session != after.Session {
			t.Errorf("%+v is no successor of %+v", after, before)
		}
		if rows, want := families(t, databaseURL, after.Session), strconv.Quote(after.ID)+" "+strconv.Quote(before.ID); !slices.Equal(rows, []string{want}) {
			t.Errorf("rows of the family = %v, want the one %s", rows, want)
		}

		third := second.at(b).next()
		third.at(a).wantGood()
		first.at(a).exchange().want(http.StatusUnauthorized, "refresh_reused") // its successor is used now
		third.wantRevoked()
		if rows := families(t, databaseURL, after.Session); len(rows) != 0 {
			t.Errorf("rows of the family = %v, want none", rows)
		}
	}
}

func TestLostAnswerIsGivenAgainByAnotherServer(t *testing.T) {
	t.Parallel()
	a, b, _ := twoServers(t)
	first := a.bearer("ann@example.com")
	lost, again := first.next(), first.at(b).next()
	if claimsOf(t, again.refresh) != claimsOf(t, lost.refresh) || claimsOf(t, again.access) != claimsOf(t, lost.access) {
		t.Errorf("successors = %+v, want those that server A gave, %+v", claimsOf(t, again.refresh), claimsOf(t, lost.refresh))
	}
	again.wantGood()
	again.next().at(a).wantGood()
}

func TestReuseOnOneServerEndsWhatAnotherExchanged(t *testing.T) {
	t.Parallel()
	a, b, _ := twoServers(t)
	first, bystander := a.bearer("ann@example.com"), b.bearer("ann@example.com")
	second := first.next()
	third := second.next()
	first.at(b).exchange().want(http.StatusUnauthorized, "refresh_reused")
	for _, s := range []*server{a, b} {
		for _, holder := range []*bearer{first, second, third} {
			holder.at(s).wantRevoked()
		}
		bystander.at(s).wantGood()
	}
}

func TestTokensThatOneServerEndsAreOverOnAllAtTheNextRequest(t *testing.T) {
	t.Parallel()
	a, b, databaseURL := twoServers(t)
	const another = "another good one"
	conn := dbtest.OpenURL(t, databaseURL).DB
	for _, test := range []struct {
		name    string
		end     func(t *testing.T, here *bearer)
		outlive bool // another sign-in of the user does
	}{
		{"logout", func(_ *testing.T, here *bearer) { here.signOut().want(http.StatusOK) }, true},
		{"logout by the access token", func(_ *testing.T, here *bearer) {
			here.ask(http.MethodPost, "/auth/logout", "").want(http.StatusOK)
		}, true},
		{"logout by the refresh token", func(_ *testing.T, here *bearer) {
			here.post("/auth/logout", "", "authorization-refresh", here.refresh).want(http.StatusOK)
		}, true},
		{"list of sessions, with a token", func(t *testing.T, here *bearer) {
			here.at(a).ask(http.MethodDelete, "/api/users/sessions/"+claimsOf(t, here.access).Session, "").want(http.StatusOK)
		}, true},
		{"list of sessions, with a cookie", func(t *testing.T, here *bearer) {
			ann := a.person()
			ann.login("ann@example.com").want(http.StatusOK)
			ann.send(http.MethodDelete, "/api/users/sessions/"+claimsOf(t, here.access).Session, "").want(http.StatusOK)
		}, true},
		{"all other sessions", func(_ *testing.T, _ *bearer) {
			a.bearer("ann@example.com").ask(http.MethodDelete, "/api/users/sessions", "").want(http.StatusOK)
		}, false},
		{"global logout with a cookie", func(_ *testing.T, _ *bearer) {
			ann := a.person()
			ann.login("ann@example.com").want(http.StatusOK)
			ann.post("/api/users/logout", "scope=global").want(http.StatusOK)
		}, false},
		{"global logout with a token", func(_ *testing.T, _ *bearer) {
			a.bearer("ann@example.com").ask(http.MethodPost, "/api/users/logout", "scope=global").want(http.StatusOK)
		}, false},
		{"password change with a cookie", func(_ *testing.T, _ *bearer) {
			ann := a.person()
			ann.login("ann@example.com").want(http.StatusOK)
			ann.post("/api/users/password", change(password, another)).want(http.StatusOK)
			ann.post("/api/users/password", change(another, password)).want(http.StatusOK)
		}, false},
		{"password change with its own token", func(_ *testing.T, here *bearer) {
			here.ask(http.MethodPost, "/api/users/password", change(password, another)).want(http.StatusOK)
			here.at(b).wantRevoked() // before it is changed back
			r := a.person().post("/auth/login", credentials("ann@example.com", another))
			a.person().given(r).ask(http.MethodPost, "/api/users/password", change(another, password)).want(http.StatusOK)
		}, false},
		// The last one, since nobody enables the user again.
		{"disabled user", func(t *testing.T, _ *bearer) { execute(t, conn, "UPDATE users SET state = 0") }, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			first, other := a.bearer("ann@example.com"), b.bearer("ann@example.com")
			here := first.next()
			there := here.at(b)
			there.wantGood()
			test.end(t, here)
			there.wantRevoked()
			first.at(b).me().want(http.StatusUnauthorized, "token_revoked") // the access token before the last refresh
			here.wantRevoked()
			if test.outlive {
				other.at(a).wantGood()
			} else {
				other.wantRevoked()
			}
		})
	}
}

func change(from, to string) string {
	return fmt.Sprintf(`{"currentPassword":%q,"newPassword":%q}`, from, to)
}

// TestLogoutBesideRefreshesEndsTheirTokensToo refreshes and signs out on two servers at the same time: whatever the
// refreshes got is over once the logouts have answered.
func TestLogoutBesideRefreshesEndsTheirTokensToo(t *testing.T) {
	t.Parallel()
	a, b, databaseURL := twoServers(t)
	won := 0
	for range 12 {
		first := a.bearer("ann@example.com")
		people := [6]*person{a.person(), b.person(), a.person(), b.person(), a.person(), b.person()}
		const refreshes = len(people) - 2
		var replies [len(people)]reply
		together(len(people), func(i int) {
			path := "/auth/refresh"
			if i >= refreshes {
				path = "/auth/logout"
			}
			var err error
			if replies[i], err = people[i].try(http.MethodPost, path, "", "authorization_refresh", first.refresh); err != nil {
				t.Error(err)
			}
		})
		if t.Failed() {
			return
		}
		for _, r := range replies[refreshes:] {
			r.want(http.StatusOK)
		}
		for _, r := range replies[:refreshes] {
			if r.status == http.StatusUnauthorized {
				r.want(http.StatusUnauthorized, "token_revoked")
				continue
			}
			won++
			a.person().given(r).wantRevoked()
			b.person().given(r).wantRevoked()
		}
		if rows := families(t, databaseURL, claimsOf(t, first.refresh).Session); len(rows) != 0 {
			t.Errorf("rows of the family = %v, want none", rows)
		}
	}
	t.Logf("%d refreshes were faster than the logouts", won)
}

func TestServersUnderOneBaseURLTakeEachOthersTokens(t *testing.T) {
	t.Parallel()
	env := settings(t, emptyMySQL(t))
	a, b := named(t, env, "http://auth.example.org"), named(t, env, "http://auth.example.org")
	a.person().post("/auth/signup", credentials("ann@example.com", password)).want(http.StatusCreated)
	if of := b.jwks(); len(of) != 1 || !slices.Equal(of, a.jwks()) {
		t.Errorf("published keys = %v and %v, want the same one", a.jwks(), of)
	}
	ann := a.bearer("ann@example.com").at(b)
	ann.wantGood()
	next := ann.next().at(a)
	next.wantGood()
	next.signOut().want(http.StatusOK)
	next.at(b).wantRevoked()
}

func TestFiveServersThatStartAtOncePublishOneKey(t *testing.T) {
	t.Parallel()
	databaseURL := emptyMySQL(t)
	env := settings(t, databaseURL, append(oneName, "GATEHOUSE_DB_MAX_CONNS=4")...)
	var servers [5]*server
	for i := range servers {
		servers[i] = launch(t, t.TempDir(), env)
	}
	var keys []jwk
	for i, s := range servers {
		s.await()
		if published := s.jwks(); i == 0 {
			keys = published
		} else if !slices.Equal(published, keys) {
			t.Errorf("server %d publishes %v, want %v as server 0", i, published, keys)
		}
	}
	if rows := rowsOf(t, dbtest.OpenURL(t, databaseURL).DB, 1, "SELECT kid FROM signing_keys"); len(keys) != 1 || !slices.Equal(rows, []string{strconv.Quote(keys[0].Kid)}) {
		t.Fatalf("published keys = %v, rows %v, want the same one", keys, rows)
	}
	for i, s := range servers {
		email := fmt.Sprintf("user%d@example.com", i)
		s.person().post("/auth/signup", credentials(email, password)).want(http.StatusCreated)
		holder := s.bearer(email)
		for _, other := range servers {
			there := holder.at(other)
			there.wantGood()
			wantVerified(there)
			holder = there.next()
		}
		holder.signOut().want(http.StatusOK)
		for _, other := range servers {
			holder.at(other).wantRevoked()
		}
	}
}

// wantVerified wants all claims from a server, as they stand in the token.
func wantVerified(b *bearer) {
	b.t.Helper()
	var got struct{ Data token.Claims }
	r := b.post("/auth/verify", "token="+b.access).want(http.StatusOK)
	if err := json.Unmarshal([]byte(r.body), &got); err != nil || got.Data != claimsOf(b.t, b.access) {
		b.t.Errorf("claims = %+v, want %+v; %v", got.Data, claimsOf(b.t, b.access), err)
	}
}
