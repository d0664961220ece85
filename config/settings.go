package config

import (
	"fmt"
	"io"
	"reflect"
	"strings"
)

// Settings holds every setting as it was typed; Check makes a Config of it. All fields are text because kong
// stops at the first value that it cannot convert, and we report all mistakes at once. The tag "derived" describes
// a default that depends on other settings.
type Settings struct {
	Listen            string `name:"listen" default:"127.0.0.1:3000" group:"Server" help:"Addresses to listen on, with commas between them."`
	BaseURL           string `name:"base-url" derived:"http://localhost:3000" group:"Server" help:"The address people type to reach the server; unless set, it is made from the first listen address."`
	TrustedProxies    string `name:"trusted-proxies" placeholder:"IP-OR-CIDR,..." group:"Server" help:"Reverse proxies whose word about a visitor's address is believed, as IP addresses or ranges."`
	SiteName          string `name:"site-name" default:"Gatehouse" group:"Server" help:"What people know this site by, 1 to 60 characters; no password may be this name."`
	Signup            string `name:"signup" default:"open" group:"Server" help:"Whether strangers may make an account: open or closed."`
	EmailVerification string `name:"email-verification" default:"off" group:"Server" help:"Whether people confirm their address by a mailed link: off, ask, or require, which lets nobody sign in before."`
	Pages             string `name:"pages" default:"on" group:"Server" help:"Whether to serve the pages, such as /login, and to send visitors of guarded apps there: on or off."`
	MetricsListen     string `name:"metrics-listen" placeholder:"HOST:PORT" group:"Server" help:"An address of its own for Prometheus, which reads /metrics there without signing in; unless set, nothing is counted."`
	ShutdownDelay     string `name:"shutdown-delay" default:"0s" group:"Server" help:"How long to go on answering, with /readyz at 503, after being told to stop, so that a load balancer notices."`
	ShutdownTimeout   string `name:"shutdown-timeout" default:"15s" group:"Server" help:"How long requests in progress may take to finish when the server stops."`
	LogFormat         string `name:"log-format" default:"auto" group:"Server" help:"How log lines look: text for people, json for programs, or auto, which is text on a terminal and json elsewhere."`
	LogLevel          string `name:"log-level" default:"info" group:"Server" help:"The least important lines to log: debug, info, warn or error."`

	DataDir              string `name:"data-dir" default:"./data" group:"Data" help:"The folder for the embedded database and for the secret that the server makes itself."`
	Secret               Hidden `name:"secret" placeholder:"TEXT,..." group:"Data" help:"Secrets of 32 bytes or more, with commas between them: the first is in use, the others are older ones that are still accepted; other users of the machine can see flags, so prefer the file."`
	SecretFile           string `name:"secret-file" derived:"<data-dir>/secret" group:"Data" help:"A file with one secret on each line, used instead of secret; with SQLite the server makes it if neither is set, with MySQL one of them must be."`
	DatabaseURL          Hidden `name:"database-url" derived:"sqlite:<data-dir>/gatehouse.db" group:"Data" help:"The database: sqlite:PATH, or mysql://USER:PASSWORD@HOST:PORT/NAME."`
	DatabaseURLFile      string `name:"database-url-file" placeholder:"FILE" group:"Data" help:"A file that holds the database URL, used instead of database-url."`
	DatabasePassword     Hidden `name:"database-password" placeholder:"TEXT" group:"Data" help:"The password of the database user, when the database URL has none."`
	DatabasePasswordFile string `name:"database-password-file" placeholder:"FILE" group:"Data" help:"A file that holds the password of the database user, used instead of database-password."`
	Migrate              string `name:"migrate" default:"on" group:"Data" help:"Whether to bring the tables up to date at start: on or off."`
	DBMaxConns           string `name:"db-max-conns" default:"16" group:"Data" help:"The most connections to the database at one time, 1 to 1000; SQLite takes at most 4, or 2 for each processor."`
	DBTimeout            string `name:"db-timeout" default:"3s" group:"Data" help:"The longest wait for one database statement."`
	EventLifetime        string `name:"event-lifetime" default:"2160h" group:"Data" help:"Events, the history that gatehouse events shows, are kept for so long; at least 24h."`
	DBWait               string `name:"db-wait" default:"60s" group:"Data" help:"How long to wait at start for a database that is still starting itself."`

	BcryptCost        string `name:"bcrypt-cost" default:"12" group:"Passwords" help:"The work that one password check takes, 10 to 16; each step up doubles it."`
	PasswordMinLength string `name:"password-min-length" default:"8" group:"Passwords" help:"The fewest characters in a new password, 8 to 64."`
	BreachURL         string `name:"breach-url" placeholder:"URL" group:"Passwords" help:"Where new passwords are looked up among leaked ones, by 5 hex digits of their SHA-1, such as https://api.pwnedpasswords.com/range/; unless set, nowhere."`
	HashWorkers       string `name:"hash-workers" default:"0" group:"Passwords" help:"How many passwords are checked at the same time; 0 means one per processor."`
	HashEngine        string `name:"hash-engine" default:"multi" group:"Passwords" help:"What computes bcrypts: multi, several passwords at once on each worker, or x-crypto, the reference, one at a time."`
	HashQueue         string `name:"hash-queue" default:"2s" group:"Passwords" help:"A sign-in that would wait longer than this for a hash worker is refused with status 503."`

	SessionIdle      string `name:"session-idle" default:"30m" group:"Sessions" help:"A session ends after this long without a request; at least 2m."`
	SessionLifetime  string `name:"session-lifetime" default:"12h" group:"Sessions" help:"A session ends this long after sign-in, however busy it is."`
	RememberIdle     string `name:"remember-idle" default:"168h" group:"Sessions" help:"As session-idle, for people who asked to be remembered."`
	RememberLifetime string `name:"remember-lifetime" default:"720h" group:"Sessions" help:"As session-lifetime, for people who asked to be remembered."`
	SessionCache     string `name:"session-cache" default:"100000" group:"Sessions" help:"With SQLite, how many live sessions are kept in memory as well, so that a check does not read the database; about 1 kB each, 0 for none."`
	SessionCacheAge  string `name:"session-cache-age" default:"0s" group:"Sessions" help:"With MySQL, how long a check may let in by memory alone, so that a session that was ended lasts as much longer; up to 1m, and 0s reads the database at each check."`
	SessionLimit     string `name:"session-limit" default:"10" group:"Sessions" help:"The most sessions of one kind, cookie or token, one person may have, 1 to 100; one more ends the oldest."`

	AccountFailures string `name:"account-failures" default:"5" group:"Limits" help:"So many wrong passwords for one account, or one device of its owner, have no consequence; after them each next try must wait."`
	AccountDelay    string `name:"account-delay" default:"1s" group:"Limits" help:"How long the first wait is; each further wrong password doubles it."`
	AccountDelayMax string `name:"account-delay-max" default:"15m" group:"Limits" help:"The longest such wait."`
	AccountLock     string `name:"account-lock" default:"100" group:"Limits" help:"After so many wrong passwords in a row only devices that have signed in to the account before may try."`
	AccountLockTime string `name:"account-lock-time" default:"24h" group:"Limits" help:"How long that lasts, and how long wrong passwords are remembered after the last one."`
	AccountAtOnce   string `name:"account-at-once" default:"5" group:"Limits" help:"The most passwords of one account that are checked at the same time, 1 to 1000; more wait."`
	AccountWait     string `name:"account-wait" default:"2s" group:"Limits" help:"How long they wait, 20s at most, before they are refused with status 503."`
	DeviceLock      string `name:"device-lock" default:"20" group:"Limits" help:"After so many wrong passwords in a row a device counts as unknown."`
	DeviceLifetime  string `name:"device-lifetime" default:"8760h" group:"Limits" help:"A device that has not signed in for so long counts as unknown, 1h to 8760h."`
	NetworkFailures string `name:"network-failures" default:"100" group:"Limits" help:"The most wrong passwords from one network, an IPv4 address or an IPv6 /64, in one network-window."`
	NetworkWindow   string `name:"network-window" default:"10m" group:"Limits" help:"How long wrong passwords count for a network."`
	SignupLimit     string `name:"signup-limit" default:"20" group:"Limits" help:"The most sign-ups from one network in one signup-window."`
	SignupWindow    string `name:"signup-window" default:"1h" group:"Limits" help:"How long sign-ups count for a network."`
	MailLimit       string `name:"mail-limit" default:"3" group:"Limits" help:"The most mails that visitors can have sent to one address in one mail-window."`
	MailWindow      string `name:"mail-window" default:"1h" group:"Limits" help:"How long mails count for an address."`

	AccessTTL      string `name:"access-ttl" default:"3m" group:"Tokens" help:"How long an access token lasts, 10s to 24h and no longer than refresh-ttl."`
	RefreshTTL     string `name:"refresh-ttl" default:"5m" group:"Tokens" help:"How long a refresh token lasts; each refresh gives a new one."`
	FamilyLifetime string `name:"family-lifetime" default:"720h" group:"Tokens" help:"Tokens end this long after sign-in, however often they are refreshed."`
	JWTAlgorithm   string `name:"jwt-algorithm" default:"ES256" group:"Tokens" help:"How tokens are signed: ES256, with keys that the server makes and publishes, or HS256, with jwt-secret."`
	JWTSecret      Hidden `name:"jwt-secret" placeholder:"TEXT" group:"Tokens" help:"The secret for HS256, 32 bytes or more, shared with programs that verify tokens by themselves; each of them can forge tokens."`
	JWTSecretFile  string `name:"jwt-secret-file" placeholder:"FILE" group:"Tokens" help:"A file that holds the secret for HS256, used instead of jwt-secret."`
	KeyLifetime    string `name:"key-lifetime" default:"720h" group:"Tokens" help:"A new ES256 key takes over this long after the one before; at least 1h."`
	Issuer         string `name:"issuer" derived:"<base-url>" group:"Tokens" help:"Who tokens are from, their claim iss; the same on all servers of one database."`
	Audience       string `name:"audience" derived:"<base-url>" group:"Tokens" help:"Who tokens are for, their claim aud; the same on all servers of one database."`

	SMTPURL     Hidden `name:"smtp-url" placeholder:"URL" group:"Mail" help:"The server that takes mails, smtp://USER:PASSWORD@HOST:PORT (with STARTTLS, but for a server on this machine) or smtps:// (TLS from the first byte); unless set, mails become files in mail-dir."`
	SMTPURLFile string `name:"smtp-url-file" placeholder:"FILE" group:"Mail" help:"A file that holds the URL of the mail server, used instead of smtp-url."`
	MailDir     string `name:"mail-dir" derived:"<data-dir>/mail" group:"Mail" help:"The folder for mails as long as smtp-url is not set; for development."`
	MailFrom    string `name:"mail-from" derived:"Gatehouse <gatehouse@HOST-OF-BASE-URL>" group:"Mail" help:"Who mails are from, one address with an optional name."`
}

// Hidden is the text of a setting that may hold a secret.
type Hidden string

// Format prints a placeholder, whatever the verb.
func (h Hidden) Format(f fmt.State, _ rune) {
	if h != "" {
		_, _ = io.WriteString(f, "[hidden]")
	}
}

// MarshalText makes JSON and text encoders print what Format prints.
func (h Hidden) MarshalText() ([]byte, error) {
	return fmt.Appendf(nil, "%v", h), nil
}

// withDefaults fills in what was left empty, so that Settings made by hand mean the same as those that kong filled.
func (s Settings) withDefaults() Settings {
	fields := reflect.ValueOf(&s).Elem()
	for i := range fields.NumField() {
		value, ok := fields.Type().Field(i).Tag.Lookup("default")
		if ok && strings.TrimSpace(fields.Field(i).String()) == "" {
			fields.Field(i).SetString(value)
		}
	}
	return s
}
