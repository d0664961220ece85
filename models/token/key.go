package token

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"time"
)

// Key is one ES256 key.
type Key struct {
	number     int64  // the order in which they were made
	ID         string // its kid: the thumbprint of RFC 7638
	Created    time.Time
	ActiveFrom time.Time // tokens are signed with it from then on; published before
	private    *ecdsa.PrivateKey
	x, y       string
}

// JWK is the public part of a key (RFC 7517).
type JWK struct {
	KeyType   string `json:"kty"`
	Curve     string `json:"crv"`
	X         string `json:"x"`
	Y         string `json:"y"`
	ID        string `json:"kid"`
	Use       string `json:"use"`
	Algorithm string `json:"alg"`
}

const algorithm = "ES256"

func newKey(number int64, activeFrom, now time.Time) (Key, error) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return Key{}, fmt.Errorf("make signing key: %w", err)
	}
	return identified(Key{number: number, Created: now, ActiveFrom: activeFrom, private: private})
}

// identified returns the key with its coordinates and its thumbprint: the SHA-256 of the required members in
// alphabetical order (RFC 7638, 3).
func identified(k Key) (Key, error) {
	public, err := k.private.PublicKey.ECDH()
	if err != nil {
		return Key{}, fmt.Errorf("encode public key: %w", err)
	}
	const side = 32
	point := public.Bytes()[1:] // after the byte that says "uncompressed"
	k.x = base64.RawURLEncoding.EncodeToString(point[:side])
	k.y = base64.RawURLEncoding.EncodeToString(point[side:])
	sum := sha256.Sum256([]byte(`{"crv":"P-256","kty":"EC","x":"` + k.x + `","y":"` + k.y + `"}`))
	k.ID = base64.RawURLEncoding.EncodeToString(sum[:])
	return k, nil
}

// jwk is what others need to verify a token of this key.
func (k Key) jwk() JWK {
	return JWK{KeyType: "EC", Curve: "P-256", X: k.x, Y: k.y, ID: k.ID, Use: "sig", Algorithm: algorithm}
}

func (k Key) marshal() ([]byte, error) { return x509.MarshalPKCS8PrivateKey(k.private) }

// parseKey reads the private part of a key.
func parseKey(number int64, der []byte, created, activeFrom time.Time) (Key, error) {
	parsed, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return Key{}, err
	}
	private, ok := parsed.(*ecdsa.PrivateKey)
	if !ok || private.Curve != elliptic.P256() {
		return Key{}, errors.New("not a P-256 key")
	}
	return identified(Key{number: number, Created: created, ActiveFrom: activeFrom, private: private})
}

// Format keeps the private part out of logs, whatever the verb.
func (k Key) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, k.ID) }
