package tests

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"gatehouse/db"
	"gatehouse/db/dbtest"
	"gatehouse/models/session"
)

// TestTokensSurviveKillAsTheyWereAnswered kills the server again and again in the middle of token sign-ins, refreshes and
// logouts. After each restart what was signed out is over, what was given out works, what was spent is refused, and a
// refresh that got no answer can be asked for again without a second chain of tokens.
func TestTokensSurviveKillAsTheyWereAnswered(t *testing.T) {
	each(t, func(t *testing.T, databaseURL string) {
		const visitors, kills = 6, 6
		env := settings(t, databaseURL, append(oneName, "GATEHOUSE_SESSION_LIMIT=100", "GATEHOUSE_LOG_LEVEL=warn",
			"GATEHOUSE_ACCESS_TTL=1h", "GATEHOUSE_REFRESH_TTL=1h",
			"GATEHOUSE_ACCOUNT_AT_ONCE=1000")...) // a sign-in that is killed keeps its place for half a minute
		s := process(t, t.TempDir(), env)
		conn := dbtest.OpenURL(t, databaseURL).DB
		var ledgers [visitors]*tokenLedger
		for i := range ledgers {
			ledgers[i] = &tokenLedger{t: t, conn: conn, email: fmt.Sprintf("v%d@example.com", i), alive: map[string]*chain{}, seen: map[string]int{}}
			s.person().post("/auth/signup", credentials(ledgers[i].email, password)).want(http.StatusCreated)
		}
		inFlight := 0
		for range kills {
			var answered, flying atomic.Int64
			var wg sync.WaitGroup
			for _, l := range ledgers {
				l.person = s.person()
				wg.Go(func() { l.work(&answered, &flying) })
			}
			killAt := 20 + rand.Int64N(60)
			until(t, "traffic", func() bool { return answered.Load() >= killAt })
			<-time.After(time.Duration(rand.Int64N(int64(5 * time.Millisecond)))) // not just after an answer
			inFlight += int(flying.Load())
			s.kill()
			wg.Wait()

			s = process(t, t.TempDir(), env)
			for _, l := range ledgers {
				l.person = s.person()
				wg.Go(l.audit)
			}
			wg.Wait()
			if t.Failed() {
				return
			}
		}
		seen := map[string]int{}
		for _, l := range ledgers {
			for what, n := range l.seen {
				seen[what] += n
			}
		}
		t.Logf("%d kills, %d requests in flight at the kills: %v", kills, inFlight, seen)
		for _, what := range []string{"signed out", "exchanged", "given again", "spent"} {
			if seen[what] == 0 {
				t.Errorf("nothing was %s", what)
			}
		}
		if lost := seen["refresh lost"] + seen["logout lost"]; inFlight < 2*kills || lost < kills {
			t.Errorf("%d requests were in flight at the kills, of refreshes and logouts %d got no answer, want more at %d kills", inFlight, lost, kills)
		}
	})
}

// chain is the tokens of one family, as far as their holder heard of them.
type chain struct {
	now       pair
	before    string    // the refresh token that now was given for
	exchanged time.Time // when that was asked for
	spent     string    // a refresh token whose successor was exchanged
}

type pair struct{ AccessToken, RefreshToken string }

func (c *chain) advance(next pair, asked time.Time) {
	c.spent, c.before, c.now, c.exchanged = c.before, c.now.RefreshToken, next, asked
}

// tokenLedger is what one visitor was answered.
type tokenLedger struct {
	*person
	t       *testing.T
	conn    *db.DB
	email   string
	alive   map[string]*chain // by their sid
	dead    []pair
	unheard int // sign-ins that got no answer and took place
	lost    act // that got no answer
	seen    map[string]int
}

type act struct {
	name  string
	chain *chain // nil for a sign-in
	asked time.Time
}

// do asks for an act. Headers carry both tokens.
func (l *tokenLedger) do(a act) (reply, error) {
	if a.chain == nil {
		return l.try(http.MethodPost, "/auth/login", credentials(l.email, password))
	}
	return l.try(http.MethodPost, "/auth/"+a.name, "",
		"authorization_access", a.chain.now.AccessToken, "authorization_refresh", a.chain.now.RefreshToken)
}

// work signs in, refreshes and signs out until the server is gone.
func (l *tokenLedger) work(answered, flying *atomic.Int64) {
	for {
		a := act{"login", nil, time.Now()}
		if n := rand.IntN(8); n > 1 && len(l.alive) > 0 {
			if a.name = "refresh"; n > 5 {
				a.name = "logout"
			}
			a.chain = slices.Collect(maps.Values(l.alive))[rand.IntN(len(l.alive))]
		}
		flying.Add(1)
		r, err := l.do(a)
		if err != nil {
			l.lost = a
			l.seen[a.name+" lost"]++
			return // still in flight
		}
		flying.Add(-1)
		answered.Add(1)
		if r.status != http.StatusOK {
			l.t.Errorf("%s = %d while the server ran: %s", a.name, r.status, r.body)
			return
		}
		l.note(a, r)
	}
}

// note is what becomes of the visitor's tokens by an answer.
func (l *tokenLedger) note(a act, r reply) {
	switch a.name {
	case "login":
		c := &chain{now: l.tokensOf(r)}
		l.alive[l.sid(c)] = c
	case "refresh":
		a.chain.advance(l.tokensOf(r), a.asked)
	case "logout":
		l.bury(a.chain)
	}
}

func (l *tokenLedger) tokensOf(r reply) (p pair) {
	if err := json.Unmarshal([]byte(r.body), &p); err != nil {
		l.t.Errorf("answer = %s: %v", r.body, err)
	}
	return p
}

func (l *tokenLedger) sid(c *chain) string { return claimsOf(l.t, c.now.RefreshToken).Session }

func (l *tokenLedger) bury(c *chain) {
	delete(l.alive, l.sid(c))
	l.dead = append(l.dead, c.now)
}

// audit compares the restarted server with what the visitor was answered before.
func (l *tokenLedger) audit() {
	switch l.lost.name {
	case "refresh":
		l.refreshAgain(l.lost)
	case "logout":
		l.logOutAgain(l.lost.chain)
	}
	for _, c := range slices.Collect(maps.Values(l.alive)) {
		l.wantAlive(c)
	}
	for _, p := range l.dead {
		l.want("access token that was signed out", l.show(p), http.StatusUnauthorized, "token_revoked")
		l.want("refresh token that was signed out", l.exchange(p.RefreshToken), http.StatusUnauthorized, "token_revoked")
		l.seen["signed out"]++
	}
	l.countFamilies()
}

// refreshAgain asks once more for a refresh that got no answer. If it took place, the tokens are those that it stored.
func (l *tokenLedger) refreshAgain(a act) {
	sid, old := l.sid(a.chain), claimsOf(l.t, a.chain.now.RefreshToken).ID
	stored := rowsOf(l.t, l.conn, 1, "SELECT refresh_jti FROM sessions WHERE public_id = ?", sid)
	done := !slices.Equal(stored, []string{strconv.Quote(old)})
	r := l.exchange(a.chain.now.RefreshToken)
	if done && r.status == http.StatusUnauthorized && time.Since(a.asked) > session.Grace {
		l.bury(a.chain) // a slow machine
		return
	}
	if !l.want("refresh again after one that got no answer", r, http.StatusOK, "") {
		return
	}
	a.chain.advance(l.tokensOf(r), a.asked)
	next := strconv.Quote(claimsOf(l.t, a.chain.now.RefreshToken).ID)
	if done {
		l.seen["lost refreshes that took place"]++
		if !slices.Equal(stored, []string{next}) {
			l.t.Errorf("successor = %s, want the one that was stored before, %s", next, stored)
		}
	}
	rows := rowsOf(l.t, l.conn, 2, "SELECT refresh_jti, previous_jti FROM sessions WHERE public_id = ?", sid)
	if want := next + " " + strconv.Quote(old); !slices.Equal(rows, []string{want}) {
		l.t.Errorf("rows of the family = %v, want %s", rows, want)
	}
}

// logOutAgain completes a logout that got no answer. It happened wholly or not at all.
func (l *tokenLedger) logOutAgain(c *chain) {
	if l.show(c.now).status == http.StatusOK {
		r, err := l.do(act{name: "logout", chain: c})
		if err != nil || r.status != http.StatusOK {
			l.t.Errorf("logout again = %d, want 200; %v", r.status, err)
		}
	} else {
		l.seen["lost logouts that took place"]++
	}
	l.bury(c)
}

// wantAlive uses tokens that were given out, the last exchange once more, and now and then a spent token.
func (l *tokenLedger) wantAlive(c *chain) {
	l.want("access token that was given out", l.show(c.now), http.StatusOK, "")
	if c.before != "" {
		again := l.exchange(c.before)
		if again.status == http.StatusUnauthorized && time.Since(c.exchanged) > session.Grace {
			l.bury(c) // a slow machine
			return
		}
		if l.want("last exchange once more", again, http.StatusOK, "") && claimsOf(l.t, l.tokensOf(again).RefreshToken) != claimsOf(l.t, c.now.RefreshToken) {
			l.t.Error("the last exchange once more gave other tokens")
		}
		l.seen["given again"]++
	}
	asked := time.Now()
	r := l.exchange(c.now.RefreshToken)
	if !l.want("refresh token that was given out", r, http.StatusOK, "") {
		return
	}
	c.advance(l.tokensOf(r), asked)
	l.seen["exchanged"]++
	if c.spent != "" && rand.IntN(2) == 0 {
		l.want("spent refresh token", l.exchange(c.spent), http.StatusUnauthorized, "refresh_reused")
		l.seen["spent"]++
		l.bury(c)
	}
}

// countFamilies finds no more families in the database than the visitor knows of and sign-ins got no answer.
func (l *tokenLedger) countFamilies() {
	rows := rowsOf(l.t, l.conn, 1, "SELECT s.public_id FROM sessions s JOIN users u ON u.id = s.user_id WHERE u.email = ? AND s.kind = 'token'", l.email)
	most := l.unheard
	if l.lost.name == "login" {
		most++
	}
	if unheard := len(rows) - len(l.alive); unheard < l.unheard || unheard > most {
		l.t.Errorf("%s has %d families, want %d and %d to %d of sign-ins that got no answer", l.email, len(rows), len(l.alive), l.unheard, most)
	} else {
		l.unheard = unheard
	}
}

func (l *tokenLedger) show(p pair) reply {
	return l.attempt("/api/users/me", http.MethodGet, "Authorization", "Bearer "+p.AccessToken)
}

func (l *tokenLedger) exchange(refresh string) reply {
	return l.attempt("/auth/refresh", http.MethodPost, "authorization_refresh", refresh)
}

func (l *tokenLedger) attempt(path, method string, headers ...string) reply {
	r, err := l.try(method, path, "", headers...)
	if err != nil {
		l.t.Errorf("%s: %v", path, err)
	}
	return r
}

func (l *tokenLedger) want(what string, r reply, status int, code string) bool {
	good := r.status == status && (code == "" || strings.Contains(r.body, `"code":"`+code+`"`))
	if !good {
		l.t.Errorf("%s: %s = %d, want %d %s: %s", l.email, what, r.status, status, code, r.body)
	}
	return good
}
