package bench

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

const password = "correct horse"

// paceConns connections check a session every pace on average, 400 a second together: so light that the time of a
// check is what it waits for the scheduler, not for other checks. The pace is random, or it could fall in step with
// the clock tick. A check is timed from the moment it is sent.
const (
	paceConns = 4
	pace      = 10 * time.Millisecond
)

// client is one keep-alive connection. It is no http.Client, whose transport hands each request to two further
// goroutines: on full cores that would time the client's scheduler, and take processor from the server.
type client struct {
	conn net.Conn
	in   *bufio.Reader
}

func (s *server) dial(b *testing.B) *client {
	b.Helper()
	conn, err := net.Dial("tcp", s.addr)
	if err != nil {
		b.Fatal(err)
	}
	return &client{conn, bufio.NewReader(conn)}
}

func (c *client) send(request string, want int) (*http.Response, []byte, error) {
	if _, err := io.WriteString(c.conn, request); err != nil {
		return nil, nil, err
	}
	res, err := http.ReadResponse(c.in, nil)
	if err != nil {
		return nil, nil, err
	}
	body, err := io.ReadAll(res.Body)
	if err == nil && res.StatusCode != want {
		err = fmt.Errorf("status = %d, want %d: %s", res.StatusCode, want, body)
	}
	return res, body, err
}

// member is a user who has signed up.
type member struct{ email, cookie string }

func (m member) credentials() string {
	body, err := json.Marshal(map[string]string{"email": m.email, "password": password})
	if err != nil {
		panic(err)
	}
	return string(body)
}

func (m member) check() string {
	return "GET /api/users/me HTTP/1.1\r\nHost: localhost\r\nCookie: " + m.cookie + "\r\n\r\n"
}

func post(path, body string) string {
	return fmt.Sprintf("POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
		path, len(body), body)
}

func (s *server) signUp(b *testing.B, n int) []member {
	b.Helper()
	members := make([]member, n)
	s.each(b, n, func(i int, c *client) error {
		m := member{email: fmt.Sprintf("user%d@example.com", i)}
		res, _, err := c.send(post("/api/users/signup", m.credentials()), http.StatusCreated)
		if err != nil {
			return err
		}
		m.cookie, _, _ = strings.Cut(res.Header.Get("Set-Cookie"), ";")
		members[i] = m
		return nil
	})
	return members
}

// each runs act on n connections at the same time.
func (s *server) each(b *testing.B, n int, act func(i int, c *client) error) {
	b.Helper()
	clients := make([]*client, n)
	for i := range clients {
		clients[i] = s.dial(b)
		defer clients[i].conn.Close()
	}
	var wg sync.WaitGroup
	for i, c := range clients {
		wg.Go(func() {
			if err := act(i, c); err != nil {
				b.Error(err)
			}
		})
	}
	wg.Wait()
}

// logIn has every member log in again and again, as long as next says.
func (s *server) logIn(b *testing.B, members []member, next func() bool) {
	b.Helper()
	s.each(b, len(members), func(i int, c *client) error {
		login := post("/api/users/login", members[i].credentials())
		for next() {
			if _, _, err := c.send(login, http.StatusOK); err != nil {
				return fmt.Errorf("log in: %w", err)
			}
		}
		return nil
	})
}

func (s *server) show(b *testing.B, m member) string {
	b.Helper()
	var shown string
	s.each(b, 1, func(_ int, c *client) error {
		_, body, err := c.send(m.check(), http.StatusOK)
		shown = string(body)
		return err
	})
	return shown
}

// pacedChecks tells how long each check of the period took.
func (s *server) pacedChecks(b *testing.B, members []member, period time.Duration) []time.Duration {
	b.Helper()
	var mu sync.Mutex
	var all []time.Duration
	end := time.Now().Add(period)
	s.each(b, paceConns, func(i int, c *client) error {
		var took []time.Duration
		check := members[i].check()
		for time.Now().Before(end) {
			time.Sleep(pace/2 + rand.N(pace))
			sent := time.Now()
			if _, _, err := c.send(check, http.StatusOK); err != nil {
				return fmt.Errorf("check session: %w", err)
			}
			took = append(took, time.Since(sent))
		}
		mu.Lock()
		defer mu.Unlock()
		all = append(all, took...)
		return nil
	})
	return all
}

// fullChecks tells how many checks a second fullConns connections make without pause, and how many milliseconds of
// processor the server used for each.
func (s *server) fullChecks(b *testing.B, members []member, period time.Duration) (perSecond, cpu float64) {
	b.Helper()
	var done atomic.Int64
	pid := s.cmd.Process.Pid
	used, began := processor(pid), time.Now()
	s.each(b, fullConns, func(i int, c *client) error {
		check := members[i].check()
		for time.Since(began) < period {
			if _, _, err := c.send(check, http.StatusOK); err != nil {
				return fmt.Errorf("check session: %w", err)
			}
			done.Add(1)
		}
		return nil
	})
	n := float64(done.Load())
	return n / time.Since(began).Seconds(), ms(processor(pid)-used) / n
}
