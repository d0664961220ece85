package tests

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"gatehouse/db"
	"gatehouse/db/dbtest"
)

const (
	consumedIssuer   = "https://auth.example.com"
	consumedAudience = "https://api.example.com"
)

// verifier is a program of docs/examples that verifies tokens by itself, ready to run.
type verifier struct {
	dir, name string
	args, env []string
	age       func(t *testing.T, d time.Duration) // makes the keys that it keeps older; nil where it has tests of its own
}

var verifiers = []struct {
	name    string
	prepare func(t *testing.T) verifier
}{
	{"jose", func(t *testing.T) verifier { return nodeVerifier(t, "verify-node/jose.mjs") }},
	{"jsonwebtoken", func(t *testing.T) verifier { return nodeVerifier(t, "verify-node/jsonwebtoken.mjs") }},
	{"go", func(t *testing.T) verifier {
		binary := filepath.Join(t.TempDir(), "verify")
		run(t, "../docs/examples/verify-go", "go", "build", "-o", binary, ".")
		return verifier{name: binary}
	}},
	{"php", func(t *testing.T) verifier {
		needPrograms(t, examplesVariable, "php")
		dir := copied(t, "../docs/examples/verify-php")
		return verifier{dir: dir, name: "php", args: []string{"verify.php"}, age: func(t *testing.T, d time.Duration) {
			kept := filepath.Join(dir, "jwks.json")
			info, err := os.Stat(kept)
			if err != nil {
				t.Fatal(err)
			}
			then := info.ModTime().Add(-d)
			if err := os.Chtimes(kept, then, then); err != nil {
				t.Fatal(err)
			}
		}}
	}},
}

// nodeVerifier has its packages in the versions that are locked in tests/consumers, and a clock of its own.
func nodeVerifier(t *testing.T, script string) verifier {
	t.Helper()
	dir := installed(t, consumerPackages)
	clock := filepath.Join(t.TempDir(), "clock")
	var ahead time.Duration
	set := func(t *testing.T, d time.Duration) {
		ahead += d
		writeFile(t, clock, strconv.FormatInt(ahead.Milliseconds(), 10))
	}
	set(t, 0)
	return verifier{
		dir: dir, name: "node", args: []string{"--import", "./clock.mjs", script}, env: []string{"CLOCK=" + clock}, age: set,
	}
}

func (v verifier) start(t *testing.T, gatehouse string) *dialogue {
	t.Helper()
	env := append([]string{"GATEHOUSE=" + gatehouse, "ISSUER=" + consumedIssuer, "AUDIENCE=" + consumedAudience}, v.env...)
	return converse(t, v.dir, env, v.name, v.args...)
}

// counted stands before Gatehouse and counts the questions that reach it. It can be pointed at another server.
type counted struct {
	*httptest.Server
	target    atomic.Pointer[url.URL]
	questions atomic.Int64
}

func countedBefore(t *testing.T, g *server) *counted {
	t.Helper()
	c := &counted{}
	c.pointAt(t, g)
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(c.target.Load()) }}
	c.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c.questions.Add(1)
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(c.Close)
	return c
}

func (c *counted) pointAt(t *testing.T, g *server) {
	t.Helper()
	target, err := url.Parse(g.url)
	if err != nil {
		t.Fatal(err)
	}
	c.target.Store(target)
}

func (c *counted) wantQuestions(t *testing.T, when string, want int64) {
	t.Helper()
	if got := c.questions.Load(); got != want {
		t.Errorf("%s: the keys were asked for %d times, want %d", when, got, want)
	}
}

// TestConsumersVerifyTokensByThemselves runs each verifier of docs/examples as it stands.
func TestConsumersVerifyTokensByThemselves(t *testing.T) {
	t.Parallel()
	for _, program := range verifiers {
		t.Run(program.name, func(t *testing.T) {
			t.Parallel()
			v := program.prepare(t)
			databaseURL := dbtest.EmptyURL(t, db.SQLite)
			env := settings(t, databaseURL, "GATEHOUSE_ISSUER="+consumedIssuer, "GATEHOUSE_AUDIENCE="+consumedAudience)
			g := inside(t, env)
			g.member("ann@example.com")
			access, refresh := tokensFor(t, g, "ann@example.com")
			front := countedBefore(t, g)

			v.start(t, "http://"+freeAddress(t)).wantStatus("without Gatehouse", access, http.StatusServiceUnavailable)
			early := v.start(t, front.URL)
			key := signingKeys(t, env, databaseURL)[0]
			for name, text := range forgeries(t, key, access, refresh) {
				early.wantStatus(name, text, http.StatusUnauthorized)
			}
			early.wantClaims("a token of the server", access)
			for name, text := range rareSignatures(t, key) {
				early.wantClaims(name, text)
			}
			front.wantQuestions(t, "within a minute", 1)

			if code, _, stderr := attempt(t, env, "keys", "rotate"); code != 0 {
				t.Fatalf("keys rotate: exit code %d: %s", code, stderr)
			}
			g.stop()
			front.pointAt(t, inside(t, env))
			keys := signingKeys(t, env, databaseURL)
			if kids := publishedKeys(t, front.URL); len(keys) != 2 || !slices.Equal(kids, []string{keys[0].id, keys[1].id}) {
				t.Fatalf("after keys rotate %v are published, want both of %v", kids, keys)
			}
			_ = os.Remove(filepath.Join(v.dir, "jwks.json")) // another machine has none
			late := v.start(t, front.URL)
			late.wantClaims("the key before", access)
			late.wantClaims("the next key", keys[1].sign(t, nil))
			early.wantClaims("a token from before", access)
		})
	}
}

// The Go one has a test of its own.
func TestVerifiersKeepTheKeysForFiveMinutes(t *testing.T) {
	t.Parallel()
	for _, program := range verifiers {
		if program.name == "go" {
			continue
		}
		t.Run(program.name, func(t *testing.T) {
			t.Parallel()
			v := program.prepare(t)
			databaseURL := dbtest.EmptyURL(t, db.SQLite)
			env := settings(t, databaseURL, "GATEHOUSE_ISSUER="+consumedIssuer, "GATEHOUSE_AUDIENCE="+consumedAudience)
			front := countedBefore(t, inside(t, env))
			key := signingKeys(t, env, databaseURL)[0]
			known, unknown := key.sign(t, nil), key.sign(t, func(header, _ map[string]any) { header["kid"] = "another" })
			d := v.start(t, front.URL)
			for _, step := range []struct {
				when          string
				later         time.Duration
				text          string
				wantStatus    int
				wantQuestions int64
			}{
				{"at first", 0, known, http.StatusOK, 1},
				{"an unknown key at once", 0, unknown, http.StatusUnauthorized, 1},
				{"an unknown key within a minute", 30 * time.Second, unknown, http.StatusUnauthorized, 1},
				{"within five minutes", 4 * time.Minute, known, http.StatusOK, 1},
				{"after five minutes", time.Minute, known, http.StatusOK, 2},
				{"an unknown key after a minute", 61 * time.Second, unknown, http.StatusUnauthorized, 3},
				{"an unknown key once more", 0, unknown, http.StatusUnauthorized, 3},
			} {
				if step.later > 0 {
					v.age(t, step.later)
				}
				d.wantStatus(step.when, step.text, step.wantStatus)
				front.wantQuestions(t, step.when, step.wantQuestions)
			}
		})
	}
}
