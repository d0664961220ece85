package config

import (
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
)

// baseURL checks the address people type, or makes it from the first listen address.
func (c *checker) baseURL(value string, listen []string) *url.URL {
	value = strings.TrimSpace(value)
	if value == "" {
		if len(listen) == 0 {
			return nil
		}
		u := URLOf(listen[0])
		c.warnReadable(u)
		return u
	}
	u, complaint := parseBaseURL(value)
	if complaint != "" {
		c.failURL("base-url", value, complaint, "https://auth.example.com")
		return nil
	}
	c.warnReadable(u)
	return u
}

func (c *checker) warnReadable(u *url.URL) {
	if u.Scheme == "http" && !loopbackHost(u.Hostname()) {
		c.warn("base-url %s is not https: passwords and cookies can be read on their way; use https, for example behind a reverse proxy", u)
	}
}

// parseBaseURL returns the address as a browser's Origin header writes it, or says what is wrong with it.
func parseBaseURL(value string) (*url.URL, string) {
	u, err := url.Parse(value)
	switch {
	case err != nil:
		return nil, "is not a URL"
	case u.Scheme != "http" && u.Scheme != "https":
		return nil, "does not begin with http:// or https://"
	case u.User != nil:
		return nil, "must not hold a user name or password"
	case strings.ContainsAny(value, "?#"):
		return nil, "must end after the host and port, without ? or #"
	case u.Path != "" && u.Path != "/":
		return nil, "must end after the host and port, without a path"
	}
	host := strings.ToLower(u.Hostname())
	if ip, err := netip.ParseAddr(host); err == nil && ip.Zone() == "" {
		host = ip.String()
	} else if !validName(host) {
		return nil, "has no host that is an IP address or a name in ASCII letters (a name in other letters begins with xn--)"
	}
	port := u.Port()
	if port != "" && !validPort(port, 1) {
		return nil, "has no port from 1 to 65535"
	}
	return origin(u.Scheme, host, port), ""
}

// origin leaves out a scheme's own port, as browsers do.
func origin(scheme, host, port string) *url.URL {
	n, _ := strconv.Atoi(port)
	if port == "" || scheme == "http" && n == 80 || scheme == "https" && n == 443 {
		if strings.Contains(host, ":") {
			host = "[" + host + "]"
		}
		return &url.URL{Scheme: scheme, Host: host}
	}
	return &url.URL{Scheme: scheme, Host: net.JoinHostPort(host, strconv.Itoa(n))}
}

// URLOf is how a person on this machine reaches who listens on an address, which must be one that can be listened on. Browsers
// treat http://localhost as trustworthy, so that is the name for every address which includes this machine's own. A zone
// means nothing to a browser and is dropped.
func URLOf(address string) *url.URL {
	host, port, _ := net.SplitHostPort(address)
	ip, err := netip.ParseAddr(host)
	if err == nil {
		host = ip.WithZone("").String()
	}
	if host == "" || loopbackHost(host) || err == nil && ip.Unmap().IsUnspecified() {
		host = "localhost"
	}
	return origin("http", strings.ToLower(host), port)
}

// WithListener returns the Config with the port that the first listener was given, if it asked for any (port 0) and
// no base-url was set. Until then such a BaseURL has port 0.
func (c Config) WithListener(address net.Addr) Config {
	if tcp, ok := address.(*net.TCPAddr); ok && c.BaseURL.Port() == "0" {
		c.BaseURL = origin(c.BaseURL.Scheme, c.BaseURL.Hostname(), strconv.Itoa(tcp.Port))
	}
	return c
}
