package controllers

import (
	"bytes"
	"context"
	"log/slog"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"golang.org/x/crypto/bcrypt"

	"gatehouse/config"
	"gatehouse/db"
	"gatehouse/db/dbtest"
	"gatehouse/models/account"
	"gatehouse/models/password"
	"gatehouse/models/password/guessed"
	"gatehouse/models/session"
	"gatehouse/models/token"
	"gatehouse/openapi/openapitest"
)

// TestMain wants all that openapi.yaml describes to be exercised, and each exchange to be as it says: newSite sees to that.
func TestMain(m *testing.M) { dbtest.Main(openapitest.Whole{M: m}) }

// each runs a test against a site on every database.
func each(t *testing.T, test func(t *testing.T, s *site)) {
	t.Helper()
	eachWith(t, nil, test)
}

func eachWith(t *testing.T, o *options, test func(t *testing.T, s *site)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) { test(t, newSite(t, conn, o)) })
}

// site is a listening server whose clock the test moves.
type site struct {
	*httptest.Server
	t    *testing.T
	conn dbtest.Conn
	log  *lockedBuffer

	mu  sync.Mutex
	now time.Time

	routes      gin.RoutesInfo
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
		Ready: conn.Ping, Hashing: pool.Queue,
	})
	if err != nil {
		t.Fatalf("router: %v", err)
	}
	s.routes = handler.(*gin.Engine).Routes()
	handler = openapitest.Handler(t, handler)
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

// testHash is a hash that costs little.
func testHash(t *testing.T, plain string) string {
	t.Helper()
	hash, err := bcrypt.GenerateFromPassword([]byte(plain), 4)
	if err != nil {
		t.Fatal(err)
	}
	return string(hash)
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

// onSQLite is a site for what does not depend on the database.
func onSQLite(t *testing.T, o *options) *site {
	t.Helper()
	return newSite(t, dbtest.Open(t, db.SQLite), o)
}
