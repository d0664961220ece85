package config

import (
	"net/netip"
	"strings"
)

// Proxies are the peers whose X-Forwarded-For is believed.
type Proxies []netip.Prefix

// Trust tells whether the address of a peer, which may be an IPv4 address in IPv6 form, is that of a trusted proxy.
func (p Proxies) Trust(peer string) bool {
	ip, err := netip.ParseAddr(peer)
	if err != nil {
		return false
	}
	for _, prefix := range p {
		if prefix.Contains(ip.Unmap()) {
			return true
		}
	}
	return false
}

// Strings lists them as ranges.
func (p Proxies) Strings() []string {
	var texts []string
	for _, prefix := range p {
		texts = append(texts, prefix.String())
	}
	return texts
}

// trustedProxies checks the proxies whose X-Forwarded-For is believed. A range of all addresses is refused: everybody
// could then choose the address they are counted and logged under.
func (c *checker) trustedProxies(value string) Proxies {
	var proxies Proxies
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

func parseProxy(item string) (proxy netip.Prefix, complaint string) {
	const wanted = "is neither an IP address nor a range; write one such as 10.0.0.7 or 10.0.0.0/8"
	if !strings.Contains(item, "/") {
		ip, err := netip.ParseAddr(item)
		if err != nil || ip.Zone() != "" {
			return netip.Prefix{}, wanted
		}
		ip = ip.Unmap()
		if ip.IsUnspecified() {
			return netip.Prefix{}, "is the address of no proxy; name the proxies that stand before this server"
		}
		return netip.PrefixFrom(ip, ip.BitLen()), ""
	}
	network, err := netip.ParsePrefix(item)
	switch {
	case err != nil:
		return netip.Prefix{}, wanted
	case network.Addr().Is4In6():
		return netip.Prefix{}, "is an IPv4 range in IPv6 notation; write it as 10.0.0.0/8"
	case network.Bits() == 0:
		return netip.Prefix{}, "trusts every address, so that anybody could pretend to be anybody; name the proxies that stand before this server"
	}
	return network.Masked(), ""
}
