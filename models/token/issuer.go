package token

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"gatehouse/db"
)

// Issuer signs tokens and tells whether a token is one of its own. It is safe for concurrent use.
type Issuer struct {
	method jwt.SigningMethod
	source source
	names  Names
	parser *jwt.Parser
}

// Names are who a token is from and for: iss and aud. Another server with the same keys and other names is not believed.
type Names struct{ Issuer, Audience string }

// source has the keys.
type source interface {
	// signing returns the key to sign with. Errors: db.ErrUnavailable.
	signing(now time.Time) (kid string, key any, err error)
	// verifying returns the key that a header names, and the latest exp that a token of it can have, zero if there is
	// no limit. Errors: ErrInvalid, db.ErrUnavailable.
	verifying(header map[string]any, now time.Time) (key any, latest time.Time, err error)
}

// NewES256 returns an issuer whose keys change by themselves and are published (RFC 7518, 3.4).
func NewES256(names Names, keys *Keys) *Issuer { return newIssuer(jwt.SigningMethodES256, names, keys) }

// NewHS256 returns an issuer for old consumers that share one secret, of 32 bytes or more (RFC 7518, 3.2). Whoever can
// verify such a token can forge one. Tokens that end later than tokenLife from now are not believed.
func NewHS256(names Names, secret []byte, tokenLife time.Duration) *Issuer {
	return newIssuer(jwt.SigningMethodHS256, names, shared{secret, tokenLife})
}

func newIssuer(method jwt.SigningMethod, names Names, s source) *Issuer {
	// One algorithm, set here and never by a token (RFC 8725, 3.1). Claims are checked by ours.
	p := jwt.NewParser(jwt.WithValidMethods([]string{method.Alg()}), jwt.WithStrictDecoding(), jwt.WithoutClaimsValidation())
	return &Issuer{method: method, source: s, names: names, parser: p}
}

// Sign returns the text of a token. The issuer fills in its names.
func (i *Issuer) Sign(kind Kind, c Claims, now time.Time) (string, error) {
	c.Issuer, c.Audience = i.names.Issuer, i.names.Audience
	t := jwt.NewWithClaims(i.method, signed{Claims: c})
	kid, key, err := i.source.signing(now)
	if err != nil {
		return "", err
	}
	t.Header["typ"] = string(kind)
	if kid != "" {
		t.Header["kid"] = kid
	}
	text, err := t.SignedString(key)
	if err != nil {
		return "", fmt.Errorf("sign token: %w", err)
	}
	return text, nil
}

// Parse returns what a token of this kind says. With ErrExpired the claims are there too: everything but the time was
// right. Errors: ErrInvalid, ErrExpired, and db.ErrUnavailable while it cannot be known whether its key is one of ours.
func (i *Issuer) Parse(kind Kind, text string, now time.Time) (Claims, error) {
	// The base64 decoder passes over line breaks, and one token must have one spelling.
	if len(text) > MaxBytes || strings.ContainsAny(text, "\r\n") {
		return Claims{}, ErrInvalid
	}
	var c signed
	var latest time.Time
	_, err := i.parser.ParseWithClaims(text, &c, func(t *jwt.Token) (key any, err error) {
		_, critical := t.Header["crit"] // extensions that must be understood (RFC 7515, 4.1.11); there is none that we do
		if t.Header["typ"] != string(kind) || critical {
			return nil, ErrInvalid
		}
		key, latest, err = i.source.verifying(t.Header, now)
		return key, err
	})
	if errors.Is(err, db.ErrUnavailable) {
		return Claims{}, err
	}
	if err != nil || !i.ours(c.Claims) || !latest.IsZero() && c.Claims.ExpiresAt().After(latest) {
		return Claims{}, ErrInvalid
	}
	if c.Expired(now) {
		return c.Claims, ErrExpired
	}
	return c.Claims, nil
}

// ours wants every claim there, and the names exact (ASVS 9.2.1, 9.2.3, 9.2.4). It is not left to the library's
// validator, which reports a token that expired and is wrong in another way as expired.
func (i *Issuer) ours(c Claims) bool {
	return c.Issuer == i.names.Issuer && c.Audience == i.names.Audience &&
		isID(c.Subject) && isID(c.Session) && isID(c.ID) && c.IssuedAt > 0 && c.Expires > c.IssuedAt && c.Expires < farFuture
}

// The limits of what the database can hold. Our own claims are far from them; other holders of a shared secret may sign
// what they like.
const (
	longestID = 64
	farFuture = 1 << 40 // in seconds; its milliseconds still fit
)

func isID(id string) bool { return id != "" && len(id) <= longestID }

// Format keeps keys out of logs, whatever the verb.
func (Issuer) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "(token issuer)") }

// signed gives Claims the methods that the library asks for. It calls none of them: its validator is switched off.
type signed struct {
	Claims
	jwt.RegisteredClaims `json:"-"`
}

// shared is one secret, which has no kid.
type shared struct {
	secret    []byte
	tokenLife time.Duration
}

func (s shared) signing(time.Time) (string, any, error) { return "", s.secret, nil }

func (s shared) verifying(_ map[string]any, now time.Time) (any, time.Time, error) {
	return s.secret, now.Add(s.tokenLife + slack), nil
}

// Format keeps the secret out of logs, whatever the verb.
func (shared) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "(secret)") }
