package controllers

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"gatehouse/config"
	"gatehouse/db/dbtest"
)

func TestARealIPHeaderIsNeverBelieved(t *testing.T) {
	eachWith(t, &options{edit: func(c *config.Settings) { c.TrustedProxies = "127.0.0.1" }}, func(t *testing.T, s *site) {
		b := s.browser()
		b.post("/api/users/signup", "email=ann@example.com&password=correct+horse", "X-Real-Ip", "203.0.113.8").want(http.StatusCreated)
		if got := data[sessionListing](b.get("/api/users/sessions")).Sessions[0].IP; got != "127.0.0.1" {
			t.Errorf("IP = %q", got)
		}
	})
}

func TestForwardedAddressCountsOnlyFromATrustedProxy(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		for _, test := range []struct{ proxies, ip string }{{"", "127.0.0.1"}, {"127.0.0.1", "203.0.113.7"}, {"127.0.0.0/8", "203.0.113.7"}} {
			s := newSite(t, conn, &options{edit: func(c *config.Settings) { c.TrustedProxies = test.proxies }})
			s.exec("DELETE FROM sessions")
			s.exec("DELETE FROM users")
			b := s.browser()
			for range 2 {
				b.post("/api/users/signup", "email=ann@example.com&password=correct+horse", "X-Forwarded-For", "203.0.113.7", "X-Real-Ip", "203.0.113.8", "Forwarded", "for=203.0.113.9")
			}
			if got := data[sessionListing](b.get("/api/users/sessions")).Sessions[0].IP; got != test.ip {
				t.Errorf("with trusted-proxies %q: IP = %q, want %q", test.proxies, got, test.ip)
			}
			if n := strings.Count(s.log.String(), "trusted-proxies"); n != map[string]int{"": 1}[test.proxies] {
				t.Errorf("with trusted-proxies %q: %d warnings", test.proxies, n)
			}
		}
	})
}

func TestAProxyThatIsNotNamedIsToldToWhoeverAsks(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		for proxies, told := range map[string]bool{"": true, "127.0.0.1": false} {
			s := newSite(t, conn, &options{edit: func(c *config.Settings) { c.TrustedProxies = proxies }})
			s.exec("DELETE FROM gatehouse_events")
			if r := s.browser().get("/readyz").want(http.StatusOK); strings.Contains(r.body, "warnings") {
				t.Errorf("before any request: %s", r.body)
			}
			for range 2 {
				s.browser().get("/api/users/me", "X-Forwarded-For", "203.0.113.7").want(http.StatusUnauthorized)
			}
			if r := s.browser().get("/readyz").want(http.StatusOK); strings.Contains(r.body, "trusted-proxies is not set") != told {
				t.Errorf("with trusted-proxies %q: %s", proxies, r.body)
			}
			if n := s.count("SELECT COUNT(*) FROM gatehouse_events WHERE kind = 'proxy_untold' AND detail = '127.0.0.1' AND actor = 'server'"); n != map[bool]int{true: 1}[told] {
				t.Errorf("with trusted-proxies %q: %d events", proxies, n)
			}
		}
	})
}

func TestOnlyANeighbourCanBeAProxyThatIsNotNamed(t *testing.T) {
	for peer, want := range map[string]bool{
		"127.0.0.1": true, "::1": true, "10.1.2.3": true, "172.16.0.1": true, "192.168.1.1": true, "fd00::1": true, "::ffff:10.0.0.1": true,
		"203.0.113.7": false, "172.32.0.1": false, "2001:db8::1": false, "": false,
	} {
		if neighbour(peer) != want {
			t.Errorf("%q: %v", peer, !want)
		}
	}
}

func TestVisitorsBehindOneProxyDoNotDisturbEachOther(t *testing.T) {
	bounds := usual()
	bounds.Network.Free, bounds.SignUp.Free = 2, 1000
	for name, proxies := range map[string]string{"told": "127.0.0.1", "not told": ""} {
		t.Run(name, func(t *testing.T) {
			eachWith(t, &options{bounds: &bounds, edit: func(c *config.Settings) { c.TrustedProxies = proxies }}, func(t *testing.T, s *site) {
				guess := func(i int) reply {
					return s.browser().post("/api/users/login", fmt.Sprintf("email=somebody%d@example.com&password=wrong+horse", i), "X-Forwarded-For", "203.0.113.7")
				}
				most := 2
				if proxies == "" {
					most = 20 * 2 // shared with all who come this way
				}
				for i := range 30 {
					email, forwarded := fmt.Sprintf("user%d@example.com", i), fmt.Sprintf("198.51.100.%d", i)
					s.member(email)
					if i < most {
						guess(i).want(http.StatusUnauthorized)
					}
					s.browser().post("/api/users/login", "email="+email+"&password=correct+horse", "X-Forwarded-For", forwarded).want(http.StatusOK)
				}
				for i := 30; i < most; i++ {
					guess(i).want(http.StatusUnauthorized)
				}
				guess(most).wantRetryAfter("600")
				if proxies == "" { // without the header, the peer is an ordinary visitor
					s.browser().login("user1@example.com").wantRetryAfter("600")
				}
			})
		})
	}
}
