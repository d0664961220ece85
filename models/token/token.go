// Package token is the JWT mode: signed access and refresh tokens (RFC 7519), the keys that sign them, and the blacklist
// of tokens that were signed out before they expired. A token only says which session it belongs to (a family, in package
// session); whether that session still lives is asked of the database at each use.
package token

import (
	"errors"
	"time"
)

// Kind is what a token is for, as its header's typ says, so that one kind never passes for the other (RFC 8725, 3.11).
type Kind string

// The kinds of tokens. The first name is that of RFC 9068.
const (
	Access  Kind = "at+jwt"
	Refresh Kind = "rt+jwt"
)

// MaxBytes is the longest token that is looked at, so that a stranger's costs nothing; ours have about 500 bytes.
const MaxBytes = 8 << 10

var (
	// ErrInvalid says that this is no token of ours: malformed, forged, of another kind, issuer or audience.
	ErrInvalid = errors.New("token is not valid")
	// ErrExpired says that nothing but its time is wrong with a token.
	ErrExpired = errors.New("token has expired")
	// ErrRevoked says that a token was signed out, or its family ended, before it expired.
	ErrRevoked = errors.New("token was revoked")
	// ErrReused says that a refresh token was exchanged already, which ends its family.
	ErrReused = errors.New("refresh token was used before")
)

// Claims is all that a token says (RFC 7519, 4.1); nothing personal (ASVS 14.2.6). Times are whole seconds of Unix time.
type Claims struct {
	Issuer   string `json:"iss"`
	Audience string `json:"aud"`
	Subject  string `json:"sub"` // the user's id
	Session  string `json:"sid"` // the public id of the family
	ID       string `json:"jti"`
	IssuedAt int64  `json:"iat"`
	Expires  int64  `json:"exp"`
}

// expiresAt is the time from which the token no longer counts.
func (c Claims) expiresAt() time.Time { return time.Unix(c.Expires, 0).UTC() }

// Expired tells whether that time has come.
func (c Claims) Expired(now time.Time) bool { return !now.Before(c.expiresAt()) }
