package config

import (
	"net/netip"
	"strings"
)

// trustedProxies checks the proxies whose X-Forwarded-For is believed. A range of all addresses is refused: everybody
// could then choose the address they are counted and logged under.
func (c *checker) trustedProxies(value string) []string {
	var proxies []string
	for _, item := range list(value) {
		proxy, complaint := parseProxy(item)
		if complaint != "" {
			c.fail("trusted-proxies", "%s %s", quote(item), complaint)
			continue
		}
		proxies = append(proxies, proxy)
	}
	return proxies
}

func parseProxy(item string) (proxy, complaint string) {
	const wanted = "is neither an IP address nor a range; write one such as 10.0.0.7 or 10.0.0.0/8"
	if !strings.Contains(item, "/") {
		ip, err := netip.ParseAddr(item)
		if err != nil || ip.Zone() != "" {
			return "", wanted
		}
		if ip.Unmap().IsUnspecified() {
			return "", "is the address of no proxy; name the proxies that stand before this server"
		}
		return ip.Unmap().String(), ""
	}
	network, err := netip.ParsePrefix(item)
	switch {
	case err != nil:
		return "", wanted
	case network.Addr().Is4In6():
		return "", "is an IPv4 range in IPv6 notation; write it as 10.0.0.0/8"
	case network.Bits() == 0:
		return "", "trusts every address, so that anybody could pretend to be anybody; name the proxies that stand before this server"
	}
	return network.Masked().String(), ""
}
