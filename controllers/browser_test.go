package controllers

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"
)

// browser is a client with a cookie jar.
type browser struct {
	site *site
	http *http.Client
}

func (s *site) browser() *browser {
	jar, _ := cookiejar.New(nil)
	client := *s.Client()
	client.Jar = jar
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &browser{site: s, http: &client}
}

// member is a browser that has just signed up.
func (s *site) member(email string) *browser {
	s.t.Helper()
	b := s.browser()
	b.post("/api/users/signup", `{"email":"`+email+`","password":"correct horse"}`).want(http.StatusCreated)
	return b
}

type reply struct {
	t      *testing.T
	status int
	header http.Header
	body   string
}

// send sends a request; a body that starts with { is JSON, any other a form. Headers come in pairs.
func (b *browser) send(method, path, body string, headers ...string) reply {
	b.site.t.Helper()
	r, err := b.try(method, path, body, headers...)
	if err != nil {
		b.site.t.Fatalf("%s %s: %v", method, path, err)
	}
	return r
}

func (b *browser) try(method, path, body string, headers ...string) (reply, error) {
	req, err := http.NewRequest(method, b.site.URL+path, strings.NewReader(body))
	if err != nil {
		return reply{}, err
	}
	switch {
	case strings.HasPrefix(body, "{"):
		req.Header.Set("Content-Type", "application/json")
	case body != "":
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := b.http.Do(req)
	if err != nil {
		return reply{}, err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	return reply{b.site.t, res.StatusCode, res.Header, string(text)}, err
}

func (b *browser) get(path string, headers ...string) reply {
	b.site.t.Helper()
	return b.send(http.MethodGet, path, "", headers...)
}

func (b *browser) post(path, body string, headers ...string) reply {
	b.site.t.Helper()
	return b.send(http.MethodPost, path, body, headers...)
}

// login signs in as member signed up.
func (b *browser) login(email string, more ...string) reply {
	b.site.t.Helper()
	return b.post("/api/users/login", "email="+url.QueryEscape(email)+"&password=correct+horse"+strings.Join(more, ""))
}

// cookie returns the value of the session cookie in the jar, "" if there is none.
func (b *browser) cookie() string {
	u, _ := url.Parse(b.site.URL)
	for _, c := range b.http.Jar.Cookies(u) {
		if strings.HasSuffix(c.Name, "gatehouse") {
			return c.Value
		}
	}
	return ""
}

// thief is a client that sends nothing but a cookie taken earlier.
func (s *site) thief(cookie string) *browser {
	b := s.browser()
	u, _ := url.Parse(s.URL)
	b.http.Jar.SetCookies(u, []*http.Cookie{{Name: "gatehouse", Value: cookie}})
	return b
}

// want checks the status, and the stable code of a failure.
func (r reply) want(status int, code ...string) reply {
	r.t.Helper()
	if r.status != status {
		r.t.Fatalf("status = %d, want %d; body %s", r.status, status, r.body)
	}
	if len(code) > 0 {
		if got := r.failure().Code; got != code[0] {
			r.t.Fatalf("code = %q, want %q; body %s", got, code[0], r.body)
		}
	}
	return r
}

func (r reply) failure() failure {
	r.t.Helper()
	var f failure
	if err := json.Unmarshal([]byte(r.body), &f); err != nil {
		r.t.Fatalf("answer is not JSON: %v: %s", err, r.body)
	}
	if !f.Error || f.Message == "" || f.RequestID == "" {
		r.t.Fatalf("failure lacks error, message or requestId: %s", r.body)
	}
	return f
}

// data decodes the data of a success.
func data[T any](r reply) T {
	r.t.Helper()
	var s struct {
		Success bool
		Data    T
	}
	if err := json.Unmarshal([]byte(r.body), &s); err != nil || !s.Success {
		r.t.Fatalf("no success: %v: %s", err, r.body)
	}
	return s.Data
}

// look is what an answer shows, but for when and to which request it was given.
func (r reply) look() string {
	header := r.header.Clone()
	id := header.Get("X-Request-Id")
	header.Del("X-Request-Id")
	header.Del("Date")
	return fmt.Sprint(strings.ReplaceAll(r.body, id, ""), header)
}
