package tests

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"golang.org/x/crypto/bcrypt"

	"gatehouse/db"
	"gatehouse/db/dbtest"
)

// newcomers are lines of a file: all have the same password, every tenth as plain text.
func newcomers(t *testing.T, n int, withIDs bool) []string {
	t.Helper()
	hash, err := bcrypt.GenerateFromPassword([]byte(password), 4)
	if err != nil {
		t.Fatal(err)
	}
	lines := make([]string, n)
	for i := range lines {
		id, secret := "", string(hash)
		if withIDs {
			id = fmt.Sprintf(`"id":%d,`, 10*i+10)
		}
		if i%10 == 0 {
			secret = password
		}
		lines[i] = fmt.Sprintf(`{%s"email":"newcomer%d@example.com","password":%q}`+"\n", id, i, secret)
	}
	return lines
}

func usersIn(t *testing.T, conn *db.DB, where string) (n int) {
	t.Helper()
	err := conn.QueryRow(context.Background(), func(r db.Row) error { return r.Scan(&n) }, "SELECT COUNT(*) FROM users WHERE "+where)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestAKilledImportGoesOnWhenItIsRunAgain kills imports in the middle of their work; each time the file goes on to be written.
func TestAKilledImportGoesOnWhenItIsRunAgain(t *testing.T) {
	each(t, func(t *testing.T, databaseURL string) {
		const people, kills = 2000, 5
		env := settings(t, databaseURL, "GATEHOUSE_LOG_LEVEL=warn")
		if code, _, stderr := attempt(t, env, "migrate", "up"); code != 0 {
			t.Fatal(stderr)
		}
		conn := dbtest.OpenURL(t, databaseURL).DB
		lines := newcomers(t, people, true)
		dir := t.TempDir()
		stored := 0
		for kill := range kills {
			pipe := filepath.Join(dir, fmt.Sprintf("pipe%d.jsonl", kill))
			if err := syscall.Mkfifo(pipe, 0o600); err != nil {
				t.Fatal(err)
			}
			in, err := os.OpenFile(pipe, os.O_RDWR, 0) // opened for both, so that it waits for nobody
			if err != nil {
				t.Fatal(err)
			}
			s := launch(t, dir, env, "users", "import", "--plaintext", pipe)
			enough := (kill + 1) * people / (kills + 2)
			written := make(chan struct{})
			go func() { // never the end of the file, which would let the import end
				defer close(written)
				_, _ = in.WriteString(strings.Join(lines[:enough+100], ""))
			}()
			killAt := enough - rand.IntN(100)
			until(t, "users are stored", func() bool { return usersIn(t, conn, "1 = 1") >= killAt })
			s.kill()
			_ = in.Close()
			<-written
			before := stored
			if stored = usersIn(t, conn, "1 = 1"); stored >= people || stored <= before {
				t.Fatalf("%d users are stored at kill %d after %d before, want some more and not all of %d", stored, kill, before, people)
			}
		}

		whole := filepath.Join(dir, "users.jsonl")
		if err := os.WriteFile(whole, []byte(strings.Join(lines, "")), 0o600); err != nil {
			t.Fatal(err)
		}
		code, stdout, stderr := attempt(t, env, "users", "import", "--plaintext", whole)
		if want := []string{"read", fmt.Sprint(people), "added", fmt.Sprint(people - stored), "already", "there", fmt.Sprint(stored), "bad", "0"}; code != 0 || !slices.Equal(strings.Fields(stdout)[:len(want)], want) {
			t.Fatalf("the last import ends with %d and prints\n%s%s, want %v", code, stdout, stderr, want)
		}
		for where, want := range map[string]int{
			"1 = 1": people, "email = gh_email_key AND gh_revision = 1": people, "password LIKE '$2_$04$%'": people, "id % 10 = 0 AND id BETWEEN 10 AND 20000": people,
		} {
			if got := usersIn(t, conn, where); got != want {
				t.Errorf("%d users with %s, want %d", got, where, want)
			}
		}
		s := inside(t, env)
		for range 20 {
			s.person().login(fmt.Sprintf("newcomer%d@example.com", rand.IntN(people))).want(http.StatusOK)
		}
		s.person().login("newcomer0@example.com").want(http.StatusOK) // who came with a plain text
	})
}

// People sign up and in while an import writes to the same table, and none of them is refused.
func TestAnImportBesideAServerRefusesNobody(t *testing.T) {
	each(t, func(t *testing.T, databaseURL string) {
		env := settings(t, databaseURL, "GATEHOUSE_LOG_LEVEL=warn")
		s := inside(t, env)
		file := filepath.Join(t.TempDir(), "users.jsonl")
		if err := os.WriteFile(file, []byte(strings.Join(newcomers(t, 600, false), "")), 0o600); err != nil {
			t.Fatal(err)
		}
		var over atomic.Bool
		var acts atomic.Int64
		var wg sync.WaitGroup
		again := func(p *person, path string, status int, email func(i int) string) {
			wg.Go(func() {
				for i := 0; !over.Load(); i++ {
					r, err := p.try(http.MethodPost, path, credentials(email(i), password))
					if err != nil || r.status != status {
						t.Errorf("%s during an import = %d, %v, want %d", path, r.status, err, status)
						return
					}
					acts.Add(1)
				}
			})
		}
		for _, email := range []string{"ann@example.com", "ben@example.com"} {
			again(s.member(email), "/api/users/login", http.StatusOK, func(int) string { return email })
		}
		again(s.person(), "/api/users/signup", http.StatusCreated, func(i int) string { return fmt.Sprintf("visitor%d@example.com", i) })
		until(t, "traffic", func() bool { return acts.Load() > 10 })
		before := acts.Load()
		code, stdout, stderr := attempt(t, env, "users", "import", "--plaintext", file)
		during := acts.Load() - before
		over.Store(true)
		wg.Wait()
		if code != 0 {
			t.Errorf("the import ends with %d: %s%s", code, stdout, stderr)
		}
		t.Logf("%d acts during the import", during)
		if during < 10 {
			t.Errorf("%d acts during the import, want more", during)
		}
	})
}

func TestAKilledExportLeavesNoFileOfThatName(t *testing.T) {
	each(t, func(t *testing.T, databaseURL string) {
		const people = 20_000
		env := settings(t, databaseURL, "GATEHOUSE_LOG_LEVEL=warn")
		if code, _, stderr := attempt(t, env, "migrate", "up"); code != 0 {
			t.Fatal(stderr)
		}
		conn := dbtest.OpenURL(t, databaseURL).DB
		values := make([]string, people)
		for i := range values {
			values[i] = fmt.Sprintf("('newcomer%d@example.com', '', 'user')", i)
		}
		for some := range slices.Chunk(values, 1000) {
			execute(t, conn, "INSERT INTO users (email, password, role) VALUES "+strings.Join(some, ", "))
		}
		dir := t.TempDir()
		file := filepath.Join(dir, "users.jsonl")
		caught := false
		for range 10 { // one that was too fast to be killed proves nothing
			s := launch(t, dir, env, "users", "export", file)
			until(t, "the export has begun", func() bool {
				half, _ := filepath.Glob(filepath.Join(dir, ".gatehouse-*"))
				select {
				case <-s.ended:
					return true
				default:
					return len(half) > 0
				}
			})
			s.kill()
			text, err := os.ReadFile(file)
			if caught = os.IsNotExist(err); caught {
				break
			}
			if got := strings.Count(string(text), "\n"); err != nil || got != people {
				t.Fatalf("the file holds %d lines, %v, want %d or no file", got, err, people)
			}
			_ = os.Remove(file)
		}
		if !caught {
			t.Error("no export was killed in the middle")
		}
		if code, _, stderr := attempt(t, env, "users", "export", file); code != 0 {
			t.Errorf("exit code of the export after that = %d, want 0: %s", code, stderr)
		}
		if text, err := os.ReadFile(file); err != nil || strings.Count(string(text), "\n") != people {
			t.Errorf("the file holds %d lines, %v, want %d", strings.Count(string(text), "\n"), err, people)
		}
	})
}
