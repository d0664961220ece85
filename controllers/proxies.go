package controllers

import (
	"log/slog"
	"net/netip"
	"sync"
	"sync/atomic"

	"github.com/gin-gonic/gin"

	"gatehouse/config"
	"gatehouse/models/account"
)

// proxyCheck looks for a proxy that trusted-proxies does not name: all who come by way of it seem to have its address.
type proxyCheck struct {
	trusted  config.Proxies
	accounts *account.Accounts
	log      *slog.Logger
	warned   sync.Once
	found    atomic.Bool
}

// look marks requests that came by way of such a proxy, and warns once. A header alone proves nothing; it counts from an address
// that only a neighbour has, and where no proxy was named at all.
func (p *proxyCheck) look(c *gin.Context) {
	h := c.Request.Header
	if len(h["X-Forwarded-For"])+len(h["Forwarded"])+len(h["X-Real-Ip"]) == 0 {
		return
	}
	peer := c.RemoteIP()
	if p.trusted.Trust(peer) {
		return
	}
	of(c).proxied = len(p.trusted) == 0 && neighbour(peer)
	p.warned.Do(func() {
		p.log.Warn("forwarding headers came from a peer that is no trusted proxy, so they are ignored; "+
			"if it is your proxy, name it with --trusted-proxies", "peer", peer)
	})
	if of(c).proxied && p.found.CompareAndSwap(false, true) {
		if err := p.accounts.NoteProxy(c.Request.Context(), peer, of(c).now); err != nil {
			p.log.Warn("a proxy that is not named in trusted-proxies was not noted", "cause", err.Error())
			p.found.Store(false)
		}
	}
}

// warnings are sentences for the operator who asks how the server is. Anybody may ask, so they name no address.
func (p *proxyCheck) warnings() []string {
	if !p.found.Load() {
		return nil
	}
	return []string{"requests come by way of a proxy, but trusted-proxies is not set, so that all visitors look alike; the log names it"}
}

// neighbour tells whether an address is of this machine or of a private network (RFC 1918, RFC 4193).
func neighbour(peer string) bool {
	ip, err := netip.ParseAddr(peer)
	return err == nil && (ip.Unmap().IsLoopback() || ip.Unmap().IsPrivate())
}
