package tests

import (
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"gatehouse/db"
	"gatehouse/db/dbtest"
)

// TestFrozenDatabaseNeverSignsAnybodyOut runs the test below in a process of its own, with a database server of its own:
// freezing the one that the other tests use would disturb them.
func TestFrozenDatabaseNeverSignsAnybodyOut(t *testing.T) {
	t.Parallel()
	needMySQLWhereAsked(t)
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestWithFrozenDatabase$", "-test.v", "-test.timeout=2m")
	cmd.Env = append(os.Environ(), "GATEHOUSE_TEST_MYSQL=", "GATEHOUSE_TEST_FREEZE=1")
	out, err := cmd.CombinedOutput()
	switch {
	case err != nil:
		t.Fatalf("%v\n%s", err, out)
	case strings.Contains(string(out), "--- SKIP"):
		t.Skip("MySQL not installed, or it cannot be frozen here")
	case !strings.Contains(string(out), "--- PASS: TestWithFrozenDatabase"):
		t.Fatalf("the test did not run:\n%s", out)
	}
	t.Logf("%s", out)
}

// TestWithFrozenDatabase stops MariaDB for ten seconds, as a stopped virtual machine does: it accepts connections and
// never answers.
func TestWithFrozenDatabase(t *testing.T) {
	if os.Getenv("GATEHOUSE_TEST_FREEZE") == "" {
		return // see above
	}
	const frozenFor, answerWithin, backWithin = 10 * time.Second, 5 * time.Second, 10 * time.Second
	mysql := dbtest.Server(t)
	s := inside(t, settings(t, dbtest.EmptyURL(t, db.MySQL), "GATEHOUSE_DB_TIMEOUT=3s"))
	ann := s.member("ann@example.com")
	ann.me().want(http.StatusOK)
	cookie := ann.cookie()
	holder := s.bearer("ann@example.com")
	holder.wantGood()
	bearer, refresh := []string{"Authorization", "Bearer " + holder.access}, []string{"authorization_refresh", holder.refresh}

	mysql.Freeze(t)
	thaw := sync.OnceFunc(func() { mysql.Thaw(t) })
	t.Cleanup(thaw)
	frozen := time.Now()
	var wg sync.WaitGroup
	var mu sync.Mutex
	slowest, asked := map[string]time.Duration{}, map[string]int{}
	requests := []struct {
		name, method, path, body string
		headers                  []string
		status                   int
		within                   time.Duration
	}{
		{"me", "GET", "/api/users/me", "", nil, http.StatusServiceUnavailable, answerWithin},
		{"login", "POST", "/api/users/login", credentials("ann@example.com", password), nil, http.StatusServiceUnavailable, answerWithin},
		{"signup", "POST", "/api/users/signup", credentials("ben@example.com", password), nil, http.StatusServiceUnavailable, answerWithin},
		{"logout", "POST", "/api/users/logout", "", nil, http.StatusServiceUnavailable, answerWithin},
		{"forward", "GET", "/api/auth/forward", "", nil, http.StatusServiceUnavailable, answerWithin},
		{"me by token", "GET", "/api/users/me", "", bearer, http.StatusServiceUnavailable, answerWithin},
		{"forward by token", "GET", "/api/auth/forward", "", bearer, http.StatusServiceUnavailable, answerWithin},
		{"page by token", "GET", "/auth/page", "", bearer, http.StatusServiceUnavailable, answerWithin},
		{"verify", "POST", "/auth/verify", "token=" + holder.access, nil, http.StatusServiceUnavailable, answerWithin},
		{"refresh", "POST", "/auth/refresh", "", refresh, http.StatusServiceUnavailable, answerWithin},
		{"logout by token", "POST", "/auth/logout", "", slices.Concat(bearer, refresh), http.StatusServiceUnavailable, answerWithin},
		{"login for tokens", "POST", "/auth/login", credentials("ann@example.com", password), nil, http.StatusServiceUnavailable, answerWithin},
		{"readyz", "GET", "/readyz", "", nil, http.StatusServiceUnavailable, answerWithin},
		{"healthz", "GET", "/healthz", "", nil, http.StatusOK, time.Second},
		{"forged token", "GET", "/api/users/me", "", []string{"Authorization", "Bearer forged"}, http.StatusUnauthorized, time.Second},
	}
	for _, request := range requests {
		wg.Go(func() {
			p := s.holder(cookie)
			for time.Since(frozen) < frozenFor-answerWithin { // so that all is answered before the thaw
				r, err := p.try(request.method, request.path, request.body, request.headers...)
				if err != nil {
					t.Errorf("%s: %v", request.name, err)
					return
				}
				if r.status != request.status || r.took > request.within {
					t.Errorf("%s = %d after %v, want %d within %v: %s", request.name, r.status, r.took, request.status, request.within, r.body)
				}
				if r.header.Get("Set-Cookie") != "" {
					t.Errorf("%s set a cookie", request.name)
				}
				if after, err := strconv.Atoi(r.header.Get("Retry-After")); request.status == http.StatusServiceUnavailable && (err != nil || after < 1) {
					t.Errorf("%s: Retry-After = %q, want seconds", request.name, r.header.Get("Retry-After"))
				}
				mu.Lock()
				asked[request.name]++
				slowest[request.name] = max(slowest[request.name], r.took.Round(time.Millisecond))
				mu.Unlock()
				<-time.After(20 * time.Millisecond)
			}
		})
	}
	wg.Wait()
	<-time.After(time.Until(frozen.Add(frozenFor)))
	thaw()
	thawed := time.Now()
	for name, n := range asked {
		t.Logf("%s: asked %d times, slowest answer %v", name, n, slowest[name])
	}
	if len(asked) != len(requests) {
		t.Errorf("not everything was asked: %v", asked)
	}

	for _, path := range []string{"/api/users/me", "/readyz"} {
		until(t, path+" works again", func() bool {
			r := ann.get(path)
			if r.status != http.StatusOK && r.status != http.StatusServiceUnavailable {
				t.Fatalf("%s after the thaw = %d: %s", path, r.status, r.body)
			}
			return r.status == http.StatusOK
		})
	}
	if ann.cookie() != cookie {
		t.Error("the cookie changed")
	}
	holder.wantGood()
	next := holder.next()
	next.wantGood()
	next.signOut().want(http.StatusOK)
	next.wantRevoked()
	s.person().login("ann@example.com").want(http.StatusOK)
	s.member("cat@example.com")
	ann.logout().want(http.StatusOK)
	s.holder(cookie).me().want(http.StatusUnauthorized)
	if took := time.Since(thawed); took > backWithin {
		t.Errorf("full service came back after %v, want within %v", took, backWithin)
	} else {
		t.Logf("full service %v after the thaw", took.Round(time.Millisecond))
	}
}
