package controllers

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"gatehouse/config"
	"gatehouse/db"
	"gatehouse/db/dbtest"
	"gatehouse/models/account"
	"gatehouse/models/password"
	"gatehouse/models/password/guessed"
	"gatehouse/models/session"
	"gatehouse/models/token"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

// each runs a test against a site on every database.
func each(t *testing.T, test func(t *testing.T, s *site)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) { test(t, newSite(t, conn, nil)) })
}

// site is a listening server whose clock the test moves.
type site struct {
	*httptest.Server
	t    *testing.T
	conn dbtest.Conn
	log  *lockedBuffer

	mu  sync.Mutex
	now time.Time

	keys        *token.Keys // nil with HS256
	accounts    *account.Accounts
	afterVerify func() // called between the check of a password and what follows from it
}

type options struct {
	edit   func(*config.Settings)
	tls    bool
	bounds *account.Limits // of attempts; none where nil
}

func (o *options) limits() account.Limits {
	if o.bounds == nil {
		return account.NoLimits()
	}
	return *o.bounds
}

func newSite(t *testing.T, conn dbtest.Conn, o *options) *site {
	t.Helper()
	if o == nil {
		o = &options{}
	}
	s := &site{t: t, conn: conn, now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC), log: &lockedBuffer{}}
	settings := config.Settings{BcryptCost: "4", Listen: "127.0.0.1:0"}
	if o.edit != nil {
		o.edit(&settings)
	}
	cfg, err := settings.Check(nil)
	if err != nil {
		t.Fatalf("settings: %v", err)
	}
	pool := password.NewPool(password.Options{Cost: cfg.BcryptCost, Workers: 2, MaxWait: time.Minute})
	pool.Start()
	t.Cleanup(func() { _ = pool.Close(context.Background()) })
	issuer, keys := s.issuer(cfg)
	accounts := account.New(conn.DB, pausing{pool, s}, issuer, testMarks, account.Rules{
		SignupOpen: cfg.SignupOpen, PasswordMinLength: cfg.PasswordMinLength, Limits: o.limits(),
		Verification: account.Verification(cfg.EmailVerification),
		Guessed:      guessed.New(guessed.Options{Words: []string{cfg.SiteName, cfg.BaseURL.Hostname()}}),
		Sessions: session.Limits{
			Idle: cfg.SessionIdle, Lifetime: cfg.SessionLifetime,
			RememberIdle: cfg.RememberIdle, RememberLifetime: cfg.RememberLifetime,
			Access: cfg.AccessTTL, Refresh: cfg.RefreshTTL, Family: cfg.FamilyLifetime, PerUser: cfg.SessionLimit,
		},
	})
	if err := accounts.Remember(t.Context(), cfg.SessionCache, cfg.SessionCacheAge); err != nil {
		t.Fatal(err)
	}
	s.accounts = accounts
	handler, err := New(Deps{
		Config: cfg, Accounts: accounts, Keys: keys, Now: s.time, Log: slog.New(slog.NewJSONHandler(s.log, nil)),
		Ready: conn.Ping,
	})
	if err != nil {
		t.Fatalf("router: %v", err)
	}
	if o.tls {
		s.Server = httptest.NewTLSServer(handler)
	} else {
		s.Server = httptest.NewServer(handler)
	}
	t.Cleanup(s.Close)
	return s
}

// pausing lets a test act between the check of a password and what follows from it.
type pausing struct {
	*password.Pool
	site *site
}

func (p pausing) Verify(ctx context.Context, hash, plain string) (password.Verdict, error) {
	verdict, err := p.Pool.Verify(ctx, hash, plain)
	if f := p.site.afterVerify; f != nil {
		f()
	}
	return verdict, err
}

func (s *site) time() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now
}

// pass moves the clock. The keys are read again, as a server does every minute.
func (s *site) pass(d time.Duration) {
	s.mu.Lock()
	s.now = s.now.Add(d)
	s.mu.Unlock()
	if s.keys != nil {
		_ = s.keys.Tend(context.Background(), s.time()) // in vain where the test has broken the database
	}
}

// count returns the result of a SELECT COUNT(*) query.
func (s *site) count(query string, args ...any) int {
	s.t.Helper()
	var n int
	if err := s.conn.QueryRow(context.Background(), func(r db.Row) error { return r.Scan(&n) }, query, args...); err != nil {
		s.t.Fatalf("%s: %v", query, err)
	}
	return n
}

func (s *site) exec(query string, args ...any) {
	s.t.Helper()
	if _, err := s.conn.Exec(context.Background(), query, args...); err != nil {
		s.t.Fatalf("%s: %v", query, err)
	}
}

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

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
