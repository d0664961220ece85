package commands_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"gatehouse/commands"
	"gatehouse/db"
	"gatehouse/db/dbtest"
)

// row is a line of `keys list`: nothing but what may be known.
var row = regexp.MustCompile(`^([\w-]{43})  +(waiting|signing|retired)  +\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC  +\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC$`)

// listed runs `keys list` and returns "state kid" of each key.
func listed(t *testing.T, env []string) (keys []string) {
	t.Helper()
	o := run(t, env, "keys", "list").want(0)
	lines := strings.Split(strings.TrimSuffix(o.stdout, "\n"), "\n")
	if !slices.Equal(strings.Fields(lines[0]), []string{"KID", "STATE", "MADE", "SIGNS", "FROM"}) || o.stderr != "" {
		t.Errorf("keys list printed %q and %q, want its columns and nothing on stderr", lines[0], o.stderr)
	}
	for _, line := range lines[1:] {
		m := row.FindStringSubmatch(line)
		if m == nil {
			t.Fatalf("not a row of a key: %q", line)
		}
		keys = append(keys, m[2]+" "+m[1])
	}
	return keys
}

// rotated runs `keys rotate` and returns the kid that it names after this text.
func rotated(t *testing.T, env []string, text string) string {
	t.Helper()
	o := run(t, env, "keys", "rotate").want(0)
	m := regexp.MustCompile(`^` + text + ` ([\w-]{43})\. .*[Ii]t signs from \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC\.\n$`).FindStringSubmatch(o.stdout)
	if m == nil || o.stderr != "" {
		t.Fatalf("keys rotate printed %q and %q, want %q", o.stdout, o.stderr, text)
	}
	return m[1]
}

// published is the body of /.well-known/jwks.json.
func published(t *testing.T, address string) string {
	t.Helper()
	res, err := http.Get("http://" + address + "/.well-known/jwks.json")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("published keys = %d %s, want 200; %v", res.StatusCode, text, err)
	}
	return string(text)
}

func TestKeysAreListedAndRotatedBesideAServer(t *testing.T) {
	eachEmpty(t, func(t *testing.T, databaseURL string) {
		s := newSite(t, databaseURL)
		address, stop := serve(t, s.env)
		signUp(t, address, "ann@example.com")
		first := listed(t, s.env)
		if len(first) != 1 || !strings.HasPrefix(first[0], "signing ") || !strings.Contains(published(t, address), first[0][len("signing "):]) {
			t.Fatalf("keys after the first start = %v, want the one that signs and is published", first)
		}
		next := rotated(t, s.env, "The next key is")
		want := []string{first[0], "waiting " + next}
		if got := listed(t, s.env); !slices.Equal(got, want) {
			t.Errorf("keys = %v, want %v", got, want)
		}
		if again := rotated(t, s.env, "A new key is waiting already:"); again != next {
			t.Errorf("rotated again = %s, want %s, which is waiting", again, next)
		}
		signUp(t, address, "ben@example.com")
		stop()

		if got := listed(t, s.env); !slices.Equal(got, want) {
			t.Errorf("keys without a server = %v, want %v", got, want)
		}
		address, stop = serve(t, s.env)
		defer stop()
		if text := published(t, address); !strings.Contains(text, next) || !strings.Contains(text, first[0][len("signing "):]) {
			t.Errorf("published keys = %s, want both of %v", text, want)
		}
		if got := listed(t, s.env); !slices.Equal(got, want) {
			t.Errorf("keys after a restart = %v, want %v", got, want)
		}
		var programs []string
		for line := range strings.Lines(run(t, s.env, "keys", "list", "--json").want(0).stdout) {
			var key struct{ Kid, State, Created, SignsFrom string }
			if err := json.Unmarshal([]byte(line), &key); err != nil || !aTime.MatchString(key.Created) || !aTime.MatchString(key.SignsFrom) {
				t.Errorf("%s is not what a program reads: %v", line, err)
			}
			programs = append(programs, key.State+" "+key.Kid)
		}
		if !slices.Equal(programs, want) {
			t.Errorf("keys for programs = %v, want %v", programs, want)
		}
	})
}

func TestOfSeveralRotationsAtOnceThereIsOneNextKey(t *testing.T) {
	eachEmpty(t, func(t *testing.T, databaseURL string) {
		s := newSite(t, databaseURL)
		_, stop := serve(t, s.env)
		defer stop()
		var wg sync.WaitGroup
		var printed [5]bytes.Buffer
		for i := range printed {
			wg.Go(func() {
				if code := commands.Run(t.Context(), []string{"keys", "rotate"}, s.env, nil, &printed[i], &printed[i]); code != 0 {
					t.Errorf("exit code of keys rotate = %d, want 0: %s", code, &printed[i])
				}
			})
		}
		wg.Wait()
		keys := listed(t, s.env)
		if len(keys) != 2 {
			t.Fatalf("keys = %v, want the first one and the next", keys)
		}
		for i := range printed {
			if next := strings.TrimPrefix(keys[1], "waiting "); !strings.Contains(printed[i].String(), next) {
				t.Errorf("keys rotate printed %q, want %s in it", printed[i].String(), next)
			}
		}
	})
}

func TestBeforeTheFirstStartThereAreNoKeys(t *testing.T) {
	eachEmpty(t, func(t *testing.T, databaseURL string) {
		s := newSite(t, databaseURL)
		run(t, s.env, "migrate", "up").want(0)
		for _, command := range []string{"list", "rotate"} {
			run(t, s.env, "keys", command).want(1, "there are no keys", "when it starts")
		}
		if n := stored(t, databaseURL); n != 0 {
			t.Errorf("%d keys were made, want none", n)
		}
		// Nor has the database been tied to the secret.
		_, stop := serve(t, newSite(t, databaseURL).env)
		stop()
	})
}

// A database that lost its check value, as one that was restored in part, does not take the next best secret for its own.
func TestKeysKeepAForeignSecretOut(t *testing.T) {
	eachEmpty(t, func(t *testing.T, databaseURL string) {
		right, foreign := newSite(t, databaseURL), newSite(t, databaseURL)
		_, stop := serve(t, right.env)
		stop()
		execute(t, databaseURL, "DELETE FROM gatehouse_meta")
		run(t, foreign.env).want(1, "a signing key cannot be read with this secret")
		run(t, foreign.env, "keys", "rotate").want(1, "a signing key cannot be read with this secret")
		if strings.HasPrefix(databaseURL, "sqlite:") {
			dir := t.TempDir()
			run(t, []string{"GATEHOUSE_DATABASE_URL=" + databaseURL, "GATEHOUSE_DATA_DIR=" + dir, "GATEHOUSE_LISTEN=127.0.0.1:0"}).
				want(1, "a secret that is no longer at")
			wantEmpty(t, dir)
		}
		_, stop = serve(t, right.env)
		stop()
	})
}

func stored(t *testing.T, databaseURL string) int {
	t.Helper()
	return count(t, databaseURL, "SELECT COUNT(*) FROM signing_keys")
}

func count(t *testing.T, databaseURL, query string) (n int) {
	t.Helper()
	conn := dbtest.OpenURL(t, databaseURL)
	defer conn.Close()
	if err := conn.QueryRow(context.Background(), func(r db.Row) error { return r.Scan(&n) }, query); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestKeysCommandsMakeNoDatabase(t *testing.T) {
	dir := t.TempDir()
	for _, command := range []string{"list", "rotate"} {
		run(t, []string{"GATEHOUSE_DATA_DIR=" + dir}, "keys", command).want(1, "there is no database", filepath.Join(dir, "gatehouse.db"))
	}
	wantEmpty(t, dir)
	eachEmpty(t, func(t *testing.T, databaseURL string) {
		if strings.HasPrefix(databaseURL, "sqlite:") {
			return // see above
		}
		s := newSite(t, databaseURL)
		for _, command := range []string{"list", "rotate"} {
			run(t, s.env, "keys", command).want(1, "15 migrations are pending", "gatehouse migrate up")
		}
		if got := tables(t, databaseURL); len(got) != 0 {
			t.Errorf("tables = %v, want none", got)
		}
	})
}

func TestKeysCommandsWantTheTablesUpToDate(t *testing.T) {
	eachEmpty(t, func(t *testing.T, databaseURL string) {
		s := newSite(t, databaseURL)
		run(t, s.env, "migrate", "up").want(0)
		execute(t, databaseURL, "DROP TABLE blacklist", "DELETE FROM gatehouse_migrations WHERE version_id = 7")
		for _, command := range []string{"list", "rotate"} {
			run(t, s.env, "keys", command).want(1, "1 migration is pending", "gatehouse migrate up")
		}
		if n := stored(t, databaseURL); n != 0 {
			t.Errorf("%d keys were made, want none", n)
		}
	})
}

func TestKeysCommandsRefuseAForeignSecret(t *testing.T) {
	eachEmpty(t, func(t *testing.T, databaseURL string) {
		right, foreign := newSite(t, databaseURL), newSite(t, databaseURL)
		_, stop := serve(t, right.env)
		stop()
		before := listed(t, right.env)
		for _, command := range []string{"list", "rotate"} {
			o := run(t, foreign.env, "keys", command).want(1, "does not belong to this database", "--secret-file")
			if o.stdout != "" {
				t.Errorf("keys %s printed %q, want nothing", command, o.stdout)
			}
		}
		// A check value that was put over, as by a restored table, does not open the keys either, and none is made over them.
		execute(t, databaseURL, "DELETE FROM gatehouse_meta WHERE name = 'secret_check'")
		for _, command := range []string{"keys list", "keys rotate", "serve"} {
			run(t, foreign.env, strings.Fields(command)...).want(1, "a signing key cannot be read with this secret", "--secret-file")
		}
		if n := stored(t, databaseURL); n != len(before) {
			t.Errorf("%d keys are stored, want %d", n, len(before))
		}
	})
}

func TestWithASharedSecretThereAreNoKeysToShow(t *testing.T) {
	eachEmpty(t, func(t *testing.T, databaseURL string) {
		s := newSite(t, databaseURL)
		file := filepath.Join(t.TempDir(), "shared")
		run(t, nil, "secrets", "new", file).want(0)
		env := s.with("GATEHOUSE_JWT_ALGORITHM=HS256", "GATEHOUSE_JWT_SECRET_FILE="+file)
		_, stop := serve(t, env)
		stop()
		for _, command := range []string{"list", "rotate"} {
			o := run(t, env, "keys", command).want(1, "HS256", "--jwt-secret", "restart all servers")
			if o.stdout != "" || strings.Contains(o.stderr, strings.TrimSpace(read(t, file))) {
				t.Errorf("keys %s printed %q and %q", command, o.stdout, o.stderr)
			}
		}
	})
}

func TestWeakTokenSecretIsRefused(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(t.TempDir(), "weak")
	own := strings.TrimSpace(run(t, nil, "secrets", "new", "-").want(0).stdout)
	hs256 := func(more ...string) []string {
		return append([]string{"GATEHOUSE_DATA_DIR=" + dir, "GATEHOUSE_LISTEN=127.0.0.1:0", "GATEHOUSE_SECRET=" + own, "GATEHOUSE_JWT_ALGORITHM=HS256"}, more...)
	}
	for weak, reason := range map[string]string{
		"short-9XQ":                                   "fewer than 32 bytes",
		strings.Repeat("abcd", 16):                    "can be guessed",
		strings.Repeat("9XQ!", 16):                    "can be guessed",
		"your-256-bit-secret-9XQ-your-256-bit-secret": "can be guessed",
		own: "the server's own secret",
	} {
		if err := os.WriteFile(file, []byte(weak+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		for _, command := range []string{"serve", "keys list", "keys rotate"} {
			for _, env := range [][]string{hs256("GATEHOUSE_JWT_SECRET=" + weak), hs256("GATEHOUSE_JWT_SECRET_FILE=" + file)} {
				if o := run(t, env, strings.Fields(command)...).want(2, "--jwt-secret", reason); strings.Contains(o.stdout+o.stderr, weak) {
					t.Errorf("the secret was printed: %s", o.stderr)
				}
			}
		}
	}
	run(t, hs256()).want(2, "--jwt-secret: HS256 needs one", "gatehouse secrets new FILE")
	run(t, hs256("GATEHOUSE_JWT_SECRET_FILE="+filepath.Join(dir, "nothing"))).want(2, "--jwt-secret-file: cannot read")
	run(t, hs256("GATEHOUSE_JWT_ALGORITHM=none")).want(2, "--jwt-algorithm: ")
	wantEmpty(t, dir)
}
