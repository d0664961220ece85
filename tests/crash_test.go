package tests

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// TestWhatWasAnsweredSurvivesKill kills the server ten times in the middle of sign-ups, sign-ins and
// logouts. What it had answered before holds after each restart, and what it had not answered happened wholly or not
// at all.
func TestWhatWasAnsweredSurvivesKill(t *testing.T) {
	each(t, func(t *testing.T, databaseURL string) {
		const visitors, kills = 6, 10
		env := settings(t, databaseURL, "GATEHOUSE_SESSION_LIMIT=100", "GATEHOUSE_LOG_LEVEL=warn",
			"GATEHOUSE_ACCOUNT_AT_ONCE=1000") // a sign-in that is killed keeps its place for half a minute
		var ledgers [visitors]*ledger
		for i := range ledgers {
			ledgers[i] = &ledger{name: fmt.Sprintf("v%d", i), alive: map[string]string{}}
		}
		inFlight, cut := 0, map[string]int{}
		for range kills {
			s := process(t, t.TempDir(), env)
			var answered, flying atomic.Int64
			var wg sync.WaitGroup
			for _, l := range ledgers {
				wg.Go(func() { l.work(t, s.url, &answered, &flying) })
			}
			killAt := 10 + rand.Int64N(60)
			until(t, "traffic", func() bool { return answered.Load() >= killAt })
			<-time.After(time.Duration(rand.Int64N(int64(5 * time.Millisecond)))) // not just after an answer
			inFlight += int(flying.Load())
			s.kill()
			wg.Wait()
			for _, l := range ledgers {
				cut[l.lost]++
			}

			s = process(t, t.TempDir(), env)
			for _, l := range ledgers {
				wg.Go(func() { l.verify(t, s.url) })
			}
			wg.Wait()
			if t.Failed() {
				return
			}
			s.stop()
		}
		accounts, ended, unheard := 0, 0, 0
		for _, l := range ledgers {
			accounts, ended, unheard = accounts+len(l.accounts), ended+len(l.dead), unheard+l.unheard
		}
		t.Logf("%d kills, %d writes in flight at the kills, cut off: %v, of these sign-ups %d stored; %d sign-ups and %d logouts checked",
			kills, inFlight, cut, unheard, accounts, ended)
		if total := cut["signup"] + cut["login"] + cut["logout"]; inFlight < 2*kills || total < 2*kills {
			t.Errorf("%d writes were in flight at the kills and %d of them were cut off, want at least two at each of %d", inFlight, total, kills)
		}
	})
}

// ledger is what one visitor was answered.
type ledger struct {
	name     string
	made     int
	accounts []string          // e-mail addresses that signed up
	alive    map[string]string // cookies that work, with their addresses
	dead     []string          // cookies that were signed out
	lost     string            // the act that got no answer
	unsure   string            // the address of the sign-up that got no answer
	unheard  int               // such sign-ups that had been stored
}

// work signs up, in and out until the server is gone.
func (l *ledger) work(t *testing.T, url string, answered, flying *atomic.Int64) {
	client := &http.Client{Transport: &http.Transport{}, Timeout: time.Minute}
	defer client.CloseIdleConnections()
	l.lost, l.unsure = "", ""
	for l.lost == "" {
		act, email, cookie := "signup", "", ""
		switch n := rand.IntN(3); {
		case n == 1 && len(l.accounts) > 0:
			act, email = "login", l.accounts[rand.IntN(len(l.accounts))]
		case n == 2 && len(l.alive) > 0:
			act, cookie = "logout", slices.Collect(maps.Keys(l.alive))[rand.IntN(len(l.alive))]
			delete(l.alive, cookie) // whether it still works is not known until the answer is there
		default:
			l.made++
			email = fmt.Sprintf("%s-%d@example.com", l.name, l.made)
		}
		flying.Add(1)
		status, got, err := ask(client, "POST", url+"/api/users/"+act, credentials(email, password), cookie)
		switch {
		case err != nil:
			l.lost = act
			if act == "signup" {
				l.unsure = email
			}
			return // still in flight
		case status/100 != 2:
			t.Errorf("%s = %d while the server ran", act, status)
			return
		case act == "signup":
			l.accounts = append(l.accounts, email)
			l.alive[got] = email
		case act == "login":
			l.alive[got] = email
		case act == "logout":
			l.dead = append(l.dead, cookie)
		}
		flying.Add(-1)
		answered.Add(1)
	}
}

// verify compares the restarted server with what the visitor was answered before.
func (l *ledger) verify(t *testing.T, url string) {
	client := &http.Client{Transport: &http.Transport{}, Timeout: time.Minute}
	defer client.CloseIdleConnections()
	want := func(what string, status int, method, path, form, cookie string) {
		if got, _, err := ask(client, method, url+path, form, cookie); got != status {
			t.Errorf("%s: %s = %d, want %d; %v", l.name, what, got, status, err)
		}
	}
	if l.unsure != "" {
		form := credentials(l.unsure, password)
		if got, _, err := ask(client, "POST", url+"/api/users/signup", form, ""); got != http.StatusCreated && got != http.StatusConflict {
			t.Errorf("sign-up again after one that got no answer = %d, want 201 or 409; %v", got, err)
		} else if got == http.StatusConflict {
			l.unheard++
		}
		l.accounts = append(l.accounts, l.unsure)
	}
	for _, email := range l.accounts {
		want("sign-in of "+email, http.StatusOK, "POST", "/api/users/login", credentials(email, password), "")
	}
	for cookie, email := range l.alive {
		want("session of "+email, http.StatusOK, "GET", "/api/users/me", "", cookie)
	}
	for _, cookie := range l.dead {
		want("session that was signed out", http.StatusUnauthorized, "GET", "/api/users/me", "", cookie)
	}
}

// ask sends a form and returns the whole answer's status and cookie. An answer that broke off is an error.
func ask(client *http.Client, method, url, form, cookie string) (status int, newCookie string, err error) {
	req, err := http.NewRequest(method, url, strings.NewReader(form))
	if err != nil {
		return 0, "", err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if cookie != "" {
		req.Header.Set("Cookie", "gatehouse="+cookie)
	}
	res, err := client.Do(req)
	if err != nil {
		return 0, "", err
	}
	_, err = io.Copy(io.Discard, res.Body)
	if err = cmp.Or(err, res.Body.Close()); err != nil {
		return 0, "", err
	}
	return res.StatusCode, reply{header: res.Header}.newCookie(), nil
}
