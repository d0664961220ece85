package throttle

import "net/netip"

// networkBits is what one customer of a provider gets of IPv6 at least (RFC 6177): whoever has one address of it has all.
const networkBits = 64

// NetworkOf returns the network that an address counts for: 192.0.2.1, or 2001:db8::/64. An IPv4 address in IPv6 form is the
// IPv4 address, and zones are left out. What is no address is itself.
func NetworkOf(ip string) string {
	addr, err := netip.ParseAddr(ip)
	if err != nil {
		return ip
	}
	addr = addr.Unmap()
	if addr.Is4() {
		return addr.String()
	}
	network, _ := addr.Prefix(networkBits) // an IPv6 address has as many bits
	return network.String()
}
