package config

import (
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// listen checks the addresses to listen on. Port 0 asks the system for any free port.
func (c *checker) listen(value string) []string {
	const setting = "listen"
	addresses := list(value)
	if len(addresses) == 0 {
		c.fail(setting, "%s names no address; write one such as 127.0.0.1:3000", quote(value))
	}
	var checked []string
	for _, address := range addresses {
		switch {
		case !c.address(setting, address):
		case slices.Contains(checked, address) && !anyPort(address):
			c.fail(setting, "%s is there twice", quote(address))
		default:
			checked = append(checked, address)
		}
	}
	return checked
}

// metricsListen checks the one address that is for Prometheus alone.
func (c *checker) metricsListen(value string, listen []string) string {
	const setting = "metrics-listen"
	address := strings.TrimSpace(value)
	switch {
	case address == "", !c.address(setting, address):
		return ""
	case slices.Contains(listen, address) && !anyPort(address):
		c.fail(setting, "%s is where visitors are answered (listen); choose another port", quote(address))
		return ""
	}
	return address
}

// address tells whether it is one to listen on, and notes what is wrong with it.
func (c *checker) address(setting, address string) bool {
	host, port, err := net.SplitHostPort(address)
	switch {
	case err != nil:
		c.fail(setting, "%s is not HOST:PORT; write one such as 127.0.0.1:3000, [::1]:3000 or :3000 for every interface", quote(address))
	case !validListenHost(host):
		c.fail(setting, "%s has a host that is neither an IP address nor a name", quote(address))
	case !validPort(port, 0):
		c.fail(setting, "%s has no port from 0 to 65535", quote(address))
	default:
		return true
	}
	return false
}

// anyPort tells whether the system chooses the port.
func anyPort(address string) bool {
	_, port, _ := net.SplitHostPort(address)
	return port == "0"
}

func validListenHost(host string) bool {
	_, err := netip.ParseAddr(host)
	return host == "" || err == nil || validName(host)
}

// validName accepts a host name in ASCII. As in browsers, a name whose last part is a number would have to be an
// IP address, which the callers have tried before.
func validName(host string) bool {
	if len(host) > 253 {
		return false
	}
	labels := strings.Split(host, ".")
	for _, label := range labels {
		if label == "" || len(label) > 63 || strings.Trim(strings.ToLower(label), "abcdefghijklmnopqrstuvwxyz0123456789-_") != "" {
			return false
		}
	}
	return strings.Trim(labels[len(labels)-1], "0123456789") != ""
}

func validPort(port string, least int) bool {
	n, err := strconv.Atoi(port)
	return err == nil && n >= least && n <= 65535 && strings.Trim(port, "0123456789") == ""
}

// Loopback reports whether only programs on this machine can reach a listen address.
func Loopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	return err == nil && loopbackHost(host)
}

func loopbackHost(host string) bool {
	if ip, err := netip.ParseAddr(host); err == nil {
		return ip.Unmap().IsLoopback()
	}
	host = strings.ToLower(host)
	return host == "localhost" || strings.HasSuffix(host, ".localhost")
}
