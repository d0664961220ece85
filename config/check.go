package config

import (
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Check converts the settings. The error, if any, is a Problems that holds every mistake; the Config then carries only the
// warnings, because an unknown variable may be the reason, and the database, whose URL package db checks further. env is the
// environment the settings came from, or nil: it is searched for misspelt names only.
func (s Settings) Check(env []string) (Config, error) {
	s = s.withDefaults()
	c := &checker{}

	var cfg Config
	cfg.Listen = c.listen(s.Listen)
	cfg.MetricsListen = c.metricsListen(s.MetricsListen, cfg.Listen)
	cfg.BaseURL = c.baseURL(s.BaseURL, cfg.Listen)
	cfg.TrustedProxies = c.trustedProxies(s.TrustedProxies)
	cfg.SiteName = c.siteName(s.SiteName)
	cfg.SignupOpen = c.choice("signup", s.Signup, "open", "closed") == "open"
	cfg.EmailVerification = c.choice("email-verification", s.EmailVerification, "off", "ask", "require")
	cfg.Pages = c.onOff("pages", s.Pages)
	cfg.ShutdownDelay = c.duration("shutdown-delay", s.ShutdownDelay, 0, time.Hour)
	cfg.ShutdownTimeout = c.duration("shutdown-timeout", s.ShutdownTimeout, 0, time.Hour)
	cfg.LogFormat = c.choice("log-format", s.LogFormat, "auto", "text", "json")
	cfg.LogLevel = c.logLevel(s.LogLevel)

	cfg.DataDir = strings.TrimSpace(s.DataDir)
	cfg.Database = c.database(s, cfg.DataDir)
	cfg.Secrets = c.secrets(string(s.Secret), s.SecretFile)
	if len(cfg.Secrets) == 0 && !c.failed("secret", "secret-file") {
		if isMySQL(cfg.Database.URL) {
			c.fail("secret", "a MySQL database needs one; make it with `gatehouse secrets new FILE`, then set --secret-file FILE (or GATEHOUSE_SECRET_FILE)")
		} else {
			cfg.SecretPath = filepath.Join(cfg.DataDir, "secret")
		}
	}
	cfg.Migrate = c.onOff("migrate", s.Migrate)
	cfg.DBMaxConns = c.integer("db-max-conns", s.DBMaxConns, 1, 1000)
	cfg.EventLifetime = c.duration("event-lifetime", s.EventLifetime, 24*time.Hour, 10*365*24*time.Hour)
	cfg.DBTimeout = c.duration("db-timeout", s.DBTimeout, 10*time.Millisecond, 10*time.Minute)
	cfg.DBWait = c.duration("db-wait", s.DBWait, 0, time.Hour)

	cfg.BcryptCost = c.bcryptCost(s.BcryptCost, cfg.Listen)
	cfg.PasswordMinLength = c.integer("password-min-length", s.PasswordMinLength, 8, 64)
	cfg.BreachURL = c.breachURL(s.BreachURL)
	cfg.HashWorkers = c.integer("hash-workers", s.HashWorkers, 0, 1024)
	cfg.HashEngine = c.choice("hash-engine", s.HashEngine, "multi", "x-crypto")
	cfg.HashQueue = c.duration("hash-queue", s.HashQueue, 10*time.Millisecond, time.Minute)

	cfg.SessionIdle, cfg.SessionLifetime = c.idleAndLifetime("session", s.SessionIdle, s.SessionLifetime)
	cfg.RememberIdle, cfg.RememberLifetime = c.idleAndLifetime("remember", s.RememberIdle, s.RememberLifetime)
	cfg.SessionCache = c.integer("session-cache", s.SessionCache, 0, 10_000_000)
	cfg.SessionCacheAge = c.duration("session-cache-age", s.SessionCacheAge, 0, time.Minute)
	cfg.SessionLimit = c.integer("session-limit", s.SessionLimit, 1, 100)

	cfg.Limits = c.attemptLimits(s)

	c.tokens(s, &cfg)
	c.mail(s, &cfg)

	cfg.Warnings = slices.Concat(c.warnings, unknownVariables(env))
	if len(c.problems) > 0 {
		return Config{Warnings: cfg.Warnings, Database: cfg.Database}, c.problems
	}
	return cfg, nil
}

// bcryptCost allows a cheap cost to somebody who tries things out on one machine, and to nobody else.
func (c *checker) bcryptCost(value string, listen []string) int {
	const setting = "bcrypt-cost"
	cost, err := strconv.Atoi(strings.TrimSpace(value))
	if err != nil || cost < 4 || cost > 16 {
		c.fail(setting, "%s is not a whole number from 10 to 16", quote(value))
		return 0
	}
	if cost >= 10 || c.failed(setting, "listen") {
		return cost
	}
	for _, address := range listen {
		if !Loopback(address) {
			c.fail(setting, "%d is too cheap for a server that others can reach on %s; use 10 to 16", cost, quote(address))
			return 0
		}
	}
	c.warn("bcrypt-cost %d is for trying things out: such hashes are quickly guessed; use 10 to 16", cost)
	return cost
}

// idleAndLifetime checks the two durations of one kind of session. Two minutes is the least idle time because a session's
// last use is written at most once a minute.
func (c *checker) idleAndLifetime(kind, idle, lifetime string) (time.Duration, time.Duration) {
	const least, most = 2 * time.Minute, 10 * 365 * 24 * time.Hour
	idleName, lifetimeName := kind+"-idle", kind+"-lifetime"
	i := c.duration(idleName, idle, least, most)
	l := c.duration(lifetimeName, lifetime, least, most)
	if i > l && !c.failed(idleName, lifetimeName) {
		c.fail(idleName, "%s is longer than %s (%s); make it the same or shorter", short(i), lifetimeName, short(l))
	}
	return i, l
}
