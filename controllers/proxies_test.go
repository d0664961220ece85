package controllers

import (
	"net/http"
	"strings"
	"testing"

	"gatehouse/config"
	"gatehouse/db/dbtest"
)

func TestARealIPHeaderIsNeverBelieved(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) {
		s := newSite(t, conn, &options{edit: func(c *config.Settings) { c.TrustedProxies = "127.0.0.1" }})
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
