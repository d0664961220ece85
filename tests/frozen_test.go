package tests

import (
	"net/http"
	"os"
	"os/exec"
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

	mysql.Freeze(t)
	thaw := sync.OnceFunc(func() { mysql.Thaw(t) })
	t.Cleanup(thaw)
	frozen := time.Now()
	var wg sync.WaitGroup
	var mu sync.Mutex
	slowest, asked := map[string]time.Duration{}, map[string]int{}
	for _, request := range []struct {
		method, path, body string
		status             int
		within             time.Duration
	}{
		{"GET", "/api/users/me", "", http.StatusServiceUnavailable, answerWithin},
		{"POST", "/api/users/login", credentials("ann@example.com", password), http.StatusServiceUnavailable, answerWithin},
		{"POST", "/api/users/signup", credentials("ben@example.com", password), http.StatusServiceUnavailable, answerWithin},
		{"POST", "/api/users/logout", "", http.StatusServiceUnavailable, answerWithin},
		{"GET", "/api/auth/forward", "", http.StatusServiceUnavailable, answerWithin},
		{"GET", "/readyz", "", http.StatusServiceUnavailable, answerWithin},
		{"GET", "/healthz", "", http.StatusOK, time.Second},
	} {
		wg.Go(func() {
			p := s.holder(cookie)
			for time.Since(frozen) < frozenFor-answerWithin { // so that all is answered before the thaw
				r, err := p.try(request.method, request.path, request.body)
				if err != nil {
					t.Errorf("%s: %v", request.path, err)
					return
				}
				if r.status != request.status || r.took > request.within {
					t.Errorf("%s = %d after %v, want %d within %v: %s", request.path, r.status, r.took, request.status, request.within, r.body)
				}
				if r.header.Get("Set-Cookie") != "" {
					t.Errorf("%s set a cookie", request.path)
				}
				if after, err := strconv.Atoi(r.header.Get("Retry-After")); request.status == http.StatusServiceUnavailable && (err != nil || after < 1) {
					t.Errorf("%s: Retry-After = %q, want seconds", request.path, r.header.Get("Retry-After"))
				}
				mu.Lock()
				asked[request.path]++
				slowest[request.path] = max(slowest[request.path], r.took.Round(time.Millisecond))
				mu.Unlock()
				<-time.After(20 * time.Millisecond)
			}
		})
	}
	wg.Wait()
	<-time.After(time.Until(frozen.Add(frozenFor)))
	thaw()
	thawed := time.Now()
	for path, n := range asked {
		t.Logf("%s: asked %d times, slowest answer %v", path, n, slowest[path])
	}
	if len(asked) != 7 {
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
