package config

import (
	"net/mail"
	"net/netip"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
	"unicode"
)

// SMTP says which server takes mails; without a Host none does.
type SMTP struct {
	Host     string
	Port     int
	TLS      string // starttls, implicit or none
	User     string // empty where there is no sign-in
	Password Hidden
}

// The ports of RFC 6409 and RFC 8314.
const (
	submissionPort  = 587
	submissionsPort = 465
)

// MailHost is how the server calls itself to mail servers: the host of the base URL, an IP address in the form of RFC 5321,
// 4.1.3.
func (c Config) MailHost() string {
	host := c.BaseURL.Hostname()
	ip, err := netip.ParseAddr(host)
	switch {
	case err != nil:
		return host
	case ip.Is4():
		return "[" + host + "]"
	default:
		return "[IPv6:" + host + "]"
	}
}

// mail checks where mails go and from whom they are.
func (c *checker) mail(s Settings, cfg *Config) {
	const setting = "smtp-url"
	value := strings.TrimSpace(c.eitherFile(setting, string(s.SMTPURL), s.SMTPURLFile))
	if value != "" && !c.failed(setting, setting+"-file") {
		var complaint string
		if cfg.SMTP, complaint = parseSMTP(value); complaint != "" {
			// Never the value: it holds a password.
			c.fail(setting, "%s; write smtp://USER:PASSWORD@HOST:PORT, or smtps:// for TLS from the first byte, and in a password %%40 for @, %%2F for /, %%3F for ?, %%23 for # and %%25 for %%", complaint)
		}
	}
	cfg.MailDir = strings.TrimSpace(s.MailDir)
	if cfg.MailDir == "" {
		cfg.MailDir = filepath.Join(cfg.DataDir, "mail")
	}
	if from := strings.TrimSpace(s.MailFrom); from != "" {
		var complaint string
		if cfg.MailFrom, complaint = parseSender(from); complaint != "" {
			c.fail("mail-from", "%s %s; write one such as Gatehouse <gatehouse@example.com>", quote(s.MailFrom), complaint)
		}
	} else if cfg.BaseURL != nil {
		cfg.MailFrom = mail.Address{Name: "Gatehouse", Address: "gatehouse@" + cfg.MailHost()}
	}
}

// parseSMTP reads the URL of a mail server, or says what is wrong with it. TLS is left out on this machine alone.
func parseSMTP(value string) (SMTP, string) {
	u, err := url.Parse(value)
	switch {
	case err != nil:
		return SMTP{}, "it is not a URL"
	case u.Scheme != "smtp" && u.Scheme != "smtps":
		return SMTP{}, "it begins with neither smtp:// nor smtps://"
	case u.Path != "" && u.Path != "/" || u.Opaque != "" || strings.ContainsAny(value, "?#"):
		return SMTP{}, "it must end after the host and port"
	}
	host := strings.ToLower(u.Hostname())
	if ip, err := netip.ParseAddr(host); err == nil && ip.Zone() == "" {
		host = ip.String()
	} else if !validName(host) {
		return SMTP{}, "it has no host that is an IP address or a name in ASCII letters"
	}
	server := SMTP{Host: host, Port: submissionPort, TLS: "starttls"}
	switch {
	case u.Scheme == "smtps":
		server.Port, server.TLS = submissionsPort, "implicit"
	case loopbackHost(host):
		server.TLS = "none"
	}
	if port := u.Port(); port != "" {
		if !validPort(port, 1) {
			return SMTP{}, "it has no port from 1 to 65535"
		}
		server.Port, _ = strconv.Atoi(port)
	}
	if u.User == nil {
		return server, ""
	}
	password, _ := u.User.Password()
	server.User, server.Password = u.User.Username(), Hidden(password)
	if server.User == "" || password == "" || strings.ContainsFunc(server.User+password, unicode.IsControl) {
		return SMTP{}, "it must have a user name with a password, both without control characters, or neither"
	}
	return server, ""
}

// parseSender reads one address with an optional name, or says what is wrong with it. Nothing in it may begin a new line
// of a mail's head.
func parseSender(value string) (mail.Address, string) {
	if strings.ContainsFunc(value, unicode.IsControl) {
		return mail.Address{}, "has control characters"
	}
	address, err := mail.ParseAddress(value)
	switch {
	case err != nil:
		return mail.Address{}, "is not one address with an optional name"
	case strings.ContainsFunc(address.Name, unicode.IsControl):
		return mail.Address{}, "has control characters in the name" // they may come encoded
	case len(address.Address) > 254 || strings.ContainsFunc(address.Address, func(r rune) bool { return r <= ' ' || r > '~' }):
		return mail.Address{}, "has an address that is too long or not plain ASCII (a domain in other letters begins with xn--)"
	}
	return *address, ""
}
