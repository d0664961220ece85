package controllers

import (
	"context"
	"net/http"
	"runtime"
	"sync"
	"testing"
	"time"

	"gatehouse/db"
)

// overtake sends requests that read a session and then write to it, and lets another writer's statement take effect in
// between: after all of them have read, before any has written.
func (s *site) overtake(n int, send func() reply, statement string, args ...any) []reply {
	s.t.Helper()
	var wg sync.WaitGroup
	answers := make([]reply, n)
	sent := sync.OnceFunc(func() {
		before := s.conn.Statements()
		for i := range n {
			wg.Go(func() { answers[i] = send() })
		}
		deadline := time.Now().Add(10 * time.Second)
		for s.conn.Statements() < before+2*uint64(n) && time.Now().Before(deadline) {
			runtime.Gosched()
		}
	})
	err := s.conn.WithTx(context.Background(), func(tx *db.Tx) error {
		_, err := tx.Exec(context.Background(), statement, args...)
		sent()
		return err
	})
	wg.Wait()
	if err != nil {
		s.t.Fatal(err)
	}
	return answers
}

// tryRefresh may be used by several at once.
func (h *holder) tryRefresh() reply {
	r, err := h.try(http.MethodPost, "/auth/refresh", "", "authorization_refresh", h.refresh)
	if err != nil {
		h.site.t.Error(err)
	}
	return r
}

func TestRefreshesThatSawOneTokenGetOneSuccessor(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		h := s.holder("ann@example.com")
		first := h.then()
		for i, r := range s.overtake(8, first.tryRefresh, "UPDATE sessions SET ip = ip") {
			in := r.want(http.StatusOK).issued()
			if i == 0 {
				h.take(r)
			}
			if claims(t, in.AccessToken) != claims(t, h.access) || claims(t, in.RefreshToken) != claims(t, h.refresh) {
				t.Errorf("successors %+v and %+v, want one pair", claims(t, in.RefreshToken), claims(t, h.refresh))
			}
		}
		h.me().want(http.StatusOK)
		h.renew().want(http.StatusOK)
		h.me().want(http.StatusOK)
	})
}

func TestARequestThatTheEndOvertakesRevivesNothing(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		b := s.member("ann@example.com")
		for _, code := range []string{"token_revoked", "token_expired"} {
			h := b.holder("ann@example.com")
			end := "DELETE FROM sessions WHERE public_id = ?"
			if code == "token_expired" {
				end = "UPDATE sessions SET idle_expires = 1 WHERE public_id = ?"
			}
			for _, r := range s.overtake(4, h.then().tryRefresh, end, claims(t, h.access).Session) {
				r.want(http.StatusUnauthorized, code)
			}
			h.me().want(http.StatusUnauthorized, code)
		}
		// One who is let in a moment before the end writes last-seen after it.
		h := b.holder("ann@example.com")
		s.pass(time.Minute)
		s.overtake(4, func() reply {
			r, _ := h.try(http.MethodGet, "/api/users/me", "", "Authorization", "Bearer "+h.access)
			return r
		}, "DELETE FROM sessions WHERE public_id = ?", claims(t, h.access).Session)
		h.wantOut("after a late last-seen")
	})
}

func TestParallelRefreshesLeaveOneChain(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		h := s.holder("ann@example.com")
		var mu sync.Mutex
		var got []reply
		statuses := parallel(20, func(int) int {
			r, err := h.try(http.MethodPost, "/auth/refresh", "refreshToken="+h.refresh)
			if err != nil || r.status != http.StatusOK {
				return r.status
			}
			mu.Lock()
			defer mu.Unlock()
			got = append(got, r)
			return r.status
		})
		if statuses[http.StatusOK] != 20 {
			t.Fatalf("statuses = %v, want 20 times 200", statuses)
		}
		h.take(got[0])
		for _, r := range got {
			in := r.issued()
			if claims(t, in.AccessToken) != claims(t, h.access) || claims(t, in.RefreshToken) != claims(t, h.refresh) {
				t.Errorf("successors %+v and %+v, want one pair", claims(t, in.RefreshToken), claims(t, h.refresh))
			}
		}
		h.renew().want(http.StatusOK)
		h.me().want(http.StatusOK)
		if n, _ := s.families(); n != 1 {
			t.Errorf("%d families, want 1", n)
		}
	})
}

func TestRefreshesBesideALogoutNeverRevive(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		h := s.holder("ann@example.com")
		for range 10 {
			var mu sync.Mutex
			got := []*holder{h.then()}
			var wg sync.WaitGroup
			for range 4 {
				wg.Go(func() {
					own := h.then()
					for range 4 {
						r, err := own.try(http.MethodPost, "/auth/refresh", "", "authorization_refresh", own.refresh)
						if err != nil || r.status != http.StatusOK {
							return
						}
						own.take(r)
						mu.Lock()
						got = append(got, own.then())
						mu.Unlock()
					}
				})
			}
			h.post("/auth/logout", "", "authorization_access", h.access).want(http.StatusOK)
			wg.Wait()
			for _, one := range got {
				one.me().want(http.StatusUnauthorized, "token_revoked")
				one.then().renew().want(http.StatusUnauthorized, "token_revoked")
			}
			if n, _ := s.families(); n != 0 {
				t.Fatalf("%d families after the logout, want 0", n)
			}
			h = h.holder("ann@example.com")
		}
	})
}
