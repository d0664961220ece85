package config

import (
	"errors"
	"log/slog"
	"net"
	"net/mail"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

const goodSecret = "k3Vq9ZtL0xWm7RbY2sHd8NfJ4pGc6TeU"

func mustCheck(t *testing.T, s Settings) Config {
	t.Helper()
	cfg, err := s.Check(nil)
	if err != nil {
		t.Fatalf("Check: %v", err)
	}
	return cfg
}

// problems returns the mistakes as "setting" names, and the whole text.
func problems(t *testing.T, s Settings) (names []string, text string) {
	t.Helper()
	_, err := s.Check(nil)
	var found Problems
	if err != nil && !errors.As(err, &found) {
		t.Fatalf("error is a %T, want Problems", err)
	}
	for _, p := range found {
		names = append(names, p.Setting)
	}
	return names, found.Error()
}

func TestDefaultsAreTheListedOnes(t *testing.T) {
	got := mustCheck(t, Settings{})
	want := Config{
		Listen: []string{"127.0.0.1:3000"}, DataDir: "./data", Database: Database{URL: "sqlite:data/gatehouse.db"}, Migrate: true,
		SecretPath: "data/secret", SiteName: "Gatehouse", SignupOpen: true, EmailVerification: "off", Pages: true, BcryptCost: 12, PasswordMinLength: 8,
		SessionIdle: 30 * time.Minute, SessionLifetime: 12 * time.Hour, RememberIdle: 168 * time.Hour, RememberLifetime: 720 * time.Hour,
		SessionCache: 100_000, SessionLimit: 10,
		Limits: Limits{
			AccountFailures: 5, AccountDelay: time.Second, AccountMax: 15 * time.Minute, AccountLock: 100, AccountLockTime: 24 * time.Hour,
			AccountAtOnce: 5, AccountWait: 2 * time.Second, DeviceLock: 20, DeviceLifetime: 8760 * time.Hour,
			NetworkFailures: 100, NetworkWindow: 10 * time.Minute, SignupLimit: 20, SignupWindow: time.Hour, MailLimit: 3, MailWindow: time.Hour,
		},
		AccessTTL: 3 * time.Minute, RefreshTTL: 5 * time.Minute, FamilyLifetime: 720 * time.Hour, KeyLifetime: 720 * time.Hour,
		HashEngine: "multi", HashQueue: 2 * time.Second, DBMaxConns: 16, DBTimeout: 3 * time.Second, DBWait: time.Minute, EventLifetime: 2160 * time.Hour,
		ShutdownTimeout: 15 * time.Second, LogFormat: "auto", LogLevel: slog.LevelInfo,
		MailDir: "data/mail", MailFrom: mail.Address{Name: "Gatehouse", Address: "gatehouse@localhost"},
	}
	if got.BaseURL.String() != "http://localhost:3000" {
		t.Errorf("BaseURL = %q, want http://localhost:3000", got.BaseURL)
	}
	got.BaseURL = nil
	if !reflect.DeepEqual(got, want) {
		t.Errorf("defaults:\n got %+v\nwant %+v", got, want)
	}
}

func TestEveryMistakeIsReportedAtOnce(t *testing.T) {
	names, text := problems(t, Settings{
		Listen: "3000", BaseURL: "example.com", TrustedProxies: "proxy,0.0.0.0/0", SiteName: "a\tb", Signup: "maybe", EmailVerification: "perhaps", Pages: "yes", ShutdownDelay: "soon", ShutdownTimeout: "-1s",
		LogFormat: "xml", LogLevel: "loud", DatabaseURL: "mysql://root@/", Migrate: "later", DBMaxConns: "0", DBTimeout: "3", DBWait: "soon", EventLifetime: "23h",
		BcryptCost: "17", PasswordMinLength: "7", BreachURL: "http://range.example/", HashWorkers: "-1", HashEngine: "gpu", HashQueue: "2m", SessionIdle: "1m", SessionLifetime: "7d",
		RememberIdle: "800h", SessionCache: "-1", SessionCacheAge: "61s", SessionLimit: "101",
		AccountFailures: "0", AccountDelay: "0s", AccountDelayMax: "forever", AccountLock: "-1", AccountLockTime: "1s", AccountAtOnce: "1001", AccountWait: "21s",
		DeviceLock: "0", DeviceLifetime: "59m", NetworkFailures: "no", NetworkWindow: "0s", SignupLimit: "1e3", SignupWindow: "8761h", MailLimit: "0", MailWindow: "hour",
		AccessTTL: "9999ms", RefreshTTL: "5", FamilyLifetime: "1s", KeyLifetime: "30m",
		Issuer: "a\nb", Audience: strings.Repeat("a", 256), JWTAlgorithm: "none", SMTPURL: "ftp://x", MailFrom: "x",
	})
	want := []string{
		"listen", "base-url", "trusted-proxies", "trusted-proxies", "site-name", "signup", "email-verification", "pages", "shutdown-delay", "shutdown-timeout", "log-format", "log-level",
		"database-url", "secret", "migrate", "db-max-conns", "event-lifetime", "db-timeout", "db-wait", "bcrypt-cost", "password-min-length", "breach-url", "hash-workers",
		"hash-engine", "hash-queue", "session-idle", "session-lifetime", "remember-idle", "session-cache", "session-cache-age", "session-limit",
		"account-failures", "account-delay", "account-delay-max", "account-lock", "account-lock-time", "account-at-once", "account-wait", "device-lock", "device-lifetime",
		"network-failures", "network-window", "signup-limit", "signup-window", "mail-limit", "mail-window",
		"access-ttl", "refresh-ttl", "family-lifetime", "key-lifetime", "issuer", "audience", "jwt-algorithm", "smtp-url", "mail-from",
	}
	if !slices.Equal(names, want) {
		t.Errorf("mistakes in %q\nwant        %q", names, want)
	}
	if lines := strings.Count(text, "\n") + 1; lines != len(want) {
		t.Errorf("%d lines for %d mistakes:\n%s", lines, len(want), text)
	}
	for _, line := range []string{
		`session-lifetime: "7d" is not a length of time; write it as 90s, 30m or 168h`,
		`session-idle: "1m" is not between 2m and 87600h`,
		`remember-idle: 800h is longer than remember-lifetime (720h); make it the same or shorter`,
		`signup: "maybe" is not known; use open or closed`,
	} {
		if !strings.Contains(text, line) {
			t.Errorf("no line %q in\n%s", line, text)
		}
	}
}

func TestADelayIsNoLongerThanTheLongest(t *testing.T) {
	_, text := problems(t, Settings{AccountDelay: "2m", AccountDelayMax: "1m"})
	if want := "account-delay: 2m is longer than account-delay-max (1m); make it the same or shorter"; !strings.Contains(text, want) {
		t.Errorf("no line %q in\n%s", want, text)
	}
}

func TestAMistakeStaysOnOneLine(t *testing.T) {
	_, text := problems(t, Settings{Signup: "a\nb\x1b[31m" + strings.Repeat("x", 500)})
	if strings.ContainsAny(text, "\n\x1b") || len(text) > 250 {
		t.Errorf("mistake is printed raw: %q", text)
	}
}

func TestMistakes(t *testing.T) {
	empty := filepath.Join(t.TempDir(), "empty")
	if err := os.WriteFile(empty, []byte(" \n\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	twoLines, short := filepath.Join(t.TempDir(), "two"), filepath.Join(t.TempDir(), "short")
	if err := errors.Join(os.WriteFile(twoLines, []byte(goodSecret+"\n"+goodSecret+"x\n"), 0o600), os.WriteFile(short, []byte("k3Vq9Z\n"), 0o600)); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name     string
		settings Settings
		want     string // "" for no mistake, else a part of the text
	}{
		{"idle may equal lifetime", Settings{SessionIdle: "12h"}, ""},
		{"idle longer than lifetime", Settings{SessionLifetime: "10m"}, "session-idle: 30m is longer than session-lifetime (10m)"},
		{"both secrets", Settings{Secret: goodSecret, SecretFile: "x"}, "secret: secret-file is set too"},
		{"both database urls", Settings{DatabaseURL: "sqlite:a", DatabaseURLFile: "x"}, "database-url: database-url-file is set too"},
		{"both passwords", Settings{DatabasePassword: "a", DatabasePasswordFile: "x"}, "database-password: database-password-file is set too"},
		{"missing file", Settings{SecretFile: "/no/such/file"}, `secret-file: cannot read "/no/such/file": no such file or directory`},
		{"folder as file", Settings{DatabaseURLFile: "/"}, `database-url-file: cannot read "/": is a directory`},
		{"empty secret file", Settings{SecretFile: empty}, `secret-file: "` + empty + `" is empty`},
		{"empty password file", Settings{DatabasePasswordFile: empty}, `database-password-file: "` + empty + `" is empty`},
		{"huge file", Settings{SecretFile: "/dev/zero"}, "larger than 64 KiB"},
		{"mysql without secret", Settings{DatabaseURL: "mysql://u@h/n"}, "gatehouse secrets new FILE`, then set --secret-file FILE (or GATEHOUSE_SECRET_FILE)"},
		{"mysql with secret", Settings{DatabaseURL: "mysql://u@h:3306/n?tls=true", Secret: goodSecret}, ""},
		{"cheap hash on a network", Settings{BcryptCost: "4", Listen: "127.0.0.1:1,0.0.0.0:2"}, `bcrypt-cost: 4 is too cheap for a server that others can reach on "0.0.0.0:2"`},
		{"cheap hash on this machine", Settings{BcryptCost: "4", Listen: "localhost:1,[::1]:2"}, ""},
		{"no address", Settings{Listen: ","}, "listen: \",\" names no address"},
		{"address twice", Settings{Listen: "127.0.0.1:1,127.0.0.1:1"}, "is there twice"},
		{"any port twice", Settings{Listen: "127.0.0.1:0,127.0.0.1:0"}, ""},
		{"https behind a proxy", Settings{BaseURL: "https://auth.example.com", TrustedProxies: "10.0.0.0/8, ::1"}, ""},
		{"HS256 without a secret", Settings{JWTAlgorithm: "HS256"}, "jwt-secret: HS256 needs one; make one with `gatehouse secrets new FILE` and set --jwt-secret-file FILE"},
		{"HS256 with a short secret", Settings{JWTAlgorithm: "HS256", JWTSecret: "k3Vq9ZtL0xWm7RbY2sHd8NfJ4pGc6Te"}, "jwt-secret: it has fewer than 32 bytes"},
		{"HS256 with a sample", Settings{JWTAlgorithm: "HS256", JWTSecret: "your-256-bit-secret-goes-here-please"}, "jwt-secret: it can be guessed"},
		{"HS256 with the server's secret", Settings{JWTAlgorithm: "HS256", JWTSecret: goodSecret, Secret: goodSecret}, "jwt-secret: it is the server's own secret"},
		{"HS256 with two lines", Settings{JWTAlgorithm: "HS256", JWTSecretFile: twoLines}, "jwt-secret-file: it has more than one line"},
		{"HS256 with a short secret in a file", Settings{JWTAlgorithm: "HS256", JWTSecretFile: short}, "jwt-secret-file: it has fewer than 32 bytes"},
		{"HS256 with an empty file", Settings{JWTAlgorithm: "HS256", JWTSecretFile: empty}, `jwt-secret-file: "` + empty + `" is empty`},
		{"HS256 with a secret", Settings{JWTAlgorithm: "HS256", JWTSecret: goodSecret}, ""},
		{"access token longer than refresh token", Settings{AccessTTL: "10m"}, "access-ttl: 10m is longer than refresh-ttl (5m)"},
		{"refresh token longer than the family", Settings{FamilyLifetime: "4m"}, "refresh-ttl: 5m is longer than family-lifetime (4m)"},
		{"half a second", Settings{AccessTTL: "90.5s"}, `access-ttl: "90.5s" is not whole seconds`},
		{"long site name", Settings{SiteName: strings.Repeat("é", 60)}, ""},
		{"too long a site name", Settings{SiteName: strings.Repeat("é", 61)}, "is not a name of 1 to 60 printable characters"},
		{"site name on two lines", Settings{SiteName: "a\nb"}, `site-name: "a\nb" is not a name of`},
		{"invisible letter in the site name", Settings{SiteName: "a\u200bb"}, "site-name: "},
		{"site name that is no text", Settings{SiteName: "a\xffb"}, "site-name: "},
		{"leaked passwords", Settings{BreachURL: " https://api.pwnedpasswords.com/range/ "}, ""},
		{"leaked passwords on this machine", Settings{BreachURL: "http://127.0.0.1:8080/"}, ""},
		{"leaked passwords without TLS", Settings{BreachURL: "http://range.example/"}, `breach-url: "http://range.example/" does not begin with https://, which any`},
		{"leaked passwords by ftp", Settings{BreachURL: "ftp://range.example/"}, "does not begin with https://; write one such as https://api.pwnedpasswords.com/range/"},
		{"leaked passwords nowhere", Settings{BreachURL: "https:///range/"}, "has no host"},
		{"leaked passwords without a slash", Settings{BreachURL: "https://range.example/range"}, "does not end with /"},
		{"leaked passwords with a query", Settings{BreachURL: "https://range.example/?range=/"}, "must not have a ? or #"},
		{"leaked passwords with a password", Settings{BreachURL: "https://ann:hush@range.example/"}, "breach-url: must not hold a user name or password; write"},
		{"leaked passwords with a broken address", Settings{BreachURL: "https://ann:hush@range.example:x/"}, "breach-url: is not a URL; write"},
		{"password min length", Settings{PasswordMinLength: "65"}, `password-min-length: "65" is not a whole number from 8 to 64`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, text := problems(t, tt.settings)
			if tt.want == "" && text != "" || !strings.Contains(text, tt.want) {
				t.Errorf("mistakes = %q, want %q", text, tt.want)
			}
		})
	}
}

func TestWarnings(t *testing.T) {
	tests := []struct {
		name     string
		settings Settings
		env      []string
		want     string // "" for none
	}{
		{"cheap hash", Settings{BcryptCost: "9"}, nil, "bcrypt-cost 9"},
		{"http on a public address", Settings{BaseURL: "http://example.com"}, nil, "base-url http://example.com is not https"},
		{"http made from a public address", Settings{Listen: "192.0.2.1:80"}, nil, "base-url http://192.0.2.1 is not https"},
		{"http on localhost", Settings{BaseURL: "http://app.localhost:8080"}, nil, ""},
		{"http on every interface", Settings{Listen: ":3000"}, nil, ""},
		{"misspelt variable", Settings{}, []string{"GATEHOUSE_SECRT_FILE=hush"}, `"GATEHOUSE_SECRT_FILE" is no setting and is ignored; did you mean GATEHOUSE_SECRET_FILE?`},
		{"strange variable", Settings{}, []string{"GATEHOUSE_COFFEE_MACHINE=hush"}, `"GATEHOUSE_COFFEE_MACHINE" is no setting and is ignored`},
		{"known and foreign variables", Settings{}, []string{"GATEHOUSE_LISTEN=a", "GATEHOUSE_TEST_MYSQL=b", "PATH=c"}, ""},
		{"kubernetes", Settings{}, []string{"GATEHOUSE_PORT=tcp://10.0.0.1:80", "GATEHOUSE_SERVICE_HOST=a", "GATEHOUSE_PORT_80_TCP=b"}, ""},
		{"two passwords", Settings{DatabaseURL: "mysql://u:hush@h/n", DatabasePassword: "hush", Secret: goodSecret}, nil, "database-password is not used"},
		{"secret for HS256 without HS256", Settings{JWTSecret: "hush"}, nil, "jwt-secret is set and not used"},
		{"password for sqlite", Settings{DatabasePassword: "hush"}, nil, "database-password is not used"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			cfg, err := tt.settings.Check(tt.env)
			if err != nil {
				t.Fatal(err)
			}
			got := strings.Join(cfg.Warnings, "\n")
			if tt.want == "" && got != "" || !strings.Contains(got, tt.want) || strings.Contains(got, "hush") {
				t.Errorf("warnings = %q, want %q", got, tt.want)
			}
		})
	}
}

func TestWarningsComeWithMistakesToo(t *testing.T) {
	cfg, err := Settings{Signup: "x"}.Check([]string{"GATEHOUSE_SIGN_UP=open"})
	if err == nil || len(cfg.Warnings) != 1 {
		t.Errorf("warnings = %q, err = %v; want one of each", cfg.Warnings, err)
	}
}

func TestCookieNameFollowsTheBaseURL(t *testing.T) {
	for base, want := range map[string]string{"http://localhost": "gatehouse", "https://example.com": "__Host-gatehouse"} {
		cfg := mustCheck(t, Settings{BaseURL: base})
		if cfg.CookieName() != want || cfg.Secure() != strings.HasPrefix(want, "__Host-") {
			t.Errorf("%s: cookie %q, secure %v", base, cfg.CookieName(), cfg.Secure())
		}
	}
}

func TestWithListenerFillsInPortZeroOnly(t *testing.T) {
	at := &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 4321}
	if got := mustCheck(t, Settings{Listen: "127.0.0.1:0"}).WithListener(at).BaseURL.String(); got != "http://localhost:4321" {
		t.Errorf("derived BaseURL = %q", got)
	}
	if got := mustCheck(t, Settings{Listen: "127.0.0.1:0", BaseURL: "https://a.example"}).WithListener(at).BaseURL.String(); got != "https://a.example" {
		t.Errorf("given BaseURL = %q", got)
	}
}

func TestTheSiteIsCalledAsItWasTyped(t *testing.T) {
	for typed, want := range map[string]string{" Kästner & Söhne ": "Kästner & Söhne", " ": "Gatehouse"} {
		if got := mustCheck(t, Settings{SiteName: typed}).SiteName; got != want {
			t.Errorf("%q: %q, want %q", typed, got, want)
		}
	}
}
