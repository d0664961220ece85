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

// front watches how requests come here.
type front struct {
	proxies  config.Proxies
	accounts *account.Accounts
	log      *slog.Logger
	told     sync.Once
	untold   atomic.Bool // there is a proxy that the operator has not told of
}

// notice marks requests that came by way of a proxy which the operator has not told of, and says so once: without
// trusted-proxies all its visitors seem to have its address. A header alone proves nothing; it counts from an address that
// only a neighbour has, and where no proxy was named at all.
func (f *front) notice(c *gin.Context) {
	h := c.Request.Header
	if len(h["X-Forwarded-For"])+len(h["Forwarded"])+len(h["X-Real-Ip"]) == 0 {
		return
	}
	peer := c.RemoteIP()
	if f.proxies.Trust(peer) {
		return
	}
	of(c).proxied = len(f.proxies) == 0 && neighbour(peer)
	f.told.Do(func() {
		f.log.Warn("forwarding headers came from a peer that is no trusted proxy, so they are ignored; "+
			"if it is your proxy, name it with --trusted-proxies", "peer", peer)
	})
	if of(c).proxied && f.untold.CompareAndSwap(false, true) {
		if err := f.accounts.NoteProxy(c.Request.Context(), peer, of(c).now); err != nil {
			f.log.Warn("an untold proxy was not noted", "cause", err.Error())
			f.untold.Store(false)
		}
	}
}

// warnings are sentences for the operator who asks how the server is. Anybody may ask, so they name no address.
func (f *front) warnings() []string {
	if !f.untold.Load() {
		return nil
	}
	return []string{"requests come by way of a proxy, but trusted-proxies is not set, so that all visitors look alike; the log names it"}
}

// neighbour tells whether an address is of this machine or of a private network (RFC 1918, RFC 4193).
func neighbour(peer string) bool {
	ip, err := netip.ParseAddr(peer)
	return err == nil && (ip.Unmap().IsLoopback() || ip.Unmap().IsPrivate())
}
