package config

import (
	"bytes"
	"slices"
	"strings"
	"time"
	"unicode"
)

// tokens checks the settings of the JWT mode.
func (c *checker) tokens(s Settings, cfg *Config) {
	const least, most = 10 * time.Second, 10 * 365 * 24 * time.Hour
	cfg.AccessTTL = c.seconds("access-ttl", s.AccessTTL, least, 24*time.Hour)
	cfg.RefreshTTL = c.seconds("refresh-ttl", s.RefreshTTL, least, most)
	cfg.FamilyLifetime = c.seconds("family-lifetime", s.FamilyLifetime, least, most)
	// Keys are kept by the refresh token's time: it must be the longest token that a key signs.
	if cfg.AccessTTL > cfg.RefreshTTL && !c.failed("access-ttl", "refresh-ttl") {
		c.fail("access-ttl", "%s is longer than refresh-ttl (%s); make it the same or shorter", short(cfg.AccessTTL), short(cfg.RefreshTTL))
	}
	if cfg.RefreshTTL > cfg.FamilyLifetime && !c.failed("refresh-ttl", "family-lifetime") {
		c.fail("refresh-ttl", "%s is longer than family-lifetime (%s); make it the same or shorter", short(cfg.RefreshTTL), short(cfg.FamilyLifetime))
	}
	cfg.KeyLifetime = c.duration("key-lifetime", s.KeyLifetime, time.Hour, most)
	cfg.Issuer, cfg.Audience = c.claim("issuer", s.Issuer), c.claim("audience", s.Audience)

	secret := c.eitherFile("jwt-secret", string(s.JWTSecret), s.JWTSecretFile)
	switch c.choice("jwt-algorithm", s.JWTAlgorithm, "ES256", "HS256") {
	case "ES256":
		if secret != "" {
			c.warn("jwt-secret is set and not used: jwt-algorithm is ES256")
		}
	case "HS256":
		c.jwtSecret(secret, s.JWTSecretFile != "", cfg)
	}
}

func (c *checker) jwtSecret(secret string, fromFile bool, cfg *Config) {
	setting := "jwt-secret"
	if c.failed(setting, setting+"-file") {
		return
	}
	if fromFile {
		setting += "-file"
	}
	switch complaint := weakness(secret); {
	case secret == "":
		c.fail(setting, "HS256 needs one; %s and set --jwt-secret-file FILE", newSecret)
	case strings.ContainsAny(secret, "\r\n"):
		c.fail(setting, "it has more than one line; with HS256 there is one secret at a time")
	case complaint != "":
		c.fail(setting, "it %s", complaint)
	case slices.ContainsFunc(cfg.Secrets, func(other []byte) bool { return bytes.Equal(other, []byte(secret)) }):
		c.fail(setting, "it is the server's own secret, which no other program may know; %s", newSecret)
	default:
		cfg.JWTSecret = Hidden(secret)
	}
}

// seconds is a duration as tokens can tell it.
func (c *checker) seconds(setting, value string, least, most time.Duration) time.Duration {
	d := c.duration(setting, value, least, most)
	if d%time.Second != 0 {
		c.fail(setting, "%s is not whole seconds", quote(value))
	}
	return d
}

// longestClaim keeps tokens small, which travel in headers.
const longestClaim = 255

func (c *checker) claim(setting, value string) string {
	value = strings.TrimSpace(value)
	if len(value) > longestClaim || strings.ContainsFunc(value, unicode.IsControl) {
		c.fail(setting, "%s is longer than %d bytes or has control characters", quote(value), longestClaim)
		return ""
	}
	return value
}
