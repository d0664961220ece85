// Package config turns flags and environment variables into one checked [Config].
//
// A command embeds [Settings], builds its kong parser with the option [Environment] and calls [Settings.Check].
// A flag wins over its environment variable, which wins over the default; an empty value counts as not given.
// Check reports every mistake at once, and no mistake, warning or printed Config ever shows a secret.
// The package creates nothing: the only files it reads are those that a "-file" setting names.
package config

import (
	"cmp"
	"fmt"
	"io"
	"log/slog"
	"net/mail"
	"net/url"
	"time"
)

// Config is what the settings mean once they have been checked. The README's table explains each of them.
type Config struct {
	Listen            []string // host:port, the host empty for every interface
	MetricsListen     string   // host:port, empty for none
	BaseURL           *url.URL // scheme and host in lower case, no path, no default port
	DataDir           string
	Database          Database
	Migrate           bool
	Secrets           Secrets // the first one is active; empty only when SecretPath is set
	SecretPath        string  // where the server keeps a secret of its own making, else empty
	TrustedProxies    Proxies
	SiteName          string
	SignupOpen        bool
	EmailVerification string // off, ask or require
	Pages             bool
	BcryptCost        int
	PasswordMinLength int
	BreachURL         string // ends where the hex digits go; empty asks nobody
	SessionIdle       time.Duration
	SessionLifetime   time.Duration
	RememberIdle      time.Duration
	RememberLifetime  time.Duration
	SessionCache      int           // how many live sessions are kept in memory
	SessionCacheAge   time.Duration // with MySQL, for how long
	SessionLimit      int
	Limits            Limits
	AccessTTL         time.Duration
	RefreshTTL        time.Duration
	FamilyLifetime    time.Duration
	JWTSecret         Hidden // for HS256; empty means ES256
	KeyLifetime       time.Duration
	EventLifetime     time.Duration // how long the history is kept
	Issuer            string        // empty means the base URL
	Audience          string        // empty means the base URL
	SMTP              SMTP
	MailDir           string       // where mails go without an SMTP server
	MailFrom          mail.Address // who mails are from
	HashWorkers       int          // 0 means one per processor
	HashEngine        string       // multi or x-crypto
	HashQueue         time.Duration
	DBMaxConns        int
	DBTimeout         time.Duration
	DBWait            time.Duration
	ShutdownDelay     time.Duration
	ShutdownTimeout   time.Duration
	LogFormat         string // auto, text or json
	LogLevel          slog.Level

	// Warnings are sentences for the operator about settings that are allowed but probably not meant.
	Warnings []string
}

// Secure reports whether people reach the server over https, which decides the cookie's name and its Secure attribute.
func (c Config) Secure() bool {
	return c.BaseURL.Scheme == "https"
}

// CookieName is the session cookie's name. The prefix __Host- makes a browser refuse such a cookie from a
// subdomain or over http (RFC 6265bis, section 4.1.3.2), so it can be used over https only.
func (c Config) CookieName() string {
	if c.Secure() {
		return "__Host-gatehouse"
	}
	return "gatehouse"
}

// HS256 reports whether tokens are signed with JWTSecret, and not with keys of the server's own.
func (c Config) HS256() bool { return c.JWTSecret != "" }

// TokenIssuer is the claim iss of tokens.
func (c Config) TokenIssuer() string { return cmp.Or(c.Issuer, c.BaseURL.String()) }

// TokenAudience is the claim aud of tokens.
func (c Config) TokenAudience() string { return cmp.Or(c.Audience, c.BaseURL.String()) }

// Database says which database to open. The URL never holds the password: it is always in Password.
type Database struct {
	URL      string // sqlite:PATH or mysql://USER@HOST:PORT/NAME?OPTIONS
	Password string `json:"-"`
}

// Format prints the URL alone, whatever the verb, so that no log line holds the password.
func (d Database) Format(f fmt.State, _ rune) {
	_, _ = io.WriteString(f, d.URL)
}

// Secrets are the server's secrets, the active one first, then older ones that still open what they protect.
type Secrets [][]byte

// Format prints how many secrets there are, whatever the verb, and never one of them.
func (s Secrets) Format(f fmt.State, _ rune) {
	_, _ = fmt.Fprintf(f, "[%d hidden]", len(s))
}

// MarshalText makes JSON and text encoders print what Format prints.
func (s Secrets) MarshalText() ([]byte, error) {
	return fmt.Appendf(nil, "%v", s), nil
}
