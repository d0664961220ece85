package tests

import (
	"net"
	"net/http"
	"strconv"
	"testing"

	"gatehouse/db"
	"gatehouse/db/dbtest"
)

// limited are the usual limits, with first delays so long that no test sees the end of one.
func limited(more ...string) []string {
	return append([]string{
		"GATEHOUSE_ACCOUNT_FAILURES=5", "GATEHOUSE_ACCOUNT_DELAY=1h", "GATEHOUSE_ACCOUNT_DELAY_MAX=1h", "GATEHOUSE_ACCOUNT_LOCK=100",
		"GATEHOUSE_NETWORK_FAILURES=100",
	}, more...)
}

// cluster is two servers on one MySQL database. The embedded database has one, which is both.
func cluster(t *testing.T, databaseURL string, more ...string) (a, b *server) {
	t.Helper()
	env := settings(t, databaseURL, more...)
	a = inside(t, env)
	if dbtest.OpenURL(t, databaseURL).Engine() == db.SQLite {
		return a, a
	}
	return a, inside(t, env)
}

// personAt is a browser with another address of this machine.
func (s *server) personAt(ip string) *person {
	p := s.person()
	transport := &http.Transport{DialContext: (&net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(ip)}}).DialContext}
	s.t.Cleanup(transport.CloseIdleConnections)
	p.http.Transport = transport
	return p
}

// at is the same browser, with its cookies, at another server.
func (p *person) at(s *server) *person { return &person{s.t, s.url, p.http} }

const wrongPassword = "wrong horse battery"

func (p *person) guess(email string) reply {
	p.t.Helper()
	return p.post("/api/users/login", credentials(email, wrongPassword))
}

func (p *person) guesses(email string, n int) {
	p.t.Helper()
	for range n {
		p.guess(email).want(http.StatusUnauthorized, "invalid_credentials")
	}
}

// wantThrottled wants an answer that tells when to try again, within an hour, and touches no cookie.
func (r reply) wantThrottled() {
	r.t.Helper()
	r.want(http.StatusTooManyRequests, "too_many_requests")
	seconds, err := strconv.Atoi(r.header.Get("Retry-After"))
	if err != nil || seconds < 1 || seconds > 3600 {
		r.t.Errorf("Retry-After = %q", r.header.Get("Retry-After"))
	}
	if cookies := r.header.Values("Set-Cookie"); len(cookies) > 0 {
		r.t.Errorf("a cookie was touched: %q", cookies)
	}
}
