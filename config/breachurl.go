package config

import (
	"net/url"
	"strings"
)

// breachURL checks the address that hex digits are put behind. What it is asked tells a little of somebody's new password,
// so only a server on this machine may be asked without TLS (ASVS 12.3.1).
func (c *checker) breachURL(value string) string {
	value = strings.TrimSpace(value)
	if value == "" {
		return ""
	}
	if complaint := badBreachURL(value); complaint != "" {
		c.failURL("breach-url", value, complaint, "https://api.pwnedpasswords.com/range/")
		return ""
	}
	return value
}

// badBreachURL says what is wrong with the address, or nothing.
func badBreachURL(value string) string {
	u, err := url.Parse(value)
	switch {
	case err != nil:
		return "is not a URL"
	case u.Scheme != "https" && u.Scheme != "http":
		return "does not begin with https://"
	case u.Hostname() == "":
		return "has no host"
	case u.Scheme == "http" && !loopbackHost(u.Hostname()):
		return "does not begin with https://, which any server but one on this machine must"
	case u.User != nil:
		return "must not hold a user name or password"
	case strings.ContainsAny(value, "?#"):
		return "must not have a ? or #"
	case !strings.HasSuffix(u.Path, "/"):
		return "does not end with /"
	default:
		return ""
	}
}
