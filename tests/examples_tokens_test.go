package tests

import (
	"bufio"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"gatehouse/db"
	"gatehouse/db/dbtest"
)

// dialogue is a program that answers each line with a line, until the test ends.
type dialogue struct {
	t       *testing.T
	in      io.Writer
	answers chan string // closed when the program has ended
	errors  *printed
}

func converse(t *testing.T, dir string, env []string, name string, args ...string) *dialogue {
	t.Helper()
	d := &dialogue{t: t, answers: make(chan string), errors: &printed{}}
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir, cmd.Env, cmd.Stderr = dir, append(os.Environ(), env...), d.errors
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(d.answers)
		for lines := bufio.NewScanner(out); lines.Scan(); {
			d.answers <- lines.Text()
		}
	}()
	t.Cleanup(func() {
		_ = in.Close()
		for range d.answers { // until it has ended
		}
		_ = cmd.Wait()
	})
	d.in = in
	return d
}

func (d *dialogue) ask(line string) string {
	d.t.Helper()
	if _, err := io.WriteString(d.in, line+"\n"); err != nil {
		d.t.Fatalf("%v; it printed %s", err, d.errors)
	}
	select {
	case answer, ok := <-d.answers:
		if !ok {
			d.t.Fatalf("it ended and printed %s", d.errors)
		}
		return answer
	case <-time.After(time.Minute):
		d.t.Fatalf("no answer in a minute; it printed %s", d.errors)
	}
	return ""
}

// wantStatus asks a verifier about a token.
func (d *dialogue) wantStatus(name, token string, want int) string {
	d.t.Helper()
	status, rest, _ := strings.Cut(d.ask(token), " ")
	if status != strconv.Itoa(want) {
		d.t.Errorf("%s: answer = %s %s, want %d", name, status, rest, want)
	}
	return rest
}

func (d *dialogue) wantClaims(name, token string) {
	d.t.Helper()
	var claims struct{ Sub, Sid string }
	text := d.wantStatus(name, token, http.StatusOK)
	if err := json.Unmarshal([]byte(text), &claims); err != nil || claims.Sub != "1" || claims.Sid == "" {
		d.t.Errorf("%s: claims = %s, want sub 1 and a sid (%v)", name, text, err)
	}
}

// tired stands before Gatehouse. It says of tokens that they have expired when a test wants them to, counts the
// refreshes, and has them go wrong.
type tired struct {
	proxy http.Handler

	mu        sync.Mutex
	current   string   // the Authorization that came last
	expired   []string // and those that are refused
	gather    int      // so many requests that are to be refused are waited for
	late      int      // of these are answered later than the rest
	gathered  chan struct{}
	renewed   chan struct{} // closed by the first request with a token that is not refused
	refreshes int
	faults    []string // "lost": done, and not answered; "away": a 503
}

func tiredBefore(t *testing.T, g *server) (*tired, string) {
	t.Helper()
	target, err := url.Parse(g.url)
	if err != nil {
		t.Fatal(err)
	}
	p := &tired{proxy: httputil.NewSingleHostReverseProxy(target)}
	front := httptest.NewServer(p)
	t.Cleanup(front.Close)
	return p, front.URL
}

// expire refuses the latest token from now on, once so many requests with it have come. Of many, some learn of it only
// after a new token has been in use. The next refreshes have these faults.
func (p *tired) expire(requests int, faults ...string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.expired, p.faults = append(p.expired, p.current), faults
	p.gather, p.late, p.gathered, p.renewed = requests, requests/3, make(chan struct{}), make(chan struct{})
}

func (p *tired) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.URL.Path == "/auth/refresh":
		p.refresh(w, r)
	case !strings.HasPrefix(r.URL.Path, "/auth/") && p.refuses(r):
		if r.URL.Path == "/guarded" { // as nginx does for an app that it guards
			w.Header().Set("WWW-Authenticate", `Bearer error="invalid_token"`)
			http.Error(w, "<html>401</html>", http.StatusUnauthorized)
			return
		}
		w.WriteHeader(http.StatusUnauthorized)
		_, _ = io.WriteString(w, `{"error":true,"code":"token_expired"}`)
	default:
		p.proxy.ServeHTTP(w, r)
	}
}

func (p *tired) refuses(r *http.Request) bool {
	p.mu.Lock()
	p.current = r.Header.Get("Authorization")
	refused := slices.Contains(p.expired, p.current)
	if !refused && p.renewed != nil {
		close(p.renewed)
		p.renewed = nil
	}
	wait := []chan struct{}{p.gathered}
	if refused {
		if p.gather--; p.gather == 0 {
			close(p.gathered)
		}
		if p.late--; p.late >= 0 {
			wait = append(wait, p.renewed)
		}
	}
	p.mu.Unlock()
	for _, happened := range wait {
		if refused && happened != nil {
			select {
			case <-happened:
			case <-r.Context().Done():
			}
		}
	}
	return refused
}

func (p *tired) refresh(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	p.refreshes++
	fault := ""
	if len(p.faults) > 0 {
		fault, p.faults = p.faults[0], p.faults[1:]
	}
	p.mu.Unlock()
	switch fault {
	case "lost":
		p.proxy.ServeHTTP(httptest.NewRecorder(), r)
		panic(http.ErrAbortHandler)
	case "away":
		http.Error(w, "away", http.StatusServiceUnavailable)
	default:
		p.proxy.ServeHTTP(w, r)
	}
}

func TestTheClientOfTokensRefreshesOnceForAllRequests(t *testing.T) {
	t.Parallel()
	needPrograms(t, examplesVariable, "node")
	file, err := filepath.Abs("../docs/examples/tokens/client.mjs")
	if err != nil {
		t.Fatal(err)
	}
	g := inside(t, settings(t, dbtest.EmptyURL(t, db.SQLite)))
	ann := g.member("ann@example.com")
	front, address := tiredBefore(t, g)
	d := converse(t, "consumers", nil, "node", "client.mjs", (&url.URL{Scheme: "file", Path: file}).String(), address)
	step := func(name, act string, wantRefreshes int, want ...string) {
		t.Helper()
		var got []string
		if answer := d.ask(act); json.Unmarshal([]byte(answer), &got) != nil || !slices.Equal(got, want) {
			t.Errorf("%s: answers = %s, want %q", name, answer, want)
		}
		front.mu.Lock()
		defer front.mu.Unlock()
		if front.refreshes != wantRefreshes {
			t.Errorf("%s: %d refreshes so far, want %d", name, front.refreshes, wantRefreshes)
		}
	}
	const (
		login = `["login","ann@example.com","` + password + `"]`
		me    = `["fetch",1,"/api/users/me"]`
		ten   = `["fetch",10,"/api/users/me"]`
		write = `["fetch",1,"/api/users/me",{"method":"PATCH","body":"{\"name\":\"Zoë\"}","headers":{"content-type":"application/json"}}]`
	)

	step("not signed in", me, 0, "401 not_signed_in")
	step("wrong password", `["login","ann@example.com","wrong password"]`, 0, "401 invalid_credentials")
	step("login", login, 0, "200")
	step("ten requests", ten, 0, slices.Repeat([]string{"200"}, 10)...)
	front.expire(10)
	step("ten requests with an expired token", ten, 1, slices.Repeat([]string{"200"}, 10)...)
	front.expire(1)
	step("a request with a body", write, 2, "200")
	if body := ann.me().want(http.StatusOK).body; !strings.Contains(body, `"name":"Zoë"`) {
		t.Errorf("the request that was sent again changed nothing: %s", body)
	}

	front.expire(1, "lost")
	step("an answer to a refresh is lost", me, 4, "200")
	front.expire(2, "away")
	step("Gatehouse is away", `["fetch",2,"/api/users/me"]`, 5, slices.Repeat([]string{"Error: no new token: status 503"}, 2)...)
	step("Gatehouse is back", me, 6, "200")
	front.expire(1)
	step("as a proxy says it", `["fetch",1,"/guarded"]`, 7, "404 not_found")

	front.expire(1)
	ann.post("/api/users/logout", "scope=global").want(http.StatusOK)
	step("signed out elsewhere", me, 8, "401 token_expired")
	step("signed out", me, 8, "401 not_signed_in")
	step("login again", login, 8, "200")
	ann.login("ann@example.com").want(http.StatusOK)
	ann.post("/api/users/logout", "scope=global").want(http.StatusOK)
	step("signed out elsewhere while the token lasts", me, 8, "401 token_revoked")

	step("login once more", login, 8, "200")
	step("a request", me, 8, "200")
	front.mu.Lock()
	stolen := front.current
	front.mu.Unlock()
	g.person().get("/api/users/me", "Authorization", stolen).want(http.StatusOK)
	step("a request to somebody else", `["fetch",1,"http://localhost:1/"]`, 8, "TypeError: http://localhost:1 gets no token")
	step("logout", `["logout"]`, 8, "200")
	g.person().get("/api/users/me", "Authorization", stolen).want(http.StatusUnauthorized, "token_revoked")
	step("after logout", me, 8, "401 not_signed_in")
}
