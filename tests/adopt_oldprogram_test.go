package tests

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path"
	"strings"
	"testing"
	"time"
)

// oldProgram is tests/oldprogram while it runs on a database.
type oldProgram struct {
	t    *testing.T
	url  string
	http *http.Client
}

func startOldProgram(t *testing.T, databaseURL string) *oldProgram {
	t.Helper()
	u, err := url.Parse(databaseURL)
	if err != nil {
		t.Fatal(err)
	}
	secret, _ := u.User.Password()
	d := converse(t, installed(t, oldProgramPackages), []string{
		"DB_HOST=" + u.Hostname(), "DB_PORT=" + u.Port(), "DB_USER=" + u.User.Username(), "DB_PASSWORD=" + secret,
		"DB_NAME=" + path.Base(u.Path), "PORT=0",
	}, "node", "server.mjs")
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the old program logged %s", tail(d.errors.String()))
		}
	})
	transport := &http.Transport{MaxIdleConnsPerHost: 8}
	t.Cleanup(transport.CloseIdleConnections)
	return &oldProgram{t: t, url: "http://127.0.0.1:" + d.port(), http: &http.Client{Transport: transport, Timeout: time.Minute}}
}

// port is where a program listens that says so in its first line.
func (d *dialogue) port() string {
	d.t.Helper()
	select {
	case line := <-d.answers:
		if port, ok := strings.CutPrefix(line, "listening on port "); ok {
			return port
		}
		d.t.Fatalf("it says %q instead of where it listens, and printed %s", line, d.errors)
	case <-time.After(time.Minute):
		d.t.Fatalf("it does not listen after a minute; it printed %s", d.errors)
	}
	return ""
}

// try asks the old program, and returns why it refuses, "" where it does not.
func (o *oldProgram) try(act string, fields map[string]string) string {
	body, err := json.Marshal(fields)
	if err != nil {
		return err.Error()
	}
	res, err := o.http.Post(o.url+"/api/users/"+act, "application/json", bytes.NewReader(body))
	if err != nil {
		return err.Error()
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	var answer struct {
		Success bool
		Message string
	}
	if err != nil || json.Unmarshal(text, &answer) != nil || res.StatusCode != http.StatusOK {
		return fmt.Sprintf("%s: %d %s %v", act, res.StatusCode, text, err)
	}
	if !answer.Success {
		return answer.Message
	}
	return ""
}

func (o *oldProgram) login(u oldUser) string {
	return o.try("login", map[string]string{"email": u.email, "password": u.password})
}

// lets wants a user in, or refused as one whose password is wrong.
func (o *oldProgram) lets(u oldUser, in bool) {
	o.t.Helper()
	want := ""
	if !in {
		want = "Error logged in"
	}
	if got := o.login(u); got != want {
		o.t.Errorf("the old program says %q to %s, want %q", got, u.email, want)
	}
}

func (o *oldProgram) signup(u oldUser) {
	o.t.Helper()
	if got := o.try("signup", map[string]string{"email": u.email, "password": u.password}); got != "" {
		o.t.Fatalf("sign-up of %s at the old program: %s", u.email, got)
	}
}

// change gives a user another password at the old program, and returns the user with it.
func (o *oldProgram) change(u oldUser, to string) oldUser {
	o.t.Helper()
	if got := o.try("password", map[string]string{"email": u.email, "password": u.password, "newPassword": to}); got != "" {
		o.t.Fatalf("new password for %s at the old program: %s", u.email, got)
	}
	u.password = to
	return u
}

// lets wants a user in, or refused as one whose password is wrong.
func (s *server) lets(u oldUser, in bool) {
	s.t.Helper()
	want := http.StatusOK
	if !in {
		want = http.StatusUnauthorized
	}
	if got := s.person().post("/api/users/login", credentials(u.email, u.password)); got.status != want {
		s.t.Errorf("Gatehouse answers %d to %s, want %d", got.status, u.email, want)
	}
}

// change gives a user another password at Gatehouse, and returns the user with it.
func (s *server) change(u oldUser, to string) oldUser {
	s.t.Helper()
	p := s.person()
	p.post("/api/users/login", credentials(u.email, u.password)).want(http.StatusOK)
	p.post("/api/users/password", url.Values{"currentPassword": {u.password}, "newPassword": {to}}.Encode()).want(http.StatusOK)
	u.password = to
	return u
}
