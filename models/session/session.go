// Package session knows who is signed in: one row a session, found by the SHA-256 of an opaque secret that
// only the visitor's cookie holds. A session has an idle limit, which activity moves, and an absolute one,
// which nothing moves. A visitor who is not signed in may have a session too, to keep a few values in.
package session

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"strings"
	"time"
	"unicode"
)

// Kind tells how the holder of a session proves it.
type Kind string

// A session is held by a cookie or by a family of tokens.
const (
	Cookie Kind = "cookie"
	Token  Kind = "token"
)

// freshFor is how long after proving the password a session may do what needs a fresh sign-in (ASVS 7.5.1).
const freshFor = 5 * time.Minute

// TouchEvery is how often, at most, the last-seen time of a session is written.
const TouchEvery = time.Minute

// MaxData is the most bytes of JSON that a session's values may take.
const MaxData = 4096

const (
	visitorLife  = 30 * time.Minute
	maxIP        = 45 // as the column holds; the longest text of an address
	maxUserAgent = 255
	secretBytes  = 32 // 256 bits (ASVS 7.2.3 asks for 128)
)

var (
	// ErrNotFound says that there is no such session, or no longer.
	ErrNotFound = errors.New("no session")
	// ErrExpired says that the session reached its idle or absolute limit.
	ErrExpired = errors.New("session expired")
	// ErrAmbiguous says that a request came with more than one live session.
	ErrAmbiguous = errors.New("several live sessions")
	// ErrDataTooLarge says that the values of a session do not fit into MaxData.
	ErrDataTooLarge = errors.New("session values are too large")
)

// Secret is the text of a session cookie. Whoever has it has the session.
type Secret string

// Hash is what the database knows of a secret.
type Hash [sha256.Size]byte

// NewSecret returns 256 random bits as text.
func NewSecret() Secret {
	var b [secretBytes]byte
	rand.Read(b[:]) // never fails: since Go 1.24 it ends the program rather than return an error
	return Secret(base64.RawURLEncoding.EncodeToString(b[:]))
}

var strictly = base64.RawURLEncoding.Strict()

// ParseSecret accepts a text that could have been made by NewSecret, so that nothing else is looked up.
func ParseSecret(text string) (Secret, bool) {
	if len(text) != base64.RawURLEncoding.EncodedLen(secretBytes) {
		return "", false
	}
	var b [secretBytes]byte
	n, err := strictly.Decode(b[:], []byte(text))
	return Secret(text), err == nil && n == secretBytes // the decoder passes over line breaks
}

// Hash is the SHA-256 of the secret's text as sent.
func (s Secret) Hash() Hash { return sha256.Sum256([]byte(s)) }

// String keeps secrets out of logs.
func (s Secret) String() string { return "(secret)" }

// Session is one row. PublicID names it to its owner and is neither the secret nor its hash.
type Session struct {
	Hash            Hash
	PublicID        string
	UserID          int64 // 0 for a visitor
	Kind            Kind
	Data            []byte // a JSON object, or nothing
	Created         time.Time
	AuthenticatedAt time.Time // zero for a visitor
	LastSeen        time.Time
	IdleExpires     time.Time
	AbsoluteExpires time.Time
	Remember        bool
	IP              string
	UserAgent       string
}

// Listing is what the owner of a session, or an operator, may know of it (ASVS 7.5.2).
type Listing struct {
	ID        string    `json:"id"`
	Kind      Kind      `json:"kind"`
	IP        string    `json:"ip"`
	UserAgent string    `json:"userAgent"`
	Created   time.Time `json:"created"`
	LastSeen  time.Time `json:"lastSeen"`
	Expires   time.Time `json:"expires"` // when it ends if nobody uses it
}

// Listing describes the session without its secret's hash and its values.
func (s Session) Listing() Listing {
	return Listing{
		ID: s.PublicID, Kind: s.Kind, IP: s.IP, UserAgent: s.UserAgent,
		Created: s.Created, LastSeen: s.LastSeen, Expires: s.IdleExpires,
	}
}

// Limits are the life spans of sessions.
type Limits struct {
	Idle, Lifetime                 time.Duration
	RememberIdle, RememberLifetime time.Duration
	Access, Refresh, Family        time.Duration // of access tokens, of refresh tokens, of a family however often it is refreshed
	PerUser                        int           // live sessions of one kind a user may have
}

// Device is what is known of the program that holds a session.
type Device struct {
	IP        string
	UserAgent string
}

// Clipped shortens both texts to what is stored of them, and drops what no log should show.
func (d Device) Clipped() Device {
	return Device{IP: clip(d.IP, maxIP), UserAgent: clip(d.UserAgent, maxUserAgent)}
}

// New returns a session of a user who has just proved who they are, and the secret for the cookie.
func New(userID int64, remember bool, l Limits, d Device, now time.Time) (Session, Secret) {
	lifetime := l.Lifetime
	if remember {
		lifetime = l.RememberLifetime
	}
	s, secret := start(lifetime, d, now)
	s.UserID, s.Remember, s.AuthenticatedAt = userID, remember, now
	s.IdleExpires = l.idleEnd(s, now)
	return s, secret
}

// NewVisitor returns a session of somebody who is not signed in, and the secret for the cookie.
func NewVisitor(d Device, now time.Time) (Session, Secret) {
	s, secret := start(visitorLife, d, now)
	s.IdleExpires = s.AbsoluteExpires
	return s, secret
}

func start(lifetime time.Duration, d Device, now time.Time) (Session, Secret) {
	secret := NewSecret()
	d = d.Clipped()
	return Session{
		Hash:            secret.Hash(),
		PublicID:        newID(),
		Kind:            Cookie,
		Created:         now,
		LastSeen:        now,
		AbsoluteExpires: now.Add(lifetime),
		IP:              d.IP,
		UserAgent:       d.UserAgent,
	}, secret
}

// newID returns the name of a session or token: random, but no secret.
func newID() string { return strings.ToLower(rand.Text()) }

// idleEnd is when the session ends without activity after now; never later than its absolute end.
func (l Limits) idleEnd(s Session, now time.Time) time.Time {
	idle := l.Idle
	switch {
	case s.UserID == 0:
		idle = visitorLife
	case s.Remember:
		idle = l.RememberIdle
	}
	return earlier(now.Add(idle), s.AbsoluteExpires)
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// Live tells whether both limits lie ahead.
func (s Session) Live(now time.Time) bool {
	return now.Before(s.IdleExpires) && now.Before(s.AbsoluteExpires)
}

// Fresh tells whether the user has proved the password within freshFor.
func (s Session) Fresh(now time.Time) bool {
	return s.UserID != 0 && now.Before(s.AuthenticatedAt.Add(freshFor))
}

// clip shortens a text to so many characters, and drops control characters and broken UTF-8.
func clip(s string, most int) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == '\uFFFD' {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, ""))
	n := 0
	for i := range s {
		if n == most {
			return s[:i]
		}
		n++
	}
	return s
}
