package tests

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"gatehouse/db/dbtest"
)

func TestARestartForgetsNoWrongPassword(t *testing.T) {
	each(t, func(t *testing.T, databaseURL string) {
		env := settings(t, databaseURL, limited()...)
		s := process(t, t.TempDir(), env)
		s.member("ann@example.com")
		s.member("ben@example.com")
		s.person().guesses("ann@example.com", 5)
		s.person().guesses("nobody@example.com", 5)
		s.person().guesses("ben@example.com", 4)

		s.kill()
		s = process(t, t.TempDir(), env)
		for _, email := range []string{"ann@example.com", "nobody@example.com"} {
			s.person().login(email).wantThrottled()
			s.person().guess(email).wantThrottled()
		}
		s.person().guess("ben@example.com").want(http.StatusUnauthorized)
		s.person().login("ben@example.com").wantThrottled()

		s.stop()
		s = process(t, t.TempDir(), env)
		s.person().login("ann@example.com").wantThrottled()
		s.person().login("ben@example.com").wantThrottled()
	})
}

// TestAKilledServerLosesNoGuess kills one that has taken five guesses and computes their hashes. They are under way until
// the lease of half a minute is over, and failures from then on.
func TestAKilledServerLosesNoGuess(t *testing.T) {
	each(t, func(t *testing.T, databaseURL string) {
		env := settings(t, databaseURL, limited("GATEHOUSE_ACCOUNT_WAIT=0s", "GATEHOUSE_HASH_WORKERS=1")...)
		conn := dbtest.OpenURL(t, databaseURL).DB
		const ticket = "1234567."
		taken := func() []string {
			return rowsOf(t, conn, 1, "SELECT bucket FROM gatehouse_attempts WHERE failures * ? + LENGTH(running) = ?", len(ticket), 5*len(ticket))
		}
		s := process(t, t.TempDir(), append(env, "GATEHOUSE_BCRYPT_COST=13"))
		var guesses sync.WaitGroup
		for range 5 {
			guesses.Go(func() {
				_, _ = s.person().try(http.MethodPost, "/api/users/login", credentials("ann@example.com", wrongPassword))
			})
		}
		until(t, "five guesses", func() bool { return len(taken()) == 2 })
		s.kill()
		guesses.Wait()

		s = process(t, t.TempDir(), env)
		if n := len(rowsOf(t, conn, 1, "SELECT bucket FROM gatehouse_attempts WHERE running <> ''")); n != 2 {
			t.Fatalf("guesses are under way in %d counters, want the account's and the network's", n)
		}
		if r := s.person().guess("ann@example.com"); r.status != http.StatusServiceUnavailable && r.status != http.StatusTooManyRequests {
			t.Errorf("a sixth guess = %d, want 503 or 429", r.status)
		}
		s.person().guess("ben@example.com").want(http.StatusUnauthorized)
		execute(t, conn, "UPDATE gatehouse_attempts SET lease = lease - 30000") // half a minute passes
		s.person().guess("ann@example.com").wantThrottled()
		if strings.Contains(s.stderr.String(), `"level":"ERROR"`) {
			t.Error("a visitor who is refused makes the log cry for the operator")
		}
	})
}

func TestServersCountWrongPasswordsTogether(t *testing.T) {
	each(t, func(t *testing.T, databaseURL string) {
		a, b := cluster(t, databaseURL, limited()...)
		a.member("ann@example.com")
		a.person().guesses("ann@example.com", 3)
		b.person().guesses("ann@example.com", 2)
		for _, s := range []*server{a, b} {
			s.person().login("ann@example.com").wantThrottled()
			s.person().guess("ann@example.com").wantThrottled()
			s.person().post("/auth/login", credentials("ann@example.com", password)).wantThrottled()
		}
	})
}

// TestParallelGuessesGetFiveAnswers comes from many addresses at once, to two servers where there are two.
func TestParallelGuessesGetFiveAnswers(t *testing.T) {
	each(t, func(t *testing.T, databaseURL string) {
		a, b := cluster(t, databaseURL, limited()...)
		a.member("ann@example.com")
		servers := []*server{a, b}
		var mu sync.Mutex
		answers := map[int]int{}
		together(200, func(i int) {
			p := servers[i%2].personAt(fmt.Sprintf("127.0.%d.%d", 1+i/100, 1+i%100))
			path := []string{"/api/users/login", "/auth/login"}[i/2%2]
			r, err := p.try(http.MethodPost, path, credentials("ann@example.com", wrongPassword))
			if err != nil {
				t.Errorf("no answer: %v", err)
			}
			mu.Lock()
			defer mu.Unlock()
			answers[r.status]++
		})
		refused := answers[http.StatusTooManyRequests] + answers[http.StatusServiceUnavailable]
		answered := answers[http.StatusUnauthorized]
		if answered < 1 || answered > 5 || answered+refused != 200 {
			t.Fatalf("answers = %v, want five of 401 at most, all others 429 or 503", answers)
		}
		a.person().guesses("ann@example.com", 5-answered) // where they were so slow that some gave up waiting
		a.person().login("ann@example.com").wantThrottled()
	})
}

func TestAnAttackDoesNotKeepAKnownBrowserOut(t *testing.T) {
	each(t, func(t *testing.T, databaseURL string) {
		a, b := cluster(t, databaseURL, limited()...)
		ann, elsewhere := a.member("ann@example.com"), a.person()
		elsewhere.login("ann@example.com").want(http.StatusOK)
		ann.logout().want(http.StatusOK)
		for i := range 5 {
			a.personAt(fmt.Sprintf("127.0.0.%d", 2+i)).guess("ann@example.com").want(http.StatusUnauthorized)
		}
		b.personAt("127.0.0.7").login("ann@example.com").wantThrottled()
		b.member("ben@example.com").login("ann@example.com").wantThrottled() // who is known for another account
		forgetful := b.holder(elsewhere.cookie())
		forgetful.me().want(http.StatusOK)
		forgetful.login("ann@example.com").wantThrottled()

		ann.at(b).login("ann@example.com").want(http.StatusOK)
		ann.at(a).me().want(http.StatusOK)
		b.personAt("127.0.0.7").login("ann@example.com").wantThrottled() // as before
		ann.logout().want(http.StatusOK)
		ann.at(b).guesses("ann@example.com", 5)
		ann.login("ann@example.com").wantThrottled() // a known browser may not guess without end
	})
}

func TestTheOperatorUnlocksAnAccountBesideAServer(t *testing.T) {
	each(t, func(t *testing.T, databaseURL string) {
		env := settings(t, databaseURL, limited()...)
		s := process(t, t.TempDir(), env)
		s.member("ann@example.com")
		s.person().guesses("ann@example.com", 5)
		s.person().guesses("ben@example.com", 5)
		s.person().login("ann@example.com").wantThrottled()
		code, said, stderr := attempt(t, env, "users", "unlock", "ann@example.com")
		if code != 0 || !strings.Contains(said, "ann@example.com") {
			t.Fatalf("exit code %d: %s%s", code, said, stderr)
		}
		within(time.Second, func() bool { return s.person().login("ann@example.com").status == http.StatusOK })
		s.person().login("ann@example.com").want(http.StatusOK)
		s.person().login("ben@example.com").wantThrottled()
		s.person().guesses("ann@example.com", 5) // as many as before
		s.person().login("ann@example.com").wantThrottled()
		wantHistory(t, env, "ann@example.com", "throttled by visitor account", "user_unlocked by operator")
	})
}

// wantHistory wants events of a user among those that the operator is shown, in this order.
func wantHistory(t *testing.T, env []string, email string, want ...string) {
	t.Helper()
	code, said, stderr := attempt(t, env, "events", "--user", email, "--limit", "0", "--json")
	if code != 0 {
		t.Fatalf("exit code %d: %s", code, stderr)
	}
	var got []string
	for line := range strings.Lines(said) {
		var e struct{ Kind, Actor, Detail string }
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		got = append([]string{strings.TrimSpace(e.Kind + " by " + e.Actor + " " + e.Detail)}, got...) // the newest is shown first
	}
	rest := want
	for _, e := range got {
		if len(rest) > 0 && e == rest[0] {
			rest = rest[1:]
		}
	}
	if len(rest) > 0 {
		t.Errorf("events = %q, want %q among them", got, want)
	}
}
