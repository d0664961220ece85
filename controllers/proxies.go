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

// warn says once that a proxy is in front which the operator has not told of: without trusted-proxies all visitors
// seem to have its address.
func (p proxies) warn(log *slog.Logger) gin.HandlerFunc {
	var once sync.Once
	return func(c *gin.Context) {
		h := c.Request.Header
		if len(h["X-Forwarded-For"])+len(h["Forwarded"])+len(h["X-Real-Ip"]) == 0 || p.trust(c.RemoteIP()) {
			return
		}
		once.Do(func() {
			log.Warn("forwarding headers came from a peer that is no trusted proxy, so they are ignored; "+
				"if it is your proxy, name it with --trusted-proxies", "peer", c.RemoteIP())
		})
	}
}
