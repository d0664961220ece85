package throttle

import (
	"net/netip"
	"strings"
	"testing"
)

func TestNetworkOf(t *testing.T) {
	for ip, want := range map[string]string{
		"192.0.2.1":                 "192.0.2.1",
		"192.0.2.2":                 "192.0.2.2",
		"::ffff:192.0.2.1":          "192.0.2.1",
		"::ffff:c000:201":           "192.0.2.1",
		"2001:db8::1":               "2001:db8::/64",
		"2001:DB8:0:0:ffff::1":      "2001:db8::/64",
		"2001:db8:0:1::1":           "2001:db8:0:1::/64",
		"fe80::1%eth0":              "fe80::/64",
		"::1":                       "::/64",
		"2001:db8::/64":             "2001:db8::/64",
		"":                          "",
		"@":                         "@",
		"192.0.2.1:80":              "192.0.2.1:80",
		"a peer without an address": "a peer without an address",
	} {
		if got := NetworkOf(ip); got != want {
			t.Errorf("NetworkOf(%q) = %q, want %q", ip, got, want)
		}
	}
}

func FuzzNetworkOf(f *testing.F) {
	for _, ip := range []string{"192.0.2.1", "::ffff:192.0.2.1", "2001:db8::1", "fe80::1%eth0", "::ffff:192.0.2.1%1", "", "2001:db8::/64", "1.2.3"} {
		f.Add(ip)
	}
	f.Fuzz(func(t *testing.T, ip string) {
		network := NetworkOf(ip)
		if again := NetworkOf(network); again != network {
			t.Errorf("NetworkOf(%q) = %q, of which it is %q", ip, network, again)
		}
		addr, err := netip.ParseAddr(ip)
		switch {
		case err != nil:
			if network != ip {
				t.Errorf("%q, which is no address, became %q", ip, network)
			}
		case addr.Unmap().Is4() || addr.WithZone("").Unmap().Is4():
			four := addr.As16()
			if network != netip.AddrFrom4([4]byte(four[12:])).String() {
				t.Errorf("NetworkOf(%q) = %q", ip, network)
			}
		default:
			other := addr.As16()
			for i := 8; i < 16; i++ {
				other[i] ^= 0x5a
			}
			neighbour := netip.AddrFrom16(other)
			stranger := addr.As16()
			stranger[7] ^= 1
			if !strings.HasSuffix(network, "/64") || !neighbour.Is4In6() && NetworkOf(neighbour.String()) != network || NetworkOf(netip.AddrFrom16(stranger).String()) == network {
				t.Errorf("NetworkOf(%q) = %q, of %v %q", ip, network, neighbour, NetworkOf(neighbour.String()))
			}
		}
	})
}
