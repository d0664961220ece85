package controllers

import (
	"log/slog"
	"net/netip"
	"strings"
	"sync"

	"github.com/gin-gonic/gin"
)

// proxies are the peers whose X-Forwarded-For is believed.
type proxies []netip.Prefix

func trustedProxies(list []string) (proxies, error) {
	var all proxies
	for _, text := range list {
		if !strings.Contains(text, "/") {
			ip, err := netip.ParseAddr(text)
			if err != nil {
				return nil, err
			}
			all = append(all, netip.PrefixFrom(ip, ip.BitLen()))
			continue
		}
		prefix, err := netip.ParsePrefix(text)
		if err != nil {
			return nil, err
		}
		all = append(all, prefix)
	}
	return all, nil
}

func (p proxies) trust(peer string) bool {
	ip, err := netip.ParseAddr(peer)
	if err != nil {
		return false
	}
	for _, prefix := range p {
		if prefix.Contains(ip.Unmap()) || prefix.Contains(ip) {
			return true
		}
	}
	return false
}

// notice marks requests that came by way of a proxy which the operator has not told of, and says so once: without
// trusted-proxies all its visitors seem to have its address. A header alone proves nothing; it counts from an address that
// only a neighbour has.
func (p proxies) notice(log *slog.Logger) gin.HandlerFunc {
	var once sync.Once
	return func(c *gin.Context) {
		h := c.Request.Header
		if len(h["X-Forwarded-For"])+len(h["Forwarded"])+len(h["X-Real-Ip"]) == 0 || p.trust(c.RemoteIP()) {
			return
		}
		of(c).proxied = neighbour(c.RemoteIP())
		once.Do(func() {
			log.Warn("forwarding headers came from a peer that is no trusted proxy, so they are ignored; "+
				"if it is your proxy, name it with --trusted-proxies", "peer", c.RemoteIP())
		})
	}
}

// neighbour tells whether an address is of this machine or of a private network (RFC 1918, RFC 4193).
func neighbour(peer string) bool {
	ip, err := netip.ParseAddr(peer)
	return err == nil && (ip.Unmap().IsLoopback() || ip.Unmap().IsPrivate())
}
