package controllers

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"gatehouse/config"
	"gatehouse/db"
	"gatehouse/db/dbtest"
	"gatehouse/metrics"
	"gatehouse/models/account"
	"gatehouse/models/session"
	"gatehouse/models/user"
)

// discarded is an answer that nobody reads. http.Server makes a header map for each answer, too.
type discarded struct {
	header http.Header
	status int
	body   []byte
}

func (d *discarded) Header() http.Header { return d.header }
func (d *discarded) Write(b []byte) (int, error) {
	d.body = append(d.body[:0], b...)
	return len(b), nil
}
func (d *discarded) WriteHeader(status int) { d.status = status }

// BenchmarkSessionCheck is what GET /api/users/me costs in the handler, beside a bare Gin handler that answers the same JSON:
// without the network, which costs more than either. The sessions are many, each with a user of its own.
func BenchmarkSessionCheck(b *testing.B) {
	const sessions = 10_000
	for _, engine := range dbtest.Engines() {
		b.Run(string(engine), func(b *testing.B) {
			conn := dbtest.Open(b, engine)
			accounts, requests := benchSite(b, conn, sessions)
			handler, counted := benchHandler(b, accounts, nil), benchHandler(b, accounts, metrics.New("test"))
			w := &discarded{header: http.Header{}}
			for _, r := range requests { // each is known from then on, as it is after its first check
				clear(w.header)
				handler.ServeHTTP(w, r)
				if w.status != http.StatusOK {
					b.Fatalf("status %d: %s", w.status, w.body)
				}
			}
			bare := bareGin(w.body)
			check := func(h http.Handler) func(b *testing.B) {
				return func(b *testing.B) {
					b.ReportAllocs()
					for i := 0; b.Loop(); i++ {
						w := &discarded{header: http.Header{}}
						h.ServeHTTP(w, requests[i%sessions])
						if w.status != http.StatusOK {
							b.Fatalf("status %d", w.status)
						}
					}
				}
			}
			b.Run("bare-gin", check(bare))
			b.Run("check", check(handler))
			b.Run("check-counted", check(counted))
		})
	}
}

func bareGin(body []byte) http.Handler {
	var data success
	var u user.User
	data.Data = &u
	if err := json.Unmarshal(body, &data); err != nil {
		panic(err)
	}
	gin.SetMode(gin.ReleaseMode)
	r := gin.New()
	r.GET("/api/users/me", func(c *gin.Context) { c.JSON(http.StatusOK, data) })
	return r
}

func benchConfig(b *testing.B) config.Config {
	b.Helper()
	cfg, err := config.Settings{Listen: "127.0.0.1:0"}.Check(nil)
	if err != nil {
		b.Fatal(err)
	}
	return cfg
}

func benchHandler(b *testing.B, accounts *account.Accounts, watch Watch) http.Handler {
	b.Helper()
	handler, err := New(Deps{
		Config: benchConfig(b), Now: time.Now, Accounts: accounts, Watch: watch,
		Log: slog.New(slog.NewJSONHandler(io.Discard, &slog.HandlerOptions{Level: slog.LevelError})),
	})
	if err != nil {
		b.Fatal(err)
	}
	return handler
}

func benchSite(b *testing.B, conn dbtest.Conn, sessions int) (*account.Accounts, []*http.Request) {
	b.Helper()
	cfg := benchConfig(b)
	accounts := account.New(conn.DB, nil, nil, testMarks, account.Rules{})
	if err := accounts.Remember(b.Context(), cfg.SessionCache, cfg.SessionCacheAge); err != nil {
		b.Fatal(err)
	}
	requests := make([]*http.Request, sessions)
	now := time.Now()
	const columns = 11
	ctx := context.Background()
	err := conn.WithTx(ctx, func(tx *db.Tx) error {
		for i := range requests {
			secret := session.NewSecret()
			hash := secret.Hash()
			_, err := tx.Exec(ctx, "INSERT INTO users (id, email, password, name, role, state) VALUES (?, ?, 'x', 'Ann', 'user', 1)", i+1, strings.ToLower(rand.Text())+"@example.com")
			if err != nil {
				return err
			}
			_, err = tx.Exec(ctx, "INSERT INTO sessions (id_hash, public_id, user_id, kind, created, authenticated_at, last_seen, idle_expires, absolute_expires, ip, user_agent) "+
				"VALUES ("+db.Placeholders(columns)+")", hash[:], rand.Text(), i+1, "cookie", now.UnixMilli(), now.UnixMilli(), now.UnixMilli(),
				now.Add(time.Hour).UnixMilli(), now.Add(time.Hour).UnixMilli(), "127.0.0.1", "curl/8")
			if err != nil {
				return err
			}
			requests[i] = httptest.NewRequest(http.MethodGet, "/api/users/me", nil)
			requests[i].Header.Set("Cookie", cfg.CookieName()+"="+string(secret))
			requests[i].Header.Set("User-Agent", "curl/8")
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	return accounts, requests
}
