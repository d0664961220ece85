package token

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
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
	// One algorithm, set here and never by a token (RFC 8725, 3.1). Claims are checked by check.
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
// right. Errors: ErrInvalid, with the reason for the log, ErrExpired, and db.ErrUnavailable while it cannot be known
// whether its key is one of ours.
func (i *Issuer) Parse(kind Kind, text string, now time.Time) (Claims, error) {
	// The base64 decoder passes over line breaks, and one token must have one spelling.
	if len(text) > MaxBytes || strings.ContainsAny(text, "\r\n") {
		return Claims{}, errText
	}
	var c signed
	var latest time.Time
	var refused error
	_, err := i.parser.ParseWithClaims(text, &c, func(t *jwt.Token) (key any, err error) {
		if refused = checkHeader(t.Header, kind); refused == nil {
			key, latest, refused = i.source.verifying(t.Header, now)
		}
		return key, refused
	})
	if refused != nil {
		return Claims{}, refused
	}
	if err != nil {
		return Claims{}, invalid("it is malformed or not signed with the right key and algorithm")
	}
	if err := i.check(c.Claims, latest); err != nil {
		return Claims{}, err
	}
	if c.Expired(now) {
		return c.Claims, ErrExpired
	}
	return c.Claims, nil
}

var errText = invalid("it is too long or has line breaks")

func invalid(reason string) error { return fmt.Errorf("%w: %s", ErrInvalid, reason) }

func checkHeader(header map[string]any, kind Kind) error {
	if _, critical := header["crit"]; critical { // extensions that must be understood (RFC 7515, 4.1.11)
		return invalid("it has an extension that is not known here")
	}
	switch typ := header["typ"]; {
	case typ == string(kind):
		return nil
	case typ == string(Access), typ == string(Refresh):
		return invalid(fmt.Sprintf("it is a token for something else, %s and not %s", typ, kind))
	default:
		return invalid("its header has another typ than ours")
	}
}

// check wants every claim there, and the names exact (ASVS 9.2.1, 9.2.3, 9.2.4). It is not left to the library's
// validator, which reports a token that expired and is wrong in another way as expired.
func (i *Issuer) check(c Claims, latest time.Time) error {
	switch {
	case c.Issuer != i.names.Issuer:
		return invalid(fmt.Sprintf("its iss is %.100q, not %q", c.Issuer, i.names.Issuer))
	case c.Audience != i.names.Audience:
		return invalid(fmt.Sprintf("its aud is %.100q, not %q", c.Audience, i.names.Audience))
	case !isID(c.Subject) || !isID(c.Session) || !isID(c.ID):
		return invalid("its sub, sid or jti is missing or too long")
	case c.IssuedAt <= 0 || c.Expires <= c.IssuedAt || c.Expires >= farFuture:
		return invalid("its iat or exp is missing or makes no sense")
	case !latest.IsZero() && c.expiresAt().After(latest):
		return invalid("its exp is later than any token of its key")
	}
	return nil
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
