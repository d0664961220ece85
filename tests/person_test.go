package tests

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"
	"time"

	"gatehouse/openapi/openapitest"
)

// person is a browser with a cookie jar. It follows no redirects.
type person struct {
	t    *testing.T
	url  string
	http *http.Client
}

func (s *server) person() *person {
	jar, _ := cookiejar.New(nil)
	transport := &http.Transport{}
	s.t.Cleanup(transport.CloseIdleConnections)
	return &person{t: s.t, url: s.url, http: &http.Client{
		Jar: jar, Transport: transport, Timeout: time.Minute,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// member is a person who has just signed up.
func (s *server) member(email string) *person {
	s.t.Helper()
	p := s.person()
	p.post("/api/users/signup", credentials(email, password)).want(http.StatusCreated)
	return p
}

// holder is a person who has nothing but a cookie.
func (s *server) holder(cookie string) *person {
	p := s.person()
	u, _ := url.Parse(s.url)
	p.http.Jar.SetCookies(u, []*http.Cookie{{Name: "gatehouse", Value: cookie}})
	return p
}

func credentials(email, password string) string {
	return url.Values{"email": {email}, "password": {password}}.Encode()
}

func (p *person) get(path string, headers ...string) reply {
	p.t.Helper()
	return p.send(http.MethodGet, path, "", headers...)
}

func (p *person) post(path, body string, headers ...string) reply {
	p.t.Helper()
	return p.send(http.MethodPost, path, body, headers...)
}

func (p *person) login(email string) reply {
	p.t.Helper()
	return p.post("/api/users/login", credentials(email, password))
}

func (p *person) me() reply {
	p.t.Helper()
	return p.get("/api/users/me")
}

func (p *person) logout() reply {
	p.t.Helper()
	return p.post("/api/users/logout", "")
}

func (p *person) send(method, path, body string, headers ...string) reply {
	p.t.Helper()
	r, err := p.try(method, path, body, headers...)
	if err != nil {
		p.t.Fatalf("%s %s: %v", method, path, err)
	}
	return r
}

// try sends a request; a body that starts with { is JSON, any other a form. Headers come in pairs.
func (p *person) try(method, path, body string, headers ...string) (reply, error) {
	req, err := http.NewRequest(method, p.url+path, strings.NewReader(body))
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
	return p.do(req)
}

func (p *person) do(req *http.Request) (reply, error) {
	start := time.Now()
	res, err := p.http.Do(req)
	if err != nil {
		return reply{}, err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if body, known := sent(req); err == nil && known && req.Method != http.MethodHead {
		header := res.Header.Clone()
		header.Del("Server") // of a proxy in between
		openapitest.Check(p.t, openapitest.Exchange{Request: req, RequestBody: body, Status: res.StatusCode, Header: header, ResponseBody: text})
	}
	return reply{p.t, res.StatusCode, res.Header, string(text), time.Since(start)}, err
}

// sent is the body of a request that has gone out, unless a test has sent it piece by piece.
func sent(req *http.Request) (body []byte, known bool) {
	if req.Body == nil || req.Body == http.NoBody {
		return nil, true
	}
	if req.GetBody == nil {
		return nil, false
	}
	again, err := req.GetBody()
	if err != nil {
		return nil, false
	}
	body, err = io.ReadAll(again)
	return body, err == nil
}

// cookie is the session cookie in the jar, "" if there is none.
func (p *person) cookie() string {
	u, _ := url.Parse(p.url)
	for _, c := range p.http.Jar.Cookies(u) {
		if c.Name == "gatehouse" {
			return c.Value
		}
	}
	return ""
}

type reply struct {
	t      *testing.T
	status int
	header http.Header
	body   string
	took   time.Duration
}

// want checks the status, and the code of a failure.
func (r reply) want(status int, code ...string) reply {
	r.t.Helper()
	if r.status != status {
		r.t.Fatalf("status = %d, want %d; body %s", r.status, status, r.body)
	}
	for _, want := range code {
		var f struct{ Code string }
		if err := json.Unmarshal([]byte(r.body), &f); err != nil || f.Code != want {
			r.t.Fatalf("code = %q, want %q; body %s", f.Code, want, r.body)
		}
	}
	return r
}

// newCookie is the session cookie that the answer sets, "" if it sets none.
func (r reply) newCookie() string {
	for _, c := range (&http.Response{Header: r.header}).Cookies() {
		if c.Name == "gatehouse" {
			return c.Value
		}
	}
	return ""
}
