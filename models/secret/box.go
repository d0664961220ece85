package secret

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
)

// errSealed says that none of the server's secrets opens what was sealed, or that it was changed since.
var errSealed = errors.New("sealed with another secret, or damaged")

// Box encrypts what the database keeps and the server must read back: AES-256-GCM with a random nonce, under a key that
// HKDF-SHA256 makes from a secret for one purpose alone (ASVS 11.3.2, 11.3.3). The first secret seals, each one opens.
type Box struct{ aeads []cipher.AEAD }

// version is the first byte of everything that is sealed; another cipher would get another one.
const version = 1

// NewBox returns the box for a purpose. There must be at least one secret.
func NewBox(purpose string, secrets [][]byte) (Box, error) {
	keys, err := deriveKeys(purpose, secrets)
	if err != nil {
		return Box{}, err
	}
	var b Box
	for _, key := range keys {
		block, err := aes.NewCipher(key)
		if err != nil {
			return Box{}, fmt.Errorf("make cipher: %w", err)
		}
		aead, err := cipher.NewGCMWithRandomNonce(block)
		if err != nil {
			return Box{}, fmt.Errorf("make cipher: %w", err)
		}
		b.aeads = append(b.aeads, aead)
	}
	return b, nil
}

// deriveKeys makes a key of 256 bits for a purpose from each secret.
func deriveKeys(purpose string, secrets [][]byte) ([][]byte, error) {
	if len(secrets) == 0 {
		return nil, errors.New("there is no secret to derive keys from")
	}
	var keys [][]byte
	for _, s := range secrets {
		key, err := hkdf.Key(sha256.New, s, nil, "gatehouse "+purpose+" v1", 32)
		if err != nil {
			return nil, fmt.Errorf("derive key: %w", err)
		}
		keys = append(keys, key)
	}
	return keys, nil
}

// Seal encrypts plain for one place, such as a row: it opens nowhere else.
func (b Box) Seal(place string, plain []byte) []byte {
	return b.aeads[0].Seal([]byte{version}, nil, plain, []byte(place)) //nolint:gosec // the cipher makes the nonce itself
}

// Open decrypts what was sealed for a place. Old tells that an older secret than the first had sealed it. Errors:
// errSealed.
func (b Box) Open(place string, sealed []byte) (plain []byte, old bool, err error) {
	if len(sealed) == 0 || sealed[0] != version {
		return nil, false, errSealed
	}
	for i, aead := range b.aeads {
		if plain, err := aead.Open(nil, nil, sealed[1:], []byte(place)); err == nil {
			return plain, i > 0, nil
		}
	}
	return nil, false, errSealed
}

// Format keeps keys out of logs, whatever the verb.
func (Box) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "(box)") }
