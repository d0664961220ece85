package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"
)

// keySet is Gatehouse's public keys by their kid. They are kept for five minutes. An unknown kid has them fetched again,
// but once a minute at most.
type keySet struct {
	url     string
	mu      sync.Mutex
	keys    map[string]*ecdsa.PublicKey
	fetched time.Time
}

func (s *keySet) find(kid string) (*ecdsa.PublicKey, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	age := time.Since(s.fetched)
	if age > 5*time.Minute || s.keys[kid] == nil && age > time.Minute {
		if err := s.fetch(); err != nil {
			return nil, fmt.Errorf("%w: %w", errNoKeys, err)
		}
	}
	if s.keys[kid] == nil {
		return nil, errors.New("unknown key")
	}
	return s.keys[kid], nil
}

func (s *keySet) fetch() error {
	answer, err := client.Get(s.url)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return errors.New(answer.Status)
	}
	var set struct {
		Keys []struct{ Kid, Alg, X, Y string }
	}
	if err := json.NewDecoder(answer.Body).Decode(&set); err != nil {
		return err
	}
	keys := map[string]*ecdsa.PublicKey{}
	for _, k := range set.Keys {
		if k.Alg == "ES256" {
			x, _ := base64.RawURLEncoding.DecodeString(k.X)
			y, _ := base64.RawURLEncoding.DecodeString(k.Y)
			point := slices.Concat([]byte{4}, x, y) // 4 says that both coordinates follow
			if keys[k.Kid], err = ecdsa.ParseUncompressedPublicKey(elliptic.P256(), point); err != nil {
				return err
			}
		}
	}
	s.keys, s.fetched = keys, time.Now()
	return nil
}
